"""Whether the server may listen where the settings say, and what uvicorn is to be told."""

import ssl
from typing import Any

from config.serve import ServeSettings
from connectors.errors import ConfigurationError
from sync.publish.web.signin.user_file import UserFile


def check_binding(settings: ServeSettings, users: UserFile) -> None:
    """Return when the server may listen there. Raises :class:`ConfigurationError` (exit 2) with what to do.

    This machine alone needs nothing. Whoever else can reach it must have to sign in, and by https: a password or a session that is
    sent openly can be read on the way.
    """
    if settings.is_wide:
        where = settings.public_url or f"{settings.host}:{settings.port}"
        if users.is_empty() and settings.oidc is None:
            raise ConfigurationError(
                f"others could read every figure at {where}: set up sign-in first, with `cadran users add NAME --role admin` or "
                "the section serve.oidc of the settings"
            )
        if not settings.is_https:
            raise ConfigurationError(
                f"passwords would travel openly to {where}: give the server a certificate (serve.tls: {{cert: …, key: …}}), or put a "
                "proxy in front that does https and write its address as serve.public_url: https://…"
            )
    if settings.tls is not None:
        _check_certificate(settings)


def _check_certificate(settings: ServeSettings) -> None:
    assert settings.tls is not None  # noqa: S101 - asked by the caller
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls.cert, settings.tls.key, password="")
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise ConfigurationError(
            f"serve.tls: {settings.tls.cert} and {settings.tls.key} are no certificate and its key: {reason}"
        ) from None


def uvicorn_options(settings: ServeSettings) -> dict[str, Any]:
    """Arguments of ``uvicorn.Config``: where to listen, the certificate, whose word on the caller's address is taken."""
    tls = {"ssl_certfile": settings.tls.cert, "ssl_keyfile": settings.tls.key} if settings.tls else {}
    return {
        "host": settings.host,
        "port": settings.port,
        **tls,
        # Else uvicorn believes whatever is on this machine.
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": settings.trusted_proxies,
        "server_header": False,
        "date_header": True,
    }
