"""What customers of the retailer write, by touchpoint: short, in English, without names or anything personal."""

from __future__ import annotations

BAD: dict[str, tuple[str, ...]] = {
    "search": (
        "Searched for a charger and got phone cases.",
        "The filter for screen size does nothing.",
        "Too many sponsored results before the real ones.",
    ),
    "product_page": (
        "The page said in stock, the basket said three weeks.",
        "No dimensions given for the fridge.",
        "Pictures show another model.",
    ),
    "advice": (
        "Waited a quarter of an hour and nobody came.",
        "The answer was read from the price tag.",
        "Was pushed towards the more expensive one.",
        "Only one person for the whole television floor.",
    ),
    "checkout": (
        "Had to type my address three times.",
        "The voucher vanished when I went back one step.",
        "Only one till open, the queue went round the corner.",
        "Was made to open an account to buy a cable.",
    ),
    "payment": (
        "Card was declined, the second try went through.",
        "No invoice option any more.",
        "The confirmation came only after ten minutes.",
    ),
    "delivery": (
        "Promised before noon, came at seven in the evening.",
        "The parcel was left in the rain.",
        "No call beforehand, so nobody was at home.",
        "Delivered to the pavement, not to the flat as paid for.",
    ),
    "pickup": (
        "Order was marked ready and could not be found.",
        "The locker did not accept the code.",
        "Waited twenty minutes at the pickup desk.",
    ),
    "unboxing": (
        "The cable in the picture was not in the box.",
        "Far too much plastic.",
        "A corner was dented, so was the box.",
    ),
    "first_use": (
        "Setting it up asks for four accounts.",
        "It would not find the wireless network.",
        "Battery was empty after two hours.",
    ),
    "manual": (
        "The manual shows a different model.",
        "Nothing about error 41.",
        "Print too small, and online it is a scan.",
        "Pictures only, and the step I needed is missing.",
    ),
    "support_call": (
        "Was passed on three times and told my story three times.",
        "Forty minutes of music, then the line went dead.",
        "Nobody could see my order.",
        "Was promised a call back that never came.",
    ),
    "repair": (
        "The technician came without the spare part.",
        "Same fault again after two days.",
        "Nobody told me what the repair would cost.",
    ),
    "return": (
        "Still no refund after two weeks.",
        "Had to print a label although I have no printer.",
        "They would not take back an opened box.",
    ),
    "newsletter": (
        "The offer was sold out when I clicked.",
        "Third mail this week.",
        "Unsubscribed twice and still here.",
    ),
}
"""Comments that come with bad answers."""

PAYMENT_HANGS = (
    "Since the update the payment just hangs.",
    "Payment spins for ever after the app update.",
    "Updated the app, now paying freezes at the last step.",
    "Stuck on 'processing payment', had to kill the app.",
    "Was the update tested? The pay button hangs.",
    "Paid, the screen froze, no idea whether it went through.",
)
"""Comments at the app's payment step on the release that broke it."""

GOOD: dict[str, tuple[str, ...]] = {
    "advice": ("Took the time to explain the difference.", "Honest advice, saved me money."),
    "checkout": ("Done in a minute.", "Quick and clear."),
    "delivery": ("To the minute, and carried upstairs.", "Earlier than promised."),
    "pickup": ("In and out in two minutes.",),
    "support_call": ("Solved on the first call.", "Friendly and quick."),
    "repair": ("Came on time and fixed it at once.",),
    "first_use": ("Worked at once.",),
}
"""Comments that come with some of the best answers."""
