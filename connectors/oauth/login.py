"""The access token of a source that a person logged in to: always good for the next call, whoever else uses the login.

How a client uses it::

    token = self.login.bearer()
    response = self.transport.send(..., headers={"Authorization": f"Bearer {token}"})
    if response.status == 401:
        self.login.renew(token)      # once; then send again with bearer()

Vendors that rotate refresh tokens take each of them once. So one thread of one process at a time refreshes a login, it looks
first whether another has done so meanwhile, and what the vendor answers is on the disk before anybody uses it.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.base import Place
from connectors.errors import AuthenticationError
from connectors.oauth.declaration import OAuth
from connectors.oauth.endpoint import TokenEndPoint, TokenRefused
from connectors.oauth.grant import NEVER, Grant
from connectors.oauth.section import OAuthSection
from connectors.oauth.store import Logins, nobody_yet, of_this_app

WARN = timedelta(days=14)
"""``cadran check`` says so when a login ends within this time."""


class Login:
    """A source's login. Building it touches nothing; threads may share it. ``wall`` gives seconds since the epoch.

    The settings' ``access_token`` wins, then their ``refresh_token`` (what it was rotated to is kept, for as long as the
    settings name the same), then the login by ``cadran connect``.
    """

    def __init__(
        self, source_id: str, section: OAuthSection, oauth: OAuth, place: Place, wall: Callable[[], float] = time.time
    ) -> None:
        self.source_id = source_id
        self._section = section
        self._logins = Logins(place)
        self._endpoint = TokenEndPoint(source_id, section, oauth, wall)
        self._oauth = self._endpoint.oauth
        self._given = section.refresh_token.get_secret_value() if section.refresh_token else None
        self._name = source_id if self._given is None else f"{source_id}.from_settings"
        self._threads = threading.Lock()
        self._grant: Grant | None = None

    def close(self) -> None:
        self._endpoint.close()

    def bearer(self) -> str:
        """The access token, renewed ahead of its end.

        Raises :class:`ConfigurationError` where nobody logged in, :class:`AuthenticationError` when a person must log in again,
        and what the token end point's refusal means otherwise.
        """
        if self._section.access_token is not None:
            return self._section.access_token.get_secret_value()
        with self._threads:
            if self._grant is None or not self._grant.is_fresh(self._endpoint.now()):
                self._grant = self._good()
            return self._grant.access_token

    def renew(self, refused: str) -> None:
        """The vendor answered 401 to the token ``refused``: the next :meth:`bearer` gives another. Raises as it does."""
        if self._section.access_token is not None:
            raise AuthenticationError(self.source_id, f"{self._oauth.vendor} does not accept the access_token of the settings.")
        with self._threads:
            if self._grant is None or self._grant.access_token == refused:
                self._grant = self._good(refused)

    def notes(self) -> tuple[str, ...]:
        """Lines for ``cadran check``: that the login ends soon. Only after a :meth:`bearer`; asks nothing."""
        ends = self._grant.ends_at if self._grant else None
        if self._grant is None or ends is None or ends - self._endpoint.now() > WARN:
            return ()
        if self._grant.refresh_token is None and self._oauth.by_client_alone:
            return ()  # the app asks for the next one itself
        if self._grant.refresh_token is None:
            return (
                f"the login ends on {ends.date()} and {self._oauth.vendor} does not renew it: {self._again()} before that day",
            )
        return (f"the login ends on {ends.date()} unless it is renewed by then; else {self._again()}",)

    def _good(self, refused: str | None = None) -> Grant:
        """A grant whose access token is good and is not ``refused``."""
        with self._logins.locked(self._name) as attempt:
            grant = self._kept()
            now = self._endpoint.now()
            if grant is None:
                return self._for_the_app()
            if grant.is_fresh(now) and grant.access_token != refused:
                return grant
            if grant.refresh_token is None:
                raise AuthenticationError(self.source_id, self._over(grant, now))
            unfinished, tries = attempt.unfinished, self._endpoint.tries
            attempt.begin(now)
            try:
                renewed = self._endpoint.by_refresh(grant)
            except TokenRefused:
                attempt.end()
                if self._endpoint.tries > tries + 1:
                    unfinished = now  # an earlier try may have been carried out, and only its answer was lost
                raise AuthenticationError(self.source_id, self._lost(grant, now, unfinished)) from None
            self._logins.save(self._name, renewed)
            attempt.end()
            return renewed

    def _kept(self) -> Grant | None:
        grant = self._logins.load(self._name)
        if self._given is None:
            return None if grant is None else of_this_app(self.source_id, grant, self._endpoint.client_id)
        origin = hashlib.sha256(self._given.encode()).hexdigest()
        if grant is not None and grant.origin == origin:
            return grant
        now = self._endpoint.now()
        return Grant("", NEVER, now, self._endpoint.client_id, NEVER, self._given, origin=origin)

    def _for_the_app(self) -> Grant:
        if self._oauth.by_client_alone:
            return self._endpoint.by_client_alone()
        raise nobody_yet(self.source_id, self._oauth.vendor)

    def _over(self, grant: Grant, now: datetime) -> str:
        """Why a login without a refresh token is over."""
        lived = grant.expires_at - grant.granted_at if grant.expires_at else None
        if grant.expires_at is None or now < grant.expires_at or lived is None:
            return f"{self._oauth.vendor} no longer accepts the login of {grant.connected_at.date()} (revoked, or the password changed): {self._again()}."
        return f"The login of {grant.connected_at.date()} ended on {grant.expires_at.date()}, after {lived.days} days: {self._again()}."

    def _lost(self, grant: Grant, now: datetime, unfinished: datetime | None) -> str:
        """Why a refresh token is no longer taken, as far as can be told from here."""
        vendor = self._oauth.vendor
        if self._given is not None:
            return f"{vendor} no longer takes the refresh_token of the settings: put a new one there, or take it out and {self._again()}."
        since = f"the login of {grant.connected_at.date()}"
        if unfinished is not None and self._oauth.rotates:
            why = (
                f"a refresh at {unfinished:%Y-%m-%d %H:%M} UTC was cut off before its answer could be kept, which spent the token"
            )
        elif grant.refresh_expires_at is not None and now >= grant.refresh_expires_at:
            why = f"it expired on {grant.refresh_expires_at.date()}"
        else:
            why = "it was revoked, or has expired"
        return f"{vendor} no longer accepts {since}: {why}. Please {self._again()}."

    def _again(self) -> str:
        return f"run `cadran connect {self.source_id}`"
