"""The pretended retailer: electronics, with eight stores, a web shop and an app.

Only declared data. Names agree with `deploy/catalogue/example.yaml`.

What its boards say: customers rate six aspects as in the worked example of the method, so that convenience is the key
experience and first to mend (satisfaction -2, weighted -18, five short of the ideal), and the money of its catalogue
makes 61,600 and 4,851,000. What happens while somebody watches: an app release makes the payment hang.
"""

from __future__ import annotations

from streams.edges.simulator import retailer_visits, retailer_words
from streams.edges.simulator.company import Company, Drop, Place, Segment, day_curve
from streams.edges.simulator.past import Aspect, Done, Happened, Met, Moment, Past

_BERLIN = "Europe/Berlin"
_STORES = (
    Place("store-berlin-mitte", 2.0, 0.05, _BERLIN, "EUR"),
    Place("store-berlin-tegel", 1.0, -0.35, _BERLIN, "EUR"),
    Place("store-hamburg", 1.4, 0.15, _BERLIN, "EUR"),
    Place("store-koeln", 1.2, 0.0, _BERLIN, "EUR"),
    Place("store-muenchen", 1.6, 0.30, _BERLIN, "EUR"),
    Place("store-wien", 1.1, -0.10, "Europe/Vienna", "EUR"),
    Place("store-zuerich", 0.9, 0.20, "Europe/Zurich", "CHF"),
    Place("store-london", 1.3, -0.15, "Europe/London", "GBP"),
)
_SEGMENTS = (
    Segment("new", 0.30, -0.08, 1.0),
    Segment("regular", 0.45, 0.0, 1.0),
    Segment("loyal", 0.17, 0.22, 1.5),
    Segment("business", 0.08, -0.12, 2.5),
)
_TOUCHPOINT_PULL = {
    "search": -0.05,
    "product_page": 0.10,
    "advice": 0.15,
    "checkout": 0.0,
    "payment": 0.0,
    "delivery": -0.15,
    "pickup": 0.10,
    "unboxing": 0.25,
    "first_use": 0.05,
    "manual": -0.30,
    "support_call": -0.20,
    "repair": -0.15,
    "return": -0.25,
    "newsletter": 0.0,
}
_PRODUCERS = {
    "web": "web-shop",
    "app": "shop-app",
    "store": "store-tills",
    "phone_in": "call-centre",
    "chat": "chat-desk",
    "email": "mail-survey",
    "field_service": "service-visits",
}

# Answers to a link on the receipt come at night as well, so that no channel is ever quite silent.
_SHOP = day_curve(2, 1, 1, 1, 1, 1, 2, 3, 5, 8, 14, 18, 20, 19, 18, 19, 22, 25, 24, 17, 9, 6, 4, 3)
_SCREEN = day_curve(7, 4, 3, 2, 2, 3, 6, 10, 12, 13, 13, 14, 17, 16, 14, 14, 15, 17, 20, 24, 27, 25, 19, 12)
_DESK = day_curve(2, 1, 1, 1, 1, 1, 2, 6, 16, 22, 23, 20, 16, 18, 20, 20, 19, 16, 11, 7, 4, 3, 2, 2)
_MAIL = day_curve(3, 2, 2, 2, 2, 4, 9, 14, 16, 18, 16, 13, 13, 12, 11, 11, 12, 14, 16, 18, 18, 14, 8, 5)

_PAST = Past(
    study=(
        Aspect("price", 7, 7, None, (("web", "product_page"), ("store", "advice"))),
        Aspect("brand", 7, 7, None, (("email", "newsletter"), ("store", "advice"))),
        Aspect("service", 6, None, None, (("phone_in", "support_call"), ("store", "advice"))),
        Aspect("product", 6, 7, None, (("email", "manual"), ("email", "first_use"), ("field_service", "unboxing"))),
        Aspect("convenience", 5, 7, 9, (("web", "checkout"), ("app", "payment"), ("store", "pickup"))),
        Aspect("relationship", 4, None, None, (("phone_in", "support_call"), ("field_service", "repair"))),
    ),
    own_view={"employee": 1, "manager": 2},
    moments=(
        Moment("web", "search", -0.15, "compares prices", "filters that work"),
        Moment("web", "product_page", 0.20, "reads reviews", "true stock figures"),
        Moment("store", "advice", 0.45, "asks a person", "a clear recommendation"),
        Moment("web", "checkout", -0.45, "types the address again", "to buy as a guest"),
        Moment("app", "payment", 0.05, "pays", "to know that it went through"),
        Moment("field_service", "delivery", -0.10, "waits at home", "an hour, not a day"),
        Moment("store", "pickup", 0.35, "fetches the order", "no queue"),
        Moment("field_service", "unboxing", 0.70, "opens the box", "everything in it"),
        Moment("email", "first_use", 0.30, "sets it up", "no more accounts"),
        Moment("email", "manual", -0.55, "looks for the error", "the step at hand"),
        Moment("phone_in", "support_call", -0.40, "tells the story again", "somebody who knows the order"),
        Moment("field_service", "repair", 0.10, "watches the technician", "the part in the van"),
        Moment("web", "return", -0.30, "prints a label", "the money back soon"),
    ),
    asked_at=(
        ("store", "advice", 0.6),
        ("phone_in", "support_call", -0.5),
        ("field_service", "repair", 0.3),
        ("web", "checkout", -0.2),
        ("app", "payment", 0.0),
    ),
    bought_at=(("web", "payment"), ("app", "payment"), ("store", "checkout")),
    back_share=0.35,
    complaints=(
        Met("field_service", "delivery", "delivery"),
        Met("phone_in", "support_call", "support"),
        Met("web", "return", "refund"),
    ),
    done=Done(
        what="lockers at the pickup desk",
        kind=next(kind for kind in retailer_visits.KINDS if kind.walk is retailer_visits.pick_up),
        touchpoint="pickup",
        weeks_ago=5,
        cost=25_000.0,
        before=-0.9,
    ),
    happened=(
        Happened(3, "release", "app", "app 7.3.2"),
        Happened(17, "release", "web", "web shop: basket kept for a week"),
        Happened(24, "note", "", "autumn sale begins"),
    ),
)

RETAILER = Company(
    catalogue="example.yaml",
    zone=_BERLIN,
    currency="EUR",
    producers=_PRODUCERS,
    day_curves={
        "web": _SCREEN,
        "app": _SCREEN,
        "store": _SHOP,
        "phone_in": _DESK,
        "chat": _DESK,
        "field_service": _DESK,
        "email": _MAIL,
    },
    places=_STORES,
    at_places=frozenset({"store"}),
    segments=_SEGMENTS,
    touchpoint_pull=_TOUCHPOINT_PULL,
    amounts=(19.9, 29.9, 49.0, 79.0, 129.0, 249.0, 399.0, 899.0),
    bad_words=retailer_words.BAD,
    good_words=retailer_words.GOOD,
    kinds=retailer_visits.KINDS,
    offline=next(kind for kind in retailer_visits.KINDS if kind.walk is retailer_visits.shop),
    drop=Drop(
        channel="app",
        touchpoint="payment",
        share=0.6,
        bad_share=0.6,
        old_release="7.3.2",
        new_release="7.4.0",
        comments=retailer_words.PAYMENT_HANGS,
        told="app 7.4.0",
        watch="something at the app gets worse: watch its CSAT, and the alert that follows",
    ),
    past=_PAST,
)
"""The company `./run demo` shows unless told otherwise."""
