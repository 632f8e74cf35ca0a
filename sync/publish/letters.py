"""A message's words as plain text and as HTML, from the same lines.

The HTML is for mail programs: no script, no style sheet, nothing from outside. It is made of headings, paragraphs and lists alone,
because that is what chat services and programs for plain text turn into something readable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Part:
    """A heading with what stands below it."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    link: str | None = None
    """An address to look at, or a command to type."""


def as_text(parts: Sequence[Part], closing: str = "") -> str:
    blocks = []
    for part in parts:
        lines = [part.heading, *part.paragraphs, *(f"- {item}" for item in part.items), *([part.link] if part.link else [])]
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, *([closing] if closing else [])]) + "\n"


def as_html(parts: Sequence[Part], closing: str = "") -> str:
    out = []
    for part in parts:
        out.append(f"<h3>{escape(part.heading)}</h3>")
        out += [f"<p>{escape(paragraph)}</p>" for paragraph in part.paragraphs]
        if part.items:
            out.append("<ul>" + "".join(f"<li>{escape(item)}</li>" for item in part.items) + "</ul>")
        if part.link:
            out.append(f"<p>{_link(part.link)}</p>")
    if closing:
        out.append(f"<p><small>{escape(closing)}</small></p>")
    return "\n".join(out) + "\n"


def _link(link: str) -> str:
    shown = escape(link)
    return f'<a href="{shown}">{shown}</a>' if link.startswith(("https://", "http://")) else f"<code>{shown}</code>"
