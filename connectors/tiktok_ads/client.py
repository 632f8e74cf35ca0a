"""Calls to TikTok's API for Business by plain HTTP, at the pace that the app's tier allows."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import orjson

from connectors.ads.days import Span
from connectors.base import Place, Raw
from connectors.errors import AuthenticationError, ConfigurationError, ContractError, TransientError
from connectors.oauth.login import Login
from connectors.quota import Allowance
from connectors.quota_file import quota_path
from connectors.quota_shared import SharedGovernor
from connectors.tiktok_ads.errors import Refused, TooManyCalls, classify
from connectors.tiktok_ads.oauth import OAUTH
from connectors.tiktok_ads.settings import TikTokAdsSettings
from connectors.tiktok_ads.streams import DIMENSIONS, METRICS, PAGE_ROWS
from connectors.transport import Response, Transport, retrying

ADVERTISERS_AT_ONCE = 100
"""Described by one call; how many TikTok takes is not confirmed."""

BUCKET = "calls"
LEASE_S = 90.0
"""After which a call that a killed process left behind no longer holds its slot; longer than a call may take."""


class TikTokClient:
    """One login."""

    def __init__(self, source_id: str, settings: TikTokAdsSettings, place: Place) -> None:
        self.source_id = source_id
        self.login = Login(source_id, settings, OAUTH, place)
        self._settings = settings
        self._transport = Transport(source_id, settings.base_url)
        self._throttled = 0
        given = settings.client_id or (settings.access_token.get_secret_value() if settings.access_token else "")
        self._governor = governor_of(settings.base_url, given, settings.calls_per_second)

    @property
    def requests_sent(self) -> int:
        return self._transport.requests_sent

    @property
    def refused_429(self) -> int:
        """Calls refused as too many; TikTok says so in the body."""
        return self._throttled

    def close(self) -> None:
        self._transport.close()
        self.login.close()

    def advertiser_ids(self) -> list[str]:
        """The advertisers that the login was given. TikTok wants the app's secret as a parameter here (not confirmed), which is kept out of
        the one log that holds addresses."""
        secret = self._settings.client_secret
        logging.getLogger("urllib3.connectionpool").addFilter(_SECRET_HIDDEN)
        params = {"app_id": self._settings.client_id or "", "secret": secret.get_secret_value() if secret else ""}
        return [str(one.get("advertiser_id")) for one in self._listed("/oauth2/advertiser/get/", params)]

    def advertisers(self, advertiser_ids: Sequence[str]) -> Iterator[Raw]:
        """What advertisers say of themselves. Raises :class:`ConfigurationError` where the login does not reach one."""
        for start in range(0, len(advertiser_ids), ADVERTISERS_AT_ONCE):
            some = advertiser_ids[start : start + ADVERTISERS_AT_ONCE]
            try:
                yield from self._listed("/advertiser/info/", {"advertiser_ids": _json(some)})
            except Refused as refused:
                raise ConfigurationError(
                    f"{refused}. Check advertiser_ids (aadvid=): the login must have been given each of {', '.join(some)}"
                ) from None

    def campaign_days(self, advertiser_id: str, span: Span) -> Iterator[list[Raw]]:
        """The campaigns' days, a page at a time. Raises :class:`connectors.tiktok_ads.errors.TooMuch`."""
        params = {
            "advertiser_id": advertiser_id,
            "service_type": "AUCTION",
            "report_type": "BASIC",
            "data_level": "AUCTION_CAMPAIGN",
            "dimensions": _json(DIMENSIONS),
            "metrics": _json(METRICS),
            "start_date": str(span.first),
            "end_date": str(span.last),
            "page_size": str(PAGE_ROWS),
        }
        number, given = 1, 0
        while True:
            data = self._data("/report/integrated/get/", {**params, "page": str(number)})
            info = data.get("page_info")
            rows = self._list(data, "/report/integrated/get/")
            if not isinstance(info, dict):
                raise ContractError(self.source_id, "a page of the report does not say which of how many it is")
            given += len(rows)
            yield rows
            if number >= int(info.get("total_page") or 0):
                break
            number += 1
        if given < (told := int(info.get("total_number") or 0)):
            # A row that came in meanwhile moved others over the edge of a page.
            raise TransientError(
                self.source_id, f"{given} of {told} rows of {span.first} to {span.last} were answered: read it again"
            )

    def _listed(self, path: str, params: Mapping[str, str]) -> list[Raw]:
        return self._list(self._data(path, params), path)

    def _list(self, data: Raw, path: str) -> list[Raw]:
        found = data.get("list")
        if not isinstance(found, list):
            raise ContractError(self.source_id, f"{path} did not answer a list")
        return found

    def _data(self, path: str, params: Mapping[str, str]) -> Raw:
        """What stands under ``data``; once more with the login of another process, where the token is no longer taken."""
        token = self.login.bearer()
        try:
            response = self._request(path, params, token)
        except AuthenticationError:
            self.login.renew(token)
            response = self._request(path, params, self.login.bearer())
        data = response.json().get("data")
        if not isinstance(data, dict):
            raise ContractError(self.source_id, f"{path} answered without data")
        return data

    def _request(self, path: str, params: Mapping[str, str], token: str) -> Response:
        def attempt() -> Response:
            with self._governor.slot(BUCKET):
                response = self._transport.send("GET", path, params=params, headers={"Access-Token": token})
            error = classify(self.source_id, response)
            self._throttled += isinstance(error, TooManyCalls)
            if error is not None:
                raise error
            return response

        return retrying(attempt, self._transport.rule)


def _json(values: Sequence[str]) -> str:
    """Lists in a query are JSON."""
    return orjson.dumps(list(values)).decode()


@cache
def governor_of(base_url: str, app: str, calls_per_second: int) -> SharedGovernor:
    """The governor of one app, the same for everything that this process makes for it; its slots are shared by all processes of this
    user on the machine."""
    pace = Allowance(calls_per_second, 1.0)
    return SharedGovernor(quota_path(base_url, f"{app} {calls_per_second}"), {BUCKET: pace}, lease_s=LEASE_S)


class _SecretHidden(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "secret=" in message:
            record.msg, record.args = re.sub(r"(\bsecret=)[^&\s\"]+", r"\1[hidden]", message), None
        return True


_SECRET_HIDDEN = _SecretHidden()
