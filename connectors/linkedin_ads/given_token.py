"""When an ``access_token`` of the settings ends: LinkedIn tells the app that it was issued to.

A login by ``cadran connect`` knows its own end; a token that somebody copied into the settings ends after 60 days all the same.
"""

from datetime import UTC, datetime

from connectors.errors import CadranError
from connectors.linkedin_ads.oauth import OAUTH
from connectors.linkedin_ads.settings import LinkedInAdsSettings
from connectors.oauth.login import WARN
from connectors.transport import RetryRule, Transport


def given_token_note(source_id: str, settings: LinkedInAdsSettings, now: datetime | None) -> str | None:
    """A line for ``cadran check`` where the token ends within :data:`connectors.oauth.login.WARN` of ``now`` (LinkedIn's clock).
    None where it lives longer, where there is none, and where its end cannot be known."""
    ends = _end(source_id, settings)
    if ends is None or now is None or ends - now > WARN:
        return None
    return f"the access_token of the settings ends on {ends.date()}: put a new one there before that day"


def _end(source_id: str, settings: LinkedInAdsSettings) -> datetime | None:
    """A warning ahead is not worth a failure: whatever LinkedIn answers instead, the token itself has just been taken."""
    token, secret = settings.access_token, settings.client_secret
    if token is None or secret is None or settings.client_id is None:
        return None
    address = settings.addressed(OAUTH).token_url.removesuffix("accessToken") + "introspectToken"
    transport = Transport(source_id, address, rule=RetryRule(attempts=2, total_s=20.0))
    asked = {"client_id": settings.client_id, "client_secret": secret.get_secret_value(), "token": token.get_secret_value()}
    try:
        answer = transport.request("POST", address, what="ask when the token ends", data=asked).json()
    except (CadranError, ValueError):
        return None
    finally:
        transport.close()
    told = answer.get("expires_at") if isinstance(answer, dict) else None
    return datetime.fromtimestamp(told, UTC) if isinstance(told, int) else None
