"""Where a request comes from, told by its headers: pure functions.

Sources: OWASP's Cross-Site Request Forgery Prevention Cheat Sheet and the Fetch Metadata specification (read 2026-11-22).
"""

import hmac
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from config.serve import LOOPBACK_NAMES, ServeSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def host_of(header: str) -> str:
    """``Host`` without its port, in lower case; empty for what is no host."""
    try:
        return (urlsplit(f"//{header}").hostname or "").casefold()
    except ValueError:
        return ""


def hosts_allowed(settings: ServeSettings, is_open: bool) -> Collection[str] | None:
    """Host names that a request may be for; None: any.

    While nobody has to sign in, only this machine's own names: another name that leads here was made to (DNS rebinding). Behind a
    proxy, its name. A server with its own certificate and sign-in has whatever names the certificate has.
    """
    if is_open or not settings.is_wide:
        return LOOPBACK_NAMES
    if settings.public_url is not None:
        return (host_of(urlsplit(settings.public_url).netloc), *LOOPBACK_NAMES)
    return None


def is_proxied(headers: Mapping[str, str]) -> bool:
    """Whether a proxy passed the request on, by its own word."""
    return any(name in headers for name in ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"))


def is_same_origin(headers: Mapping[str, str], own: Collection[str]) -> bool:
    """Whether a request that changes something was made by a page of ours. ``own``: schemes with hosts, as browsers write an origin.

    A browser says so in ``Sec-Fetch-Site``; an older one in ``Origin``. Who says neither is no browser that could be misled, but is
    refused as well: nothing that changes state is meant for programs.
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return origin in own
    return site == "same-origin"


def same_secret(given: str | None, right: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def safe_next(wanted: str | None) -> str:
    """Where to go after signing in: a path of ours, or the first page. Nothing that a browser could read as another site."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > 2000:
        return "/"
    if "\\" in wanted or any(ord(character) < 33 or ord(character) == 127 for character in wanted):
        return "/"
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path == "/sign-in" or parts.path.startswith(("/sign-in/", "/sign-out", "/api/")):
        return "/"
    return wanted
