"""The emotion curve: order of the journey, feeling, words, and where customers leave."""

from __future__ import annotations

from streams.pure.method.emotion import Point, Step, curve
from tests.kit.method import points

BUY, USE = "purchase", "use"
PAY, FIND, UNBOX = (BUY, "pay"), (BUY, "find"), (USE, "unbox")


def steps(customer: str, *path: tuple[tuple[str, str], bool | None]) -> list[Step]:
    """A journey, an hour a step."""
    return [Step(customer, number, f"{customer}-{number}", place, bad) for number, (place, bad) in enumerate(path)]


def by_place(found: tuple[Point, ...]) -> dict[tuple[str, str], Point]:
    return {point.place: point for point in found}


def test_the_order_is_the_stage_then_customers_own_order() -> None:
    """Two of three find before they pay; unboxing comes in a later stage whatever its place."""
    journeys = [
        *steps("a", (FIND, None), (PAY, None), (UNBOX, None)),
        *steps("b", (FIND, None), (PAY, None)),
        *steps("c", (UNBOX, None), (PAY, None), (FIND, None)),
    ]
    found = curve({}, journeys, ended_before_ms=100)
    assert [(point.place, point.position) for point in found] == [(FIND, 1), (PAY, 2), (UNBOX, 2)]


def test_coming_back_to_a_touchpoint_is_no_new_place() -> None:
    """The first meeting decides: retries would push a touchpoint to the end."""
    found = by_place(curve({}, steps("a", (PAY, None), (FIND, None), (PAY, None)), ended_before_ms=100))
    assert (found[PAY].position, found[FIND].position) == (1, 2)


def test_feeling_is_a_mean_from_minus_one_to_one() -> None:
    valence = {PAY: points("emotion-valence", *[-50] * 20, *[-30] * 20)}
    (point,) = curve(valence, [], ended_before_ms=100)
    assert (point.valence.value, point.valence.n, point.position) == (-0.4, 40, None)


def test_who_ends_with_a_bad_answer_has_left() -> None:
    """Of three who paid and whose journey ended, one ended there unhappy."""
    journeys = [
        *steps("a", (FIND, False), (PAY, True)),
        *steps("b", (PAY, True), (UNBOX, False)),
        *steps("c", (PAY, False)),
    ]
    found = by_place(curve({}, journeys, ended_before_ms=100))
    assert (found[PAY].left.value, found[PAY].left.n) == (1 / 3, 3)
    assert (found[UNBOX].left.value, found[FIND].left.value) == (0, 0)


def test_the_last_answer_at_the_last_place_decides() -> None:
    """A bad moment that was mended on the spot is no leaving; silence after a bad answer is."""
    mended = steps("a", (PAY, True), (PAY, False))
    silent = steps("b", (PAY, True), (PAY, None))
    found = by_place(curve({}, [*mended, *silent], ended_before_ms=100))
    assert found[PAY].left.value == 0.5


def test_a_journey_that_may_go_on_has_left_nowhere() -> None:
    """Who was unhappy an hour ago may come back."""
    (point,) = curve({}, steps("a", (PAY, True)), ended_before_ms=0)
    assert (point.left.value, point.left.n, point.position) == (None, 0, 1)


def test_actions_and_needs_stand_beside_most_frequent_first() -> None:
    said = [Step("", 0, str(n), PAY, None, action, "a receipt") for n, action in enumerate(["pays", "waits", "pays"])]
    (point,) = curve({}, said, ended_before_ms=100)
    assert (point.actions, point.needs) == ("pays (2) · waits (1)", "a receipt (3)")
