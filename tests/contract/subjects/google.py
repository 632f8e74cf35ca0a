"""What the connectors behind a Google login have in common."""

from typing import Any

from connectors.errors import AuthenticationError
from connectors.sandbox.world import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_REFRESH_TOKEN


def google(base_url: str) -> dict[str, Any]:
    return {
        "base_url": base_url,
        "token_uri": f"{base_url}/token",
        "client_id": GOOGLE_CLIENT_ID,
        "client_secret": GOOGLE_CLIENT_SECRET,
        "refresh_token": GOOGLE_REFRESH_TOKEN,
    }


WRONG = (
    ({"refresh_token": "1//wrong-refresh-token"}, AuthenticationError),
    ({"client_secret": "GOCSPX-wrong-secret"}, AuthenticationError),
)
SECRETS = (GOOGLE_REFRESH_TOKEN, GOOGLE_CLIENT_SECRET, "ya29.sandbox")
"""The last is how every access token of the sandbox begins."""
