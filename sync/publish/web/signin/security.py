"""Who is asking: readers told by their session, their token, or by nobody having to sign in; and the cookies that carry it."""

import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from config.serve import ServeSettings
from connectors.errors import ConfigurationError
from sync.house import House
from sync.publish.web.signin import passwords
from sync.publish.web.signin.languages import LANGUAGE_COOKIE, preferred
from sync.publish.web.signin.limits import HOUR, MINUTE, Limit, of_address
from sync.publish.web.signin.oidc import Oidc
from sync.publish.web.signin.oidc_roles import stamp_of
from sync.publish.web.signin.readers import Reader, bound_to
from sync.publish.web.signin.sessions import Session, Sessions
from sync.publish.web.signin.token_file import TokenFile
from sync.publish.web.signin.user_file import User, UserFile

log = logging.getLogger("cadran.web")

HANDSHAKE_S = 600
"""How long somebody may take at the provider."""


class Security:
    """Everything that sign-in needs, put together for one account. ``clock``: UTC."""

    def __init__(
        self, settings: ServeSettings, folder: Path, engine: sa.Engine, locale: str, clock: Callable[[], datetime]
    ) -> None:
        self.settings = settings
        self.locale = locale
        self.clock = clock
        self.users = UserFile(folder)
        self.tokens = TokenFile(folder)
        self.sessions = Sessions(engine, settings.sessions)
        self.oidc = Oidc(settings.oidc) if settings.oidc else None
        self.by_name = Limit((5, MINUTE), (30, HOUR))
        self.by_address = Limit((30, MINUTE), (200, HOUR))
        self.by_token = Limit((600, MINUTE))
        self._key = secrets.token_bytes(32)
        self._handshake = URLSafeTimedSerializer(self._key, salt="oidc")
        prefix = "__Host-" if settings.is_https else ""
        self.session_cookie = f"{prefix}cadran_session"
        self.visit_cookie = f"{prefix}cadran_visit"
        self.handshake_cookie = f"{prefix}cadran_oidc"

    @classmethod
    def of(cls, house: House) -> "Security":
        return cls(house.settings.serve, house.folder, house.ledger.engine, house.locale, house.clock)

    @property
    def is_open(self) -> bool:
        """Whether nobody has to sign in: this machine alone, and nobody is set up."""
        return not self.settings.is_wide and self.oidc is None and self.users.is_empty()

    # --- who it is ---------------------------------------------------------------------------------------------------------

    def recognise(self, request: HTTPConnection) -> Reader | None:
        """The reader; None when that person has to sign in. ``request.state.session``: the session, where there is one."""
        locale = self.locale_of(request)
        if self.is_open:
            return Reader("", "admin", locale, None, "open")
        found = request.state.session = self.session_of(request)
        if found is None:
            return None
        user = self.users.find(found.name) if found.way == "password" else None
        role, owners = (user.role, user.owners) if user else (found.role, found.owners)
        return Reader(found.name, role, locale, bound_to(role, owners, self.settings.own_records_only), found.way)

    def session_of(self, request: HTTPConnection) -> Session | None:
        """The request's session, while what it stands on is unchanged; else it is ended."""
        cookie = request.cookies.get(self.session_cookie)
        found = self.sessions.find(cookie, self.clock()) if cookie else None
        if cookie is None or found is None:
            return None
        if found.way == "password":
            user = self.users.find(found.name)
            stands_on = user.stamp if user else None
        else:
            stands_on = stamp_of(self.settings.oidc) if self.settings.oidc else None
        if found.stamp != stands_on:
            self.sessions.end(cookie)
            return None
        return found

    def note_seen(self, request: HTTPConnection, session: Session) -> None:
        """Keep the session from idling out. A ledger that is busy is left alone: the next page notes it."""
        now = self.clock()
        if self.sessions.is_due(session, now):
            try:
                self.sessions.note_seen(request.cookies[self.session_cookie], now)
            except sa.exc.OperationalError as error:
                log.info("the ledger is busy; the session is noted later: %s", type(error).__name__)

    def token_reader(self, secret: str, locale: str) -> Reader | None:
        token = self.tokens.find(secret, self.clock())
        if token is None:
            return None
        owners = bound_to("viewer", token.owners, self.settings.own_records_only)
        return Reader(token.name, "viewer", locale, owners, "token")

    def locale_of(self, request: HTTPConnection) -> str:
        """The language chosen on this browser, or the first that it asks for, or that of the settings."""
        return preferred(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"), self.locale)

    # --- signing in and out ------------------------------------------------------------------------------------------------

    def checked(self, name: str, password: str) -> User | None:
        """The user whose password that is. Takes as long for a name that nobody has."""
        user = self.users.find(name)
        is_right = passwords.matches(user.hash if user else passwords.NOBODY, password)
        if user is None or not is_right:
            return None
        if passwords.is_outdated(user.hash):
            try:
                self.users.rehash(user, password)
            except (OSError, ConfigurationError) as error:
                log.warning("the users file cannot be written; the old hash stays: %s", type(error).__name__)
        return user

    def wait_s(self, name: str, address: str) -> int:
        """Seconds until that name, or that address, may try again; 0: now, and it is counted."""
        return self.by_address.wait_s(of_address(address)) or self.by_name.wait_s(name.strip().casefold()[:64])

    def sign_in(self, request: HTTPConnection, response: Response, session: Session) -> None:
        """A new session, never the one that the browser came with."""
        self.sign_out(request, response)
        cookie = self.sessions.begin(session.name, session.way, session.stamp, session.role, session.owners, self.clock())
        self.set_cookie(response, self.session_cookie, cookie, int(self.sessions.longest.total_seconds()))

    def sign_out(self, request: HTTPConnection, response: Response) -> None:
        if cookie := request.cookies.get(self.session_cookie):
            self.sessions.end(cookie)
        self.set_cookie(response, self.session_cookie, "", 0)

    def set_cookie(self, response: Response, name: str, value: str, seconds: int) -> None:
        secure = self.settings.is_https
        response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")

    # --- secrets of a page -------------------------------------------------------------------------------------------------

    def csrf_token(self, request: HTTPConnection, reader: Reader | None) -> str:
        """What a form or a header must bring back: bound to the session, or before it to the visit."""
        if reader is not None and reader.way in ("password", "oidc"):
            return hmac.new(request.cookies[self.session_cookie].encode(), b"csrf", "sha256").hexdigest()
        return self.visit_token(request.cookies.get(self.visit_cookie, ""))

    def visit_token(self, visit: str) -> str:
        return hmac.new(self._key, visit.encode("utf-8", "replace"), "sha256").hexdigest()

    def sealed(self, handshake: Mapping[str, str]) -> str:
        return str(self._handshake.dumps(dict(handshake)))

    def unsealed(self, cookie: str | None) -> dict[str, Any] | None:
        """What was sealed at most :data:`HANDSHAKE_S` ago by this server."""
        try:
            found: dict[str, Any] = self._handshake.loads(cookie or "", max_age=HANDSHAKE_S)
        except BadData:
            return None
        return found
