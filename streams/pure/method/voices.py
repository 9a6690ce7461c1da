"""What grew among bad answers: words, touchpoints and places named more often now than before.

Why log-odds with a prior, and not the largest rise: of many rare words some always rise tenfold, by chance alone. The
prior holds rare ones back, and the rise is given in its own standard errors (z), so that a word said five times and
one said five hundred times can stand in one list.

Source: B. Monroe, M. Colaresi, K. Quinn, "Fightin' Words", Political Analysis 16 (2008), equations 15, 16 and 22, with
what all answers name as the prior. An answer counts once for each term, however often it repeats it: one angry
customer is one customer.

Words are not understood. What alphabets write is split where no letter stands; Chinese has no blanks, so every two
neighbouring signs are a term (bigrams), which needs no dictionary and finds new words; some terms are then pieces that
cross the edge of a word. Words as common as "the" are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

PRIOR = 10.0
"""Weight of the prior, in answers."""
Z_GREW = 2.576
"""From here on a rise is told as one: one in a hundred would be by chance, both ways; many are looked at."""
LETTERS = "a-z\u00c0-\u024f\u0370-\u052f"
"""Of alphabets, in lower case; as both regular expressions write them in brackets."""
SIGNS = "\u3400-\u4dbf\u4e00-\u9fff"
"""Chinese signs."""
SHORTEST = 3
"""Letters of a word."""
_COMMON = (
    "about after again all also and any are because been before but can could did does don for from get got had has "
    "have her here him his how into its just like more much not now off one only our out over she should some than "
    "that the their them then there they this too until very was way were what when where which who why will with "
    "would you your"
)
COMMON = frozenset(_COMMON.split())
"""Said in any answer: no terms."""
TAKEN_OUT = r"\[\w+\]"
"""What stands in place of a number or address that was taken out at the door, such as [phone]."""


def terms(comment: str) -> frozenset[str]:
    """The terms a comment names: words of three and more letters, and pairs of Chinese signs."""
    text = re.sub(TAKEN_OUT, " ", comment.lower(), flags=re.ASCII)
    words = re.findall(f"[{LETTERS}]{{{SHORTEST},}}", text)
    pairs = [run[at : at + 2] for run in re.findall(f"[{SIGNS}]{{2,}}", text) for at in range(len(run) - 1)]
    return frozenset({*words, *pairs} - COMMON)


@dataclass(frozen=True, slots=True)
class Rise:
    """How a term's share of the answers changed.

    Attributes:
        now, before: answers that name it.
        n_now, n_before: answers that name any term.
        log_odds: logarithm of the ratio of its odds, now by before; above 0: it grew. None where every answer
            names it.
        z: that in standard errors.
    """

    term: str
    now: int
    n_now: int
    before: int
    n_before: int
    log_odds: float | None
    z: float | None

    @property
    def grew(self) -> bool:
        """Whether it is named more often than before, beyond chance."""
        return self.z is not None and self.z >= Z_GREW

    def row(self) -> dict[str, Any]:
        """As columns, named as in the SQL."""
        counts = {"now": self.now, "n_now": self.n_now, "before": self.before, "n_before": self.n_before}
        return {"term": self.term, **counts, "log_odds": self.log_odds, "z": self.z, "grew": int(self.grew)}


def rises(now: Sequence[Collection[str]], before: Sequence[Collection[str]]) -> tuple[Rise, ...]:
    """Terms named now, the surest rise first.

    Args:
        now, before: the terms of each answer; one without terms is left out of all shares.
    """
    counts, counts_before = (Counter(term for answer in answers for term in set(answer)) for answers in (now, before))
    n_now, n_before = (sum(1 for answer in answers if answer) for answers in (now, before))
    found = [rise(term, count, n_now, counts_before[term], n_before) for term, count in counts.items()]
    return tuple(sorted(found, key=lambda one: (one.z is None, -(one.z or 0.0), one.term)))


def rise(term: str, now: int, n_now: int, before: int, n_before: int) -> Rise:
    """One term, from its counts; `now` and n_now are at least 1."""
    if now + before == n_now + n_before:
        return Rise(term, now, n_now, before, n_before, None, None)
    prior = PRIOR * (now + before) / (n_now + n_before)

    def log_odds(count: int, n: int) -> float:
        return log((count + prior) / (n + PRIOR - count - prior))

    change = log_odds(now, n_now) - log_odds(before, n_before)
    return Rise(term, now, n_now, before, n_before, change, change / sqrt(1 / (now + prior) + 1 / (before + prior)))
