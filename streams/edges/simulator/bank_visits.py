"""The kinds of journeys people make at the bank, and how often; see `retailer_visits` for how to read them."""

from __future__ import annotations

from streams.edges.simulator.bank_words import CARD_KEPT_CALLS
from streams.edges.simulator.company import ASPECTS, Kind
from streams.edges.simulator.feelings import is_bad
from streams.edges.simulator.journey import Journey

CARD_KEPT_BELOW = -2.0
"""A visit to a machine with the broken release that feels worse than this has lost the card."""
CALLS_SHARE = 0.85
"""Of those, how many call within a minute."""


def use_app(j: Journey) -> None:
    """The app: look at the account, send money, now and then open something new."""
    if j.chance(0.3):
        j.ces("statement", "ease")
        j.wait(3, 20)
    if j.chance(0.75):
        sent = j.csat("transfer")
        j.wait(2, 10)
        if sent < -1.5:
            j.add("signal", "transfer", signal="failed_transfer", size=1)
            j.spoil(0.4)
            j.wait(2, 10)
    if j.chance(0.15):
        j.add("visit", "product_search", reason=j.pick(ASPECTS))
        j.wait(3, 20)
        j.csat("product_search")
        j.wait(3, 20)
        if j.chance(0.5):
            j.ces("account_opening", "agreement", "1-7")
            _buy(j, "account_opening")
            j.wait(2, 10)
    if j.chance(0.25):
        j.nps("transfer")


def withdraw(j: Journey) -> None:
    """Cash from a machine, and the question on its screen; a card that stays inside is called about."""
    asked = j.chance(0.7)
    felt = j.csat("cash_withdrawal") if asked else j.feel("cash_withdrawal")
    j.wait(1, 5)
    if j.broken and felt < CARD_KEPT_BELOW:
        j.add("signal", "cash_withdrawal", signal="card_retained", size=1)
        j.spoil(0.8)
        if j.chance(CALLS_SHARE):
            j.follow(report_card, "call_centre", 15, 55)
    elif felt < -2.6:
        j.add("signal", "cash_withdrawal", signal="card_retained", size=1)
    j.wait(1, 5)
    if j.chance(0.3):
        j.add("interaction", "cash_withdrawal", wait_s=round(j.rng.expovariate(1 / 45)), self_service=True)
        j.wait(1, 5)
    if j.chance(0.2):
        j.csat("deposit")
        j.wait(1, 5)
    if j.chance(0.12):
        j.nps("cash_withdrawal")


def serve(j: Journey) -> None:
    """At the counter: the wait, then cash, a transfer or a new account."""
    j.add("visit", "counter_service", reason=j.pick(ASPECTS))
    waited = j.rng.expovariate(1 / 240)
    j.add("interaction", "counter_service", wait_s=round(waited), duration_s=j.rng.randint(90, 900))
    j.spoil(0.0008 * (waited - 240))
    j.wait(10, 60)
    if j.chance(0.6):
        j.csat("counter_service")
        j.wait(2, 20)
    if j.chance(0.3):
        j.csat("cash_withdrawal")
        j.wait(2, 10)
    elif j.chance(0.4):
        j.csat("transfer")
        j.wait(2, 10)
    else:
        j.ces("account_opening", "ease")
        j.wait(2, 10)
        if j.chance(0.5):
            _buy(j, "account_opening")
    if j.chance(0.3):
        j.nps("counter_service")
    if j.chance(0.06):
        j.trust("counter_service")


def advise(j: Journey) -> None:
    """A talk about a loan, in private; some sign."""
    j.csat("loan_advice", "1-10")
    j.wait(10, 40)
    if j.chance(0.4):
        valence = max(-1.0, min(1.0, 0.2 + 0.4 * j.feel("loan_advice")))
        j.add("emotion", "loan_advice", valence=round(valence, 2), action="compare rates", need="plain words")
        j.wait(2, 10)
    if j.chance(0.35):
        _buy(j, "loan_contract")
        j.wait(5, 30)
        j.ces("loan_contract", "ease")
        j.wait(2, 10)
    if j.chance(0.3):
        j.nps("loan_advice")


def call(j: Journey) -> None:
    """A call to the bank: a blocked card, a transfer, a complaint."""
    where = j.pick(("card_blocked", "transfer", "transfer", "complaint"))
    waited = j.rng.expovariate(1 / 100)
    j.spoil(0.0010 * (waited - 100))
    solved = j.feel(where) > -0.6
    j.add(
        "interaction", where, wait_s=round(waited), duration_s=j.rng.randint(60, 1_200), first_contact=solved,
    )  # fmt: skip
    j.spoil(-0.1 if solved else 0.4)
    j.wait(5, 30)
    _after_call(j, where)


def report_card(j: Journey) -> None:
    """A call from beside the machine that kept the card: a queue, and nobody who can see the machine."""
    j.add(
        "interaction", "card_blocked", wait_s=round(j.rng.expovariate(1 / 300)), duration_s=j.rng.randint(200, 1_500),
        first_contact=False,
    )  # fmt: skip
    j.spoil(1.5)
    j.wait(2, 10)
    felt = j.ces("card_blocked", "effort")
    if is_bad(felt) and j.chance(0.6):
        j.events[-1][1]["comment"] = j.pick(CARD_KEPT_CALLS)
    j.wait(2, 10)
    if j.chance(0.4):
        j.add("complaint", "card_blocked", severity=2, topic="card")


def follow_up(j: Journey) -> None:
    """We call some days after: is all well with the new account or the loan?"""
    j.add("invitation", "follow_up", survey="proactive-call")
    j.wait(5, 30)
    if j.chance(0.6):
        j.csat("follow_up")
        j.wait(5, 30)
        if j.chance(0.4):
            j.csat("loan_advice", "1-10")
            j.wait(5, 20)
        if j.chance(0.5):
            j.nps("follow_up")
        if j.chance(0.1):
            j.trust("follow_up")


def staff(j: Journey) -> None:
    """Staff say how well they think customers are served: never pooled with what customers say."""
    for aspect in ("service", "product", "convenience"):
        fields = {"experience": j.rng.randint(7, 9), "expectation": j.rng.randint(5, 8)}
        event = j.add("rating", "counter_service", respondent="employee", aspect=aspect, **fields)
        for about_a_customer in ("customer", "segment", "weight"):
            event.pop(about_a_customer, None)
        j.wait(2, 10)


def _after_call(j: Journey, where: str) -> None:
    if j.chance(0.7):
        j.ces(where, "effort")
        j.wait(3, 20)
    if j.chance(0.6) and j.csat(where) < -1.5 and j.chance(0.5):
        j.add("complaint", where, severity=j.rng.randint(1, 3), topic=where)
    j.wait(3, 20)
    if j.chance(0.2):
        j.nps(where)
    if j.chance(0.06):
        j.trust(where)


def _buy(j: Journey, touchpoint: str) -> None:
    j.add(
        "purchase", touchpoint, amount=j.pick(j.company.amounts), currency=j.currency, reason=j.pick(ASPECTS),
    )  # fmt: skip


KINDS = (
    Kind(use_app, "app", 0.315, 1.79),
    Kind(withdraw, "atm", 0.28, 1.33),
    Kind(serve, "counter", 0.20, 4.17),
    Kind(advise, "counter", 0.06, 2.4),
    Kind(call, "call_centre", 0.09, 2.6),
    Kind(follow_up, "proactive_calls", 0.05, 2.2),
    Kind(staff, "counter", 0.005, 3.0),
)
