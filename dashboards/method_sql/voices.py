"""What grew among bad answers in SQL: terms named more often now than before."""

from __future__ import annotations

from dashboards.method_sql import pieces
from streams.pure.method.voices import COMMON, LETTERS, PRIOR, SHORTEST, SIGNS, TAKEN_OUT, Z_GREW


def terms(comment: str) -> str:
    """The terms a comment names, as an array: words, and pairs of Chinese signs."""
    taken_out = TAKEN_OUT.replace("\\", "\\\\")
    text = f"replaceRegexpAll(lowerUTF8({comment}), '{taken_out}', ' ')"
    words = f"extractAll({text}, '[{LETTERS}]{{{SHORTEST},}}')"
    pairs = f"arrayFlatten(arrayMap(run -> ngrams(run, 2), extractAll({text}, '[{SIGNS}]{{2,}}')))"
    common = pieces.texts(sorted(COMMON))
    return f"arrayFilter(term -> term NOT IN ({common}), arrayDistinct(arrayConcat({words}, {pairs})))"


def rises(answers: str, by: str = "sort", *, least: str = "1", people: bool = False) -> str:
    """One row for each term named now: by, term, and the columns of `Rise.row`, the surest rise first.

    Args:
        answers: a query with columns {by}, recent (1: now), who (a customer) and terms (an array).
        by: each value of it is a list of terms by itself, with shares of its own.
        least: customers who must name a term now for it to be listed; a number, or a variable that holds one.
        people: whether to tell, too, how many customers answered before (`people_before`).
    """

    def log_odds(count: str, n: str) -> str:
        return f"log(({count} + prior) / ({n} + {PRIOR} - {count} - prior))"

    told = ", people_before" if people else ""
    return f"""\
SELECT {by}, term, now, n_now, before, n_before{told}, if(everywhere, NULL, change) AS log_odds,
  if(everywhere, NULL, change / sqrt(1 / (now + prior) + 1 / (before + prior))) AS z,
  toUInt8(ifNull(z >= {Z_GREW}, 0)) AS grew
FROM (
SELECT *, now + before = n_now + n_before AS everywhere, {PRIOR} * (now + before) / (n_now + n_before) AS prior,
  {log_odds("now", "n_now")} - {log_odds("before", "n_before")} AS change
FROM (
SELECT {by}, term, countIf(recent) AS now, countIf(NOT recent) AS before, uniqExactIf(who, recent) AS people
FROM (
SELECT {by}, recent, who, arrayJoin(terms) AS term
FROM (
{answers}
))
GROUP BY {by}, term
HAVING now > 0 AND people >= {least}
) AS named INNER JOIN (
SELECT {by}, countIf(recent) AS n_now, countIf(NOT recent) AS n_before,
  uniqExactIf(who, NOT recent) AS people_before
FROM (
{answers}
)
WHERE notEmpty(terms)
GROUP BY {by}
) AS answered USING ({by})
)
ORDER BY isNull(z), z DESC, {by}, term"""
