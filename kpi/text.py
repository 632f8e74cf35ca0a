"""A sentence that people read, in the languages Cadran speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """The same words in English and French."""

    en: str
    fr: str

    def in_(self, locale: str) -> str:
        """The words for a locale such as ``fr``, ``fr_CA`` or ``en-GB``; English for any other language."""
        language = locale.replace("-", "_").split("_")[0].casefold()
        return self.fr if language == "fr" else self.en
