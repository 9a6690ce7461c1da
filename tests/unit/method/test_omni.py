"""One touchpoint over channels, and the odd one out."""

from __future__ import annotations

from streams.pure.method.omni import fits
from streams.pure.scores import Tally


def answers(top: int, bad: int) -> Tally:
    return Tally(n=top + bad, top=top, neutral=0, bad=bad)


def odd(**channels: Tally) -> list[str]:
    return [fit.channel for fit in fits({("pay", name): tally for name, tally in channels.items()}) if fit.odd]


def test_the_one_that_differs_most_beyond_chance_is_named() -> None:
    """Counter and app at +60, telephone at -20."""
    assert odd(counter=answers(80, 20), app=answers(78, 22), phone=answers(40, 60)) == ["phone"]


def test_the_odd_one_may_be_the_best() -> None:
    """The others can learn from it."""
    assert odd(counter=answers(50, 50), app=answers(52, 48), phone=answers(95, 5)) == ["phone"]


def test_of_two_that_differ_the_worse_is_named() -> None:
    assert odd(counter=answers(90, 10), app=answers(50, 50)) == ["app"]


def test_what_may_be_chance_is_not_odd() -> None:
    assert odd(counter=answers(80, 20), app=answers(76, 24), phone=answers(70, 30)) == []


def test_a_channel_with_four_answers_is_not_odd() -> None:
    assert odd(counter=answers(800, 200), phone=answers(0, 4)) == []


def test_a_channel_alone_is_compared_with_nothing() -> None:
    (fit,) = fits({("pay", "app"): answers(50, 50), ("", "web"): answers(50, 50)})
    assert (fit.net.value, fit.apart.value, fit.odd) == (0, None, False)
