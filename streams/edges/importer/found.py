"""What a file held, counted so that nothing can get lost between two classes."""

from __future__ import annotations

from dataclasses import dataclass, field

KEPT_BAD_CELLS = 100


@dataclass(frozen=True)
class BadCell:
    """A cell that could not be used."""

    row: int
    """As a spreadsheet counts: the header is row 1."""
    column: str
    """Empty where the shape of the whole row is wrong."""
    value: str
    problem: str


@dataclass
class Found:
    """What a file held. Each answer cell of a well-shaped row is in one of events, blanks, bad, held back."""

    rows: int = 0
    events: int = 0
    blanks: int = 0
    bad_answers: int = 0
    """Answer cells that are neither a score nor blank, or whose own further fields cannot be read."""
    held_back: int = 0
    """Answers of rows whose date, id or another common field cannot be read."""
    bad_rows: int = 0
    """Rows of that kind."""
    misshapen_rows: int = 0
    """Rows with more or fewer cells than the header; what they held is not known."""
    bad_cells: list[BadCell] = field(default_factory=list)
    """The first hundred of them."""

    def note(self, cell: BadCell) -> None:
        """Keep a bad cell while there is room."""
        if len(self.bad_cells) < KEPT_BAD_CELLS:
            self.bad_cells.append(cell)

    def leave_out(self, row: int, problem: str) -> None:
        """Count a row whose cells cannot be told apart."""
        self.rows += 1
        self.misshapen_rows += 1
        self.note(BadCell(row, "", "", problem))
