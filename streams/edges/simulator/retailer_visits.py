"""The kinds of journeys people make at the retailer, and how often.

Each is one function that walks a `Journey` through its touchpoints. The table at the end says which
share of all events a kind makes, and how many events one such journey yields on average.

Customers rate no aspect here: that is asked in a study (see `past`), whose means stand on the boards to the digit.
"""

from __future__ import annotations

from streams.edges.simulator.company import ASPECTS, Kind
from streams.edges.simulator.journey import Journey


def order(j: Journey) -> None:
    """Web or app: search, look, check out, pay."""
    if j.chance(0.4):
        j.add("visit", "search", reason=j.pick(ASPECTS))
        j.wait(2, 15)
    if j.chance(0.15):
        j.csat("search")
        j.wait(5, 25)
    if j.chance(0.35):
        j.csat("product_page")
        j.wait(5, 30)
    if j.chance(0.55) and j.ces("checkout", "agreement", "1-7") < -1.8:
        j.add("signal", "checkout", signal="rage_tap", size=j.rng.randint(3, 9), unit="taps")
        j.spoil(0.3)
    j.wait(5, 30)
    paid = j.csat("payment") if j.chance(0.75) else j.feel("payment")
    j.wait(1, 6)
    if paid < -1.5:
        j.add("signal", "payment", signal="failed_checkout", size=1)
        j.spoil(0.6)
    elif j.chance(0.8):
        _buy(j, "payment")
    j.wait(3, 20)
    if j.chance(0.3):
        j.nps("payment")


def shop(j: Journey) -> None:
    """A walk through a store: advice, till, and the link on the receipt."""
    j.add("visit", "advice", reason=j.pick(ASPECTS))
    if j.chance(0.5):
        waited = j.rng.expovariate(1 / 150)
        j.add("interaction", "advice", wait_s=round(waited), duration_s=j.rng.randint(60, 900))
        j.spoil(0.0012 * (waited - 150))
        j.wait(10, 60)
    if j.chance(0.6):
        j.csat("advice")
        j.wait(2, 20)
    if j.chance(0.3):
        valence = max(-1.0, min(1.0, 0.25 + 0.4 * j.feel("advice")))
        j.add("emotion", "advice", valence=round(valence, 2), action="compare", need="a clear recommendation")
        j.wait(2, 10)
    if j.chance(0.55):
        j.ces("checkout", "ease")
        j.wait(2, 10)
    if j.chance(0.6):
        _buy(j, "checkout")
        j.wait(2, 15)
    if j.chance(0.25):
        j.nps("checkout")
    if j.chance(0.06):
        j.trust("advice")


def pick_up(j: Journey) -> None:
    """Fetching an order from a store."""
    if j.chance(0.4):
        j.add("interaction", "pickup", wait_s=round(j.rng.expovariate(1 / 90)), self_service=j.chance(0.5))
        j.wait(5, 30)
    j.csat("pickup")
    j.wait(3, 30)
    if j.chance(0.3):
        j.nps("pickup")


def receive(j: Journey) -> None:
    """The van at the door, then the box and the first evening with the thing."""
    if j.csat("delivery") < -1.5 and j.chance(0.5):
        j.add("complaint", "delivery", severity=j.rng.randint(1, 3), topic="delivery")
    j.wait(20, 90)
    if j.chance(0.4):
        j.csat("unboxing")
        j.wait(10, 60)
    if j.chance(0.3):
        j.nps("delivery")


def use(j: Journey) -> None:
    """Asked by mail some days later: setting up, and whether the manual helped."""
    j.add("invitation", "first_use", survey="after-delivery")
    j.wait(5, 40)
    if j.chance(0.45):
        j.csat("first_use")
        j.wait(5, 40)
        if j.chance(0.5):
            j.ces("manual", "ease")
            j.wait(5, 30)
        if j.chance(0.3):
            j.nps("first_use")


def call(j: Journey) -> None:
    """A call to support: the wait, the effort, whether it was solved."""
    waited = j.rng.expovariate(1 / 120)
    j.spoil(0.0010 * (waited - 120))
    solved = j.feel("support_call") > -0.6
    j.add(
        "interaction",
        "support_call",
        wait_s=round(waited),
        duration_s=j.rng.randint(90, 1_500),
        first_contact=solved,
    )
    j.spoil(-0.1 if solved else 0.4)
    j.wait(10, 60)
    if j.chance(0.7):
        j.ces("support_call", "effort")
        j.wait(3, 20)
    if j.chance(0.6) and j.csat("support_call") < -1.5 and j.chance(0.5):
        j.add("complaint", "support_call", severity=j.rng.randint(1, 3), topic="support")
    j.wait(3, 20)
    if j.chance(0.2):
        j.nps("support_call")
    if j.chance(0.08):
        j.trust("support_call")


def chat(j: Journey) -> None:
    """Help in the chat window, often by a robot."""
    robot = j.chance(0.6)
    j.add("interaction", "support_call", wait_s=round(j.rng.expovariate(1 / 25)), self_service=robot)
    if robot:
        j.spoil(0.15)
    j.wait(20, 90)
    j.csat("support_call", "1-7")
    j.wait(2, 15)
    if j.chance(0.3):
        feeling = "relieved" if j.feel("support_call") > -0.3 else "frustrated"
        j.add("emotion", "support_call", feeling=feeling)


def repair(j: Journey) -> None:
    """A technician at home."""
    j.csat("repair", "1-10")
    j.wait(5, 40)
    if j.chance(0.5):
        j.ces("repair", "ease")
        j.wait(5, 30)
    if j.chance(0.25):
        j.trust("repair")
    if j.chance(0.3):
        j.nps("repair")


def give_back(j: Journey) -> None:
    """Returning something: refund asked for, effort told."""
    j.add("signal", "return", signal="refund", size=j.pick(j.company.amounts), unit="EUR")
    j.wait(10, 60)
    if j.ces("return", "effort") < -1.5 and j.chance(0.6):
        j.add("complaint", "return", severity=j.rng.randint(1, 3), topic="refund")
    j.wait(5, 30)
    if j.chance(0.4):
        j.csat("return")


def read_news(j: Journey) -> None:
    """The newsletter, and the question below it."""
    j.add("invitation", "newsletter", survey="newsletter-footer")
    j.wait(10, 90)
    if j.chance(0.3):
        j.csat("newsletter", "1-10")


def staff(j: Journey) -> None:
    """Staff say how well they think customers are served: never pooled with what customers say."""
    for aspect in ("service", "product", "convenience"):
        fields = {"experience": j.rng.randint(7, 9), "expectation": j.rng.randint(5, 8)}
        event = j.add("rating", "advice", respondent="employee", aspect=aspect, **fields)
        for about_a_customer in ("customer", "segment", "weight"):
            event.pop(about_a_customer, None)
        j.wait(2, 10)


def _buy(j: Journey, touchpoint: str) -> None:
    j.add(
        "purchase",
        touchpoint,
        amount=j.pick(j.company.amounts),
        currency=j.currency,
        reason=j.pick(ASPECTS),
    )


KINDS = (
    Kind(order, "web", 0.18, 3.33),
    Kind(order, "app", 0.26, 3.33),
    Kind(shop, "store", 0.21, 3.85),
    Kind(pick_up, "store", 0.05, 1.72),
    Kind(receive, "field_service", 0.08, 1.75),
    Kind(use, "email", 0.05, 1.79),
    Kind(call, "phone_in", 0.07, 2.62),
    Kind(chat, "chat", 0.04, 2.3),
    Kind(repair, "field_service", 0.02, 2.04),
    Kind(give_back, "web", 0.02, 2.5),
    Kind(read_news, "email", 0.015, 1.3),
    Kind(staff, "store", 0.005, 3.0),
)
