"""What a stream's stored records were read and made with, as one line of text kept beside its cursor.

``1|Europe/Paris|EUR|{"amount":"my_amount"}``: first what makes rows out of raw records, whose change makes the rows again
without a network; then what was asked of the vendor beyond what is asked in every account, whose change reads the records
again, because the raw ones lack some of it.
"""

from collections.abc import Mapping
from typing import Any

import orjson

_FURTHER = ("mapped", "links")
"""Facts of a source that say, by stream, what else its records are asked for: properties of the user's choice, associations
that not every account offers."""


def fingerprint(normaliser: str, zone: str, currency: str, facts: Mapping[str, Any], stream: str) -> str:
    """``facts``: what :meth:`connectors.base.Source.describe` gave."""
    # Whose rates make the amounts: whatever a source says of it that is not the ordinary, its own vendor's.
    rates = facts.get("rates", "crm")
    made_in = currency if rates == "crm" else f"{currency} at {rates}"
    return "|".join((normaliser, zone, made_in, *asked_now(facts, stream)))


def made_by(fingerprint: str) -> list[str]:
    return fingerprint.split("|", 3)[:3]


def asked_then(fingerprint: str) -> str:
    """What was asked for beyond the ordinary; empty: nothing."""
    return "|".join(fingerprint.split("|", 3)[3:])


def asked_now(facts: Mapping[str, Any], stream: str) -> list[str]:
    """What would be asked for now."""
    further = ((facts.get(one) or {}).get(stream) for one in _FURTHER)
    return [orjson.dumps(one).decode() for one in further if one]
