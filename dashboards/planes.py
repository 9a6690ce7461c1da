"""Planes that several boards read their points by."""

from __future__ import annotations

from dashboards.panel import Axis, Line, Plane


def quadrants(x: Axis, y: Axis, *, at: tuple[float, float], corners: tuple[str, str, str, str]) -> Plane:
    """A plane cut into four by a line upright and one across.

    Args:
        x, y: with both ends.
        at: where the lines stand, (x, y).
        corners: what being there means: top left, top right, bottom left, bottom right.
    Raises:
        ValueError: an axis has an open end: a line would not know where to stop.
    """
    if None in (x.low, x.high, y.low, y.high):
        raise ValueError(f"{x.title} and {y.title}: quadrants need both ends of both axes")
    columns = ("upright_x", "upright_y", "level_x", "level_y")
    listed = ", ".join(f"{name} Float64" for name in columns)
    ends = ", ".join(f"({at[0]}, {height}, {width}, {at[1]})" for width, height in ((x.low, y.low), (x.high, y.high)))
    return Plane(
        x,
        y,
        lines=(
            Line("upright_x", "upright_y", f"{x.title} {at[0]:g}"),
            Line("level_x", "level_y", f"{y.title} {at[1]:g}"),
        ),
        lines_sql=f"SELECT {', '.join(columns)} FROM values('{listed}', {ends})",
        corners=corners,
    )
