"""What customers of the bank write, by touchpoint: short, in English, without names or anything personal."""

from __future__ import annotations

BAD: dict[str, tuple[str, ...]] = {
    "product_search": (
        "Every account sounds the same.",
        "The rate in the advert is for new customers only.",
        "Could not find the fees.",
    ),
    "loan_advice": (
        "Was given a leaflet instead of an answer.",
        "Nobody would say what it costs in the end.",
        "Waited two weeks for the appointment.",
    ),
    "account_opening": (
        "Had to show the same papers twice.",
        "The form lost everything on the last page.",
        "Eight days until the account worked.",
    ),
    "loan_contract": (
        "Forty pages, and two signatures missing at the end.",
        "The rate in the contract was not the one we spoke of.",
    ),
    "transfer": (
        "The limit stopped my rent, without a word why.",
        "The transfer showed as sent and came three days later.",
        "Typed the reference again because going back clears it.",
    ),
    "cash_withdrawal": (
        "Only large notes left.",
        "Out of order again on a Saturday.",
        "The queue went out of the door.",
    ),
    "deposit": (
        "It would not take my coins.",
        "Half of the notes came back.",
    ),
    "statement": (
        "Cannot tell which shop a payment was.",
        "The search finds nothing older than a month.",
    ),
    "counter_service": (
        "One counter open for twelve people.",
        "Was sent to the app for something the app cannot do.",
        "Closed at noon, which no sign said.",
    ),
    "card_blocked": (
        "Blocked on holiday, and unblocking takes a letter.",
        "Three questions about my first school, then the line was cut.",
        "Nobody could say why it was blocked.",
    ),
    "complaint": (
        "Had to tell it all again to the next person.",
        "Was promised an answer by Friday. Which Friday?",
        "The answer had nothing to do with my question.",
    ),
    "follow_up": (
        "They called to sell me insurance.",
        "Called at dinner time.",
    ),
}
"""Comments that come with bad answers."""

CARD_KEPT = (
    "The machine kept my card and went back to the start screen.",
    "Card swallowed, no receipt, no cash.",
    "It took the card and said 'updating'.",
    "My card is still in the machine.",
    "Cash machine ate my card outside opening hours.",
    "Card in, screen frozen, card gone.",
)
"""Comments at cash machines with the release that keeps cards."""

CARD_KEPT_CALLS = (
    "The cash machine kept my card, and you can only block it.",
    "Half an hour on the phone because the machine swallowed my card.",
    "Nobody on the phone can see the machine that has my card.",
)
"""Comments after calls about such a card."""

GOOD: dict[str, tuple[str, ...]] = {
    "loan_advice": ("Explained it so that I understood.", "Told me to borrow less."),
    "counter_service": ("Knew what to do at once.", "Friendly, and quick."),
    "transfer": ("Done in ten seconds.",),
    "cash_withdrawal": ("Quick as ever.",),
    "card_blocked": ("New card in two days.",),
    "follow_up": ("Nice to be asked.",),
    "account_opening": ("Open before my tea was cold.",),
}
"""Comments that come with some of the best answers."""
