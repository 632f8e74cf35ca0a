"""Small pictures that need no script: the course of a value beside it."""

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 120, 32, 3


def spark(values: Sequence[Decimal | None], *, partial: bool = False) -> Markup:
    """A line of at most a few dozen values, the oldest first; a gap where there is none. ``partial``: the last is of a running
    period, and is drawn open. It is a decoration: whoever cannot see it reads the values beside it."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    room = (high - low) or Decimal(1)
    step = Decimal(WIDTH - 2 * EDGE) / Decimal(max(len(values) - 1, 1))
    points = [
        None if value is None else (EDGE + step * place, HEIGHT - EDGE - (value - low) / room * (HEIGHT - 2 * EDGE))
        for place, value in enumerate(values)
    ]
    path, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        path.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    last = next(point for point in reversed(points) if point is not None)
    kind = "spark-end partial" if partial else "spark-end"
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" aria-hidden="true" focusable="false">'
        '<path d="{d}"/><circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg>'
    ).format(w=WIDTH, h=HEIGHT, d=" ".join(path), kind=kind, x=last[0], y=last[1])
