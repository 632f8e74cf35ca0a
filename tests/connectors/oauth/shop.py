"""A source's login against the sandbox, for this process and for others: it imports no more than that."""

from pathlib import Path

from connectors.base import Place
from connectors.oauth.declaration import OAuth
from connectors.oauth.login import Login
from connectors.oauth.section import OAuthSection


def login(base_url: str, folder: Path) -> Login:
    section = OAuthSection.model_validate({"type": "vendor", "base_url": base_url, "client_id": "app", "client_secret": "hush"})
    oauth = OAuth("Vendor", f"{base_url}/login", f"{base_url}/tokens", ("read",))
    return Login("shop", section, oauth, Place(folder, folder))
