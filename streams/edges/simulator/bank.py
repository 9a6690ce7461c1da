"""The pretended bank: eleven branches with counters and cash machines, an app, a call centre, and calls of its own.

Only declared data. Names agree with `deploy/catalogue/bank.yaml`.

The story, to be found without being told: the cash machines of one region, the north, get software release 5.1.0,
which keeps cards. Satisfaction with cash withdrawal falls at the machines of those four branches, and at no other;
signals `card_retained` come from there alone, all with that release; a minute later calls about blocked cards double,
and their effort is high. Counters are as good as ever, in the north too, so it is not the branches; and the machines
elsewhere, still on 5.0.2, are as well, so it is not the cards.
"""

from __future__ import annotations

from streams.edges.simulator import bank_visits, bank_words
from streams.edges.simulator.company import Company, Drop, Place, Segment, day_curve
from streams.edges.simulator.past import Aspect, Done, Happened, Met, Moment, Past

_ZONE, _CURRENCY = "Europe/London", "GBP"
_NORTH = {"branch-manchester": (1.6, 0.05), "branch-liverpool": (1.2, 0.0), "branch-leeds": (1.3, 0.10),
          "branch-newcastle": (1.0, -0.05)}  # fmt: skip
_ELSEWHERE = {"branch-london-city": (2.0, 0.0), "branch-london-camden": (1.5, -0.30), "branch-birmingham": (1.4, 0.0),
              "branch-bristol": (1.0, 0.20), "branch-cardiff": (0.9, 0.05), "branch-glasgow": (1.1, -0.05),
              "branch-edinburgh": (1.0, 0.25)}  # fmt: skip
_BRANCHES = tuple(
    Place(name, visitors, pull, _ZONE, _CURRENCY) for name, (visitors, pull) in {**_ELSEWHERE, **_NORTH}.items()
)
_SEGMENTS = (
    Segment("student", 0.15, 0.05, 1.0),
    Segment("private", 0.60, 0.0, 1.0),
    Segment("wealth", 0.07, 0.15, 3.0),
    Segment("small_firm", 0.18, -0.12, 2.0),
)
_TOUCHPOINT_PULL = {
    "product_search": 0.0,
    "loan_advice": 0.10,
    "account_opening": -0.15,
    "loan_contract": -0.10,
    "transfer": 0.05,
    "cash_withdrawal": 0.10,
    "deposit": 0.0,
    "statement": 0.05,
    "counter_service": 0.10,
    "card_blocked": -0.20,
    "complaint": -0.30,
    "follow_up": 0.15,
}
_PRODUCERS = {
    "app": "bank-app",
    "atm": "cash-machines",
    "counter": "branch-tablets",
    "call_centre": "telephony",
    "proactive_calls": "dialler",
}

_SCREEN = day_curve(4, 2, 1, 1, 1, 3, 9, 15, 18, 16, 14, 14, 17, 15, 13, 13, 14, 17, 18, 18, 18, 17, 13, 8)
_CASH = day_curve(5, 3, 2, 2, 2, 3, 5, 9, 12, 14, 16, 18, 21, 19, 16, 16, 18, 21, 20, 16, 13, 12, 10, 8)
_DESK = day_curve(1, 1, 1, 1, 1, 1, 2, 4, 10, 22, 25, 24, 26, 22, 20, 20, 19, 14, 7, 4, 3, 2, 1, 1)
_PHONE = day_curve(3, 2, 2, 2, 2, 3, 5, 10, 18, 22, 22, 20, 19, 18, 18, 18, 18, 17, 13, 10, 8, 7, 5, 4)

_PAST = Past(
    study=(
        Aspect("product", 7, 7, 7, (("app", "statement"), ("counter", "loan_advice"))),
        Aspect("service", 7, 6, 8, (("call_centre", "complaint"), ("counter", "counter_service"))),
        Aspect("relationship", 6, 6, 5, (("call_centre", "complaint"), ("proactive_calls", "follow_up"))),
        Aspect("price", 5, 7, 6, (("counter", "loan_contract"), ("app", "product_search"))),
        Aspect(
            "convenience", 6, 7, 8, (("app", "account_opening"), ("counter", "counter_service"), ("atm", "deposit"))
        ),
        Aspect("brand", 7, 7, 4, (("app", "product_search"),)),
    ),
    own_view={"employee": 1, "manager": 2},
    moments=(
        Moment("app", "product_search", -0.05, "compares rates", "the fees in one line"),
        Moment("counter", "loan_advice", 0.30, "asks what it costs", "plain words"),
        Moment("counter", "account_opening", -0.35, "shows papers", "to bring them once"),
        Moment("counter", "loan_contract", -0.20, "signs", "time to read"),
        Moment("app", "transfer", 0.25, "pays the rent", "to see that it arrived"),
        Moment("atm", "cash_withdrawal", 0.20, "takes out cash", "small notes"),
        Moment("atm", "deposit", 0.05, "pays in takings", "a receipt"),
        Moment("app", "statement", 0.15, "looks for a payment", "the name of the shop"),
        Moment("counter", "counter_service", 0.10, "queues", "a second counter"),
        Moment("call_centre", "card_blocked", -0.50, "proves who it is", "a card today"),
        Moment("call_centre", "complaint", -0.60, "tells it again", "one person to talk to"),
        Moment("proactive_calls", "follow_up", 0.40, "answers the phone", "not to be sold anything"),
    ),
    asked_at=(
        ("counter", "counter_service", 0.6),
        ("call_centre", "complaint", -0.6),
        ("app", "transfer", 0.2),
        ("atm", "cash_withdrawal", 0.1),
        ("proactive_calls", "follow_up", 0.0),
    ),
    bought_at=(("app", "account_opening"), ("counter", "account_opening"), ("counter", "loan_contract")),
    back_share=0.25,
    complaints=(
        Met("app", "transfer", "limits"),
        Met("call_centre", "card_blocked", "card"),
        Met("call_centre", "complaint", "no answer"),
    ),
    done=Done(
        what="loan advice by appointment",
        kind=next(kind for kind in bank_visits.KINDS if kind.walk is bank_visits.advise),
        touchpoint="loan_advice",
        weeks_ago=5,
        cost=60_000.0,
        before=-0.9,
    ),
    happened=(
        Happened(40, "release", "atm", "cash machines 5.0.2"),
        Happened(16, "release", "app", "app 12.4: limits can be changed"),
        Happened(9, "note", "", "base rate raised"),
    ),
)

BANK = Company(
    catalogue="bank.yaml",
    zone=_ZONE,
    currency=_CURRENCY,
    producers=_PRODUCERS,
    day_curves={"app": _SCREEN, "atm": _CASH, "counter": _DESK, "call_centre": _PHONE, "proactive_calls": _DESK},
    places=_BRANCHES,
    at_places=frozenset({"counter", "atm"}),
    segments=_SEGMENTS,
    touchpoint_pull=_TOUCHPOINT_PULL,
    amounts=(48.0, 60.0, 120.0, 180.0, 350.0, 900.0),
    bad_words=bank_words.BAD,
    good_words=bank_words.GOOD,
    kinds=bank_visits.KINDS,
    offline=next(kind for kind in bank_visits.KINDS if kind.walk is bank_visits.serve),
    drop=Drop(
        channel="atm",
        touchpoint="cash_withdrawal",
        places=frozenset(_NORTH),
        bad_share=0.8,
        old_release="5.0.2",
        new_release="5.1.0",
        comments=bank_words.CARD_KEPT,
        told="cash machines 5.1.0, first region",
        watch="something gets worse: find out on the page what, where and why",
    ),
    past=_PAST,
)
"""The company of `./run demo --scenario bank`."""
