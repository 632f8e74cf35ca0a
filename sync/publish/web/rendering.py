"""Templates in the reader's language."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from sync.publish.i18n import Language, json_safe, translations
from sync.publish.web.drawing import spark
from sync.publish.web.page import TEMPLATES


@cache
def environment(locale: str) -> Environment:
    """Everything is escaped; a name that is not there is an error, not an empty space."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    made.globals["spark"] = spark
    made.filters["json_data"] = json_data
    return made


def json_data(value: Any) -> Markup:
    """JSON for a ``<script type="application/json">``: nothing in it can end the element."""
    text = orjson.dumps(value, default=json_safe, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - escaped just here


def rendered(template: str, language: Language, context: Mapping[str, Any], part: bool = False) -> str:
    """A page, or its block ``part`` alone, with its block ``filters`` where it has one: what can be chosen depends on what is."""
    found = environment(language.locale).get_template(template)
    known = {"f": language, "lang": language.locale, "is_part": part, **context}
    if part and "part" in found.blocks:
        asked = [found.blocks[name] for name in ("part", "filters") if name in found.blocks]
        return "".join(piece for block in asked for piece in block(found.new_context(known)))
    return found.render(known)


def language(locale: str, zone: str | None) -> Language:
    return Language(locale, ZoneInfo(zone or "UTC"))
