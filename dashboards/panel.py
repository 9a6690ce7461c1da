"""What a board is: questions, the SQL that answers them, and how an answer is drawn.

Why a module of its own: a board is defined once and shown on two screens, Grafana and the local page.
So a definition names a kind of picture and the meaning of a colour, never a widget or a hex code of one
screen. Nothing here knows Grafana, the page, or the store.

SQL is written with the macros that versions 3 and 4 of Grafana's ClickHouse plugin share, and with
`${name:sqlstring}` variables (see macros.py). Tables are named without a database: the data source sets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EVERY = "*"
"""Value of a variable that leaves nothing out; no name is written so."""
FEW_ANSWERS = 30
"""Below this many answers a number is shown in grey: its interval is too wide to act on."""


class Tone(StrEnum):
    """What a colour says. Each screen maps it to colours that the colour-blind can tell apart."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"
    QUIET = "quiet"
    """Not enough evidence: few answers, or none."""
    PLAIN = "plain"
    """Says nothing."""


class Picture(StrEnum):
    """Kinds of picture. Each needs certain columns from the SQL, by name."""

    STAT = "stat"
    """A few large numbers. Columns: title, shown, note."""
    SCORES = "scores"
    """Scores with their evidence, in the order of the SQL. Columns: those of `tables.recent_scores`."""
    BAND = "band"
    """A score over time within its interval. Columns: time, score, lower, upper, n; ordered by time."""
    MATRIX = "matrix"
    """Rows by columns of cells. Columns: row_name, column_name, cell, net, net_lower, net_upper, turn."""
    RANKING = "ranking"
    """Names by score with its interval. Columns: name, value, lower, upper, n, verdict, score, interval."""
    TIMELINE = "timeline"
    """Names over time, each in one state at a time. Columns: time, name, state (a number of `states`); by time."""
    EVENTS = "events"
    """Things that happened, in words, newest first. Columns: at, kind, channel, words, state."""
    SCATTER = "scatter"
    """Points in a plane, with lines to read them by (see `Plane`). Columns: name, x, y, n, tone (a value of `Tone`)
    and note (the numbers in words). Optional: y_lower, y_upper, and x_lower, x_upper, drawn as the interval."""
    TABLE = "table"
    """Rows as they are."""


class Unit(StrEnum):
    """Unit of a number."""

    NONE = ""
    PERCENT = "percent"
    POINTS = "points"
    """Difference of two shares, -100 to 100."""
    COUNT = "count"
    CLOCK_MS = "clock"
    """Milliseconds UTC since 1970, shown as the time of day where the reader is."""


@dataclass(frozen=True, slots=True)
class Step:
    """From this value upwards, numbers have this tone."""

    at: float | None
    """None: from the lowest."""
    tone: Tone


@dataclass(frozen=True, slots=True)
class Link:
    """Where a click leads: another board, with variables set from columns of the row that was clicked.

    The time shown and the board's other variables of the same name are kept.
    """

    board: str
    """Uid of the board."""
    title: str
    set_from: tuple[tuple[str, str], ...] = ()
    """Pairs of (variable there, column here)."""
    keep: tuple[str, ...] = ()
    """Variables of this board handed on as they are."""


@dataclass(frozen=True, slots=True)
class Column:
    """How one column of a table is shown."""

    name: str
    """As in the SQL."""
    title: str = ""
    unit: Unit = Unit.NONE
    digits: int | None = None
    steps: tuple[Step, ...] = ()
    tones: tuple[tuple[str, Tone], ...] = ()
    """Text that starts with this has this tone."""
    whole_row: bool = False
    """The tone colours the row, not only the cell."""
    hidden: bool = False
    """Carried for the page's drawing and for tests, not shown in a table."""
    link: Link | None = None
    width_px: int | None = None

    @property
    def in_words(self) -> bool:
        """Whether it holds text, and no number that a screen gives its form."""
        return self.unit is Unit.NONE and self.digits is None and not self.steps


@dataclass(frozen=True, slots=True)
class State:
    """What a number of a timeline stands for."""

    number: int
    title: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of a plane."""

    title: str
    low: float | None = None
    """Its ends; None: as far as the points reach."""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line through a plane, drawn from two columns of the plane's `lines_sql`, in the order of its rows."""

    x: str
    y: str
    title: str
    tone: Tone = Tone.QUIET


@dataclass(frozen=True, slots=True)
class Plane:
    """What a scatter is drawn in: its axes, and what it is read by."""

    x: Axis
    y: Axis
    lines: tuple[Line, ...] = ()
    lines_sql: str = ""
    """One column of numbers for each x and y of `lines`, no NULL in them."""
    corners: tuple[str, str, str, str] = ("", "", "", "")
    """What being there means: top left, top right, bottom left, bottom right."""
    joined: bool = False
    """The points are joined in the order of the rows."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One question and its answer."""

    id: int
    """Stable for ever: links and alert rules point at it. Unique on its board."""
    title: str
    question: str
    """What the reader wants to know, and how the number is computed."""
    picture: Picture
    sql: str
    width: int
    """Of 24."""
    height: int
    """In Grafana's rows of 30 px and 8 px between."""
    page_width: int | None = None
    """Of 24 on the local page, where the picture needs another width than in Grafana."""
    columns: tuple[Column, ...] = ()
    states: tuple[State, ...] = ()
    """Of a timeline; 0 is nothing, and not drawn."""
    plane: Plane | None = None
    """Of a scatter, and of nothing else."""
    unit: Unit = Unit.NONE
    repeat: str = ""
    """Variable over whose chosen values the panel is repeated; '' is once."""
    min_interval_s: int = 10
    """Shortest step of a graph: answers in less would be too few to show."""
    empty: str = "no answers yet"
    """Said where the SQL gives no rows."""
    language: str = "en"
    """Of these words, and of those that the screens say by themselves (see said.py)."""

    @property
    def is_time_series(self) -> bool:
        """Whether the answer is drawn over time (Grafana's format 0)."""
        return self.picture in (Picture.BAND, Picture.TIMELINE)

    @property
    def is_graph(self) -> bool:
        """Whether the page draws it with axes."""
        return self.picture in (Picture.BAND, Picture.SCATTER)

    @property
    def queries(self) -> tuple[str, ...]:
        """All its SQL: what it shows, and the lines it is read by."""
        return (self.sql, self.plane.lines_sql) if self.plane and self.plane.lines_sql else (self.sql,)


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a board."""

    name: str
    label: str
    sql: str = ""
    """One column of names, from a small table. '' where `choices` are fixed."""
    choices: tuple[tuple[str, str], ...] = ()
    """Pairs of (what the reader sees, value)."""
    default: str = ""
    """A value; '' is all (where several may be chosen) or the first."""
    several: bool = False
    """Several may be chosen, and "All"."""
    open: bool = False
    """Where several may be chosen: "All" is the value `EVERY`. However many names there are, none needs to be written
    out, and what has no name is in it."""
    in_order: bool = False
    """The names keep the order of the SQL; else that of the alphabet."""
    fixed: bool = False
    """Set by the installation, not by the reader: not shown, and no address changes it."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Marks on every graph. Columns: time, text, tags; ordered by time."""

    name: str
    sql: str
    tone: Tone
    sign: str = "▼"
    """Drawn at the mark on the page."""


@dataclass(frozen=True, slots=True)
class Board:
    """A screen full of answers to one kind of question."""

    uid: str
    """At most 40 characters; stable for ever."""
    title: str
    question: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...]
    annotations: tuple[Annotation, ...] = ()
    shown: str = "now-1h"
    """Start of the time shown; the end is now."""
    refresh_s: int = 5
    language: str = "en"
    """As of its panels."""

    def panel(self, panel_id: int) -> Panel:
        """The panel of that id.

        Raises:
            KeyError: no such panel.
        """
        for panel in self.panels:
            if panel.id == panel_id:
                return panel
        raise KeyError(panel_id)

    def variable(self, name: str) -> Variable:
        """The variable of that name.

        Raises:
            KeyError: no such variable.
        """
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)
