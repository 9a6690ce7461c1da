"""Numbers of a report in words: with interval and n, grey where few answered, and why where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from dashboards.panel import Tone
from dashboards.report.read import Sales, Verdict
from dashboards.report.words import Words
from streams.pure.method.evidence import FEW, Estimate

TONES: dict[Verdict, Tone] = {"better": Tone.GOOD, "worse": Tone.BAD, "few": Tone.QUIET, "unknown": Tone.QUIET}


@dataclass(frozen=True, slots=True)
class Form:
    """How a number is written: digits, with its sign, with a unit; `times` 100 for a share in percent."""

    digits: int = 1
    signed: bool = False
    unit: str = ""
    times: int = 1

    def write(self, value: float) -> str:
        """Without its unit. With a true minus; 0 has no sign."""
        text = f"{value * self.times:{'+' if self.signed else ''}.{self.digits}f}"
        return (text.lstrip("+-") if float(text) == 0 else text).replace("-", "−")

    @property
    def change(self) -> Form:
        """How a change of it is written: as points, where it is a share."""
        return Form(self.digits, signed=True, times=self.times)


FORMS = {
    "experience": Form(),
    "expectation": Form(),
    "satisfaction": Form(signed=True),
    "importance": Form(),
    "weighted": Form(0, signed=True),
    "gap": Form(signed=True),
    "share": Form(0, unit=" %", times=100),
    "csat": Form(unit=" %"),
    "ces": Form(2),
    "nps": Form(signed=True),
}
"""By number or metric."""
WISHED = ("experience", "satisfaction", "weighted")
"""Numbers of which more is better; that customers expect more is neither good nor bad."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and in small letters what it rests on."""

    text: str
    sub: str = ""
    tone: Tone = Tone.PLAIN


def cell(w: Words, number: Estimate, form: Form) -> Cell:
    """A number with interval and n."""
    if number.value is None:
        return Cell(w("unknown", why=w(number.reason)), tone=Tone.QUIET)
    n = f"n {number.n:,}"
    if number.lower is not None and number.upper is not None:
        n = f"{w('interval', lower=form.write(number.lower), upper=form.write(number.upper))} · {n}"
    few = number.n < FEW
    text = f"{'○ ' if few else ''}{form.write(number.value)}{form.unit}"
    return Cell(text, n, Tone.QUIET if few else Tone.PLAIN)


def told(w: Words, number: Estimate, form: Form) -> str:
    """The same within a sentence."""
    found = cell(w, number, form)
    return f"{found.text} ({found.sub})" if found.sub else found.text


def verdict_cell(w: Words, found: Verdict, *, wished: bool = True) -> Cell:
    """What a change says; a rise of what nobody wishes for is no good news, and no bad."""
    if found in ("better", "worse") and not wished:
        return Cell(w("rose" if found == "better" else "fell"))
    return Cell(w("unknown_before" if found == "unknown" else found), tone=TONES.get(found, Tone.PLAIN))


def amount(w: Words, paid: float | None, n: int) -> Cell:
    """Money of so many purchases; None: nothing was sold, which is not the same as sold for 0."""
    if paid is None:
        return Cell(w("none_sold"), tone=Tone.QUIET)
    return Cell(f"{paid:,.2f}".removesuffix(".00"), w("purchases", n=f"{n:,}"))


def sold(w: Words, currency: str, sales: Sales) -> str:
    """Sales of one currency within a sentence."""
    now, before = amount(w, sales.now, sales.now_n), amount(w, sales.before, sales.before_n)
    return w("short_sales_one", currency=currency, now=now.text, before=before.text)


def moment(at_ms: int) -> str:
    """A moment for people, to the minute; UTC."""
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M")
