"""Charts as SVG, made here: lines over time and bars, with axes that say what they measure.

Colours stand on each element, as mail and PDF programs read no style sheet inside a picture; classes let the dark sheet change them.
Whoever cannot see a chart reads the table beside it, which holds the same values.
"""

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from markupsafe import Markup

INK, QUIET, LINE, ACCENT, SECOND = "#14181f", "#545d6b", "#d5dae2", "#1d4ed8", "#b45309"
FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"

WIDTH, HEIGHT = 520, 190
LEFT, RIGHT, TOP, BOTTOM = 76, 14, 12, 26
LABELS = 5
"""At most so many under a line."""

BAR_LEFT, BAR_ROOM, BAR_HEIGHT, BAR_STEP = 190, 240, 14, 24
LONGEST_NAME = 30

Say = Callable[[Decimal], str]


def lines(title: str, labels: Sequence[str], values: Sequence[Decimal | None], say: Say, *, partial: bool = False) -> Markup:
    """One course, the oldest first; a gap where there is no value. ``partial``: the last period is not over, and is drawn open.
    Empty with fewer than two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    ticks = scale(min(*known, Decimal(0)), max(*known, Decimal(0)))
    low, high = ticks[0], ticks[-1]

    def x(place: int) -> Decimal:
        return LEFT + Decimal(WIDTH - LEFT - RIGHT) * place / (len(values) - 1)

    def y(value: Decimal) -> Decimal:
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [_grid(y(tick), say(tick)) for tick in ticks]
    every = max(1, -(-len(labels) // LABELS))
    for place in range(len(labels) - 1, -1, -every):
        anchor = "end" if place == len(labels) - 1 else "middle" if place else "start"
        parts.append(_text(x(place), HEIGHT - 8, labels[place], anchor))
    path, pen = [], "M"
    for place, value in enumerate(values):
        if value is not None:
            path.append(f"{pen}{x(place):.1f} {y(value):.1f}")
        pen = "M" if value is None else "L"
    parts.append(Markup('<path class="course" d="{}" fill="none" stroke="{}" stroke-width="2"/>').format(" ".join(path), ACCENT))
    last = max(place for place, value in enumerate(values) if value is not None)
    for place, value in enumerate(values):
        if value is not None:
            is_open = partial and place == last
            fill = "#ffffff" if is_open else ACCENT
            parts.append(
                Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="2.8" fill="{}" stroke="{}"/>').format(
                    "dot open" if is_open else "dot", x(place), y(value), fill, ACCENT
                )
            )
    return _picture(title, WIDTH, HEIGHT, parts)


def bars(title: str, rows: Sequence[tuple[str, Sequence[tuple[Decimal | None, str]]]], legend: Sequence[str] = ()) -> Markup:
    """A group of bars for each (name, its (value, as it is read)); all on one scale, a line for what is unknown or negative.
    ``legend``: what the bars of a group are, where there are several. Empty where nothing can be drawn."""
    largest = max((value for _, group in rows for value, _ in group if value is not None), default=Decimal(0))
    if largest <= 0:
        return Markup("")
    parts, top, left = [], 4, BAR_LEFT
    for place, words in enumerate(legend):
        parts += [_bar(place, left, top + 5, Decimal(BAR_HEIGHT)), _text(left + 20, top + 16, words, "start", INK, "ink")]
        left, top = left + 180, top + (BAR_STEP + 4 if place == len(legend) - 1 else 0)
    for name, group in rows:
        parts.append(_text(BAR_LEFT - 8, top + 16 + (len(group) - 1) * (BAR_HEIGHT + 4) / 2, _short(name), "end", INK, "ink"))
        for place, (value, told) in enumerate(group):
            length = Decimal(BAR_ROOM) * value / largest if value is not None and value > 0 else Decimal(1)
            parts += [_bar(place, BAR_LEFT, top + 5, length), _text(BAR_LEFT + length + 6, top + 16, told, "start", INK, "ink")]
            top += BAR_STEP if len(group) == 1 else BAR_HEIGHT + 4
        top += 8 if len(group) > 1 else 0
    return _picture(title, WIDTH, top + 4, parts)


def _bar(place: int, left: int, top: int, length: Decimal) -> Markup:
    """Of the first or second kind in its group: told apart by its place and its edge too, not by colour alone."""
    return Markup('<rect class="bar{}" x="{}" y="{}" width="{:.1f}" height="{}" rx="{}" fill="{}"/>').format(
        place + 1, left, top, max(length, Decimal(1)), BAR_HEIGHT, (2, 7)[place % 2], (ACCENT, SECOND)[place % 2]
    )


def scale(low: Decimal, high: Decimal, most: int = 5) -> list[Decimal]:
    """Round numbers from ``low`` or less to ``high`` or more, at most about ``most`` steps apart by 1, 2, 2.5 or 5 times a power of ten."""
    span = (high - low) or Decimal(1)
    power = Decimal(10) ** ((span / most).adjusted())
    step = next(power * factor for factor in map(Decimal, ("1", "2", "2.5", "5", "10")) if span / (power * factor) <= most)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return [step * place for place in range(int(first), max(int(last), int(first) + 1) + 1)]


def _grid(y: Decimal, said: str) -> Markup:
    line = Markup('<line class="grid" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}" stroke="{}"/>').format(
        LEFT, y, WIDTH - RIGHT, y, LINE
    )
    return line + _text(LEFT - 6, y + 4, said, "end")


def _text(x: Decimal | float, y: Decimal | float, words: str, anchor: str, fill: str = QUIET, kind: str = "said") -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="11" fill="{}">{}</text>').format(
        kind, x, y, anchor, fill, words
    )


def _picture(title: str, width: int, height: int, parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{title}" style="{font}">').format(
        w=width, h=height, title=title, font=FONT
    )
    return head + Markup("").join(parts) + Markup("</svg>")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
