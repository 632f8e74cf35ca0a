"""Which language a reader gets."""

LANGUAGES = ("en", "fr")
LANGUAGE_COOKIE = "cadran_language"


def preferred(chosen: str | None, accepted: str | None, default: str) -> str:
    """The chosen one; else the first of ``Accept-Language`` by its weight that there is; else the default."""
    if chosen in LANGUAGES:
        return chosen
    ranked = sorted(_weighted(accepted or ""), key=lambda one: -one[1])
    return next((language for language, _ in ranked if language in LANGUAGES), default)


def _weighted(header: str) -> list[tuple[str, float]]:
    """(language, weight) as listed; what is no weight counts nothing."""
    found = []
    for part in header[:500].split(","):
        tag, _, weight = part.partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        if quality > 0:
            found.append((tag.strip().split("-")[0].casefold(), quality))
    return found
