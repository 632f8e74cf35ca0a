"""Ad accounts, campaign groups and campaigns: searches in pages."""

from collections.abc import Mapping

from starlette.requests import Request

from connectors.sandbox.core import Sandbox
from connectors.sandbox.linkedin_ads.errors import LinkedInError, illegal
from connectors.sandbox.linkedin_ads.restli import Value
from connectors.sandbox.world import AccountWorld, Record

VENDOR_NAME = "linkedin_ads"
PAGE_SIZE, LARGEST_PAGE = 100, 1_000

COLUMNS = {"CAMPAIGN_GROUP": ("campaign_id", "campaign_name"), "CAMPAIGN": ("ad_group_id", "ad_group_name")}
"""By pivot: where a row of the world has id and name. Without columns of its own a campaign is alone in its group and called like it."""


def entity(row: Record, pivot: str) -> str:
    """The id that a row of the world counts for."""
    return str(row.get(COLUMNS[pivot][0], row["campaign_id"]))


class Accounts:
    """What the login sees of the world, at the sandbox's clock."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def ad_account(self, account_id: str) -> AccountWorld:
        """Raises 403 for one that the login does not see."""
        found = self._worlds().get(account_id)
        if found is None or found.about.get("kind") == "organization":
            raise LinkedInError(403, "Member does not have permission to access the ad account.")
        return found

    def page(self, organization: str) -> AccountWorld:
        """A company page. Raises 403 for one that the login does not administer."""
        found = self._worlds().get(organization)
        if found is None or found.about.get("kind") != "organization":
            raise LinkedInError(403, "Member does not have permission to access the organization.")
        return found

    def ids(self) -> list[str]:
        """Ad accounts that the login sees."""
        return sorted(id for id, world in self._worlds().items() if world.about.get("kind") != "organization")

    def today(self) -> str:
        """UTC, as the world writes days."""
        return self._sandbox.clock.now().date().isoformat()

    def number(self, id: str) -> int | str:
        return id if self._sandbox.quirks.linkedin_ads_ids_are_text else int(id)

    def search_accounts(self, _request: Request, asked: Mapping[str, Value]) -> Record:
        ads = {id: self.ad_account(id) for id in self.ids()}
        return _page(
            asked,
            [
                {
                    "id": self.number(id),
                    "name": world.about.get("name"),
                    "currency": world.about["currency"],
                    "status": "ACTIVE",
                    "type": "BUSINESS",
                }
                for id, world in ads.items()
            ],
        )

    def search_groups(self, request: Request, asked: Mapping[str, Value]) -> Record:
        return _page(asked, self._listed(request.path_params["account"], "CAMPAIGN_GROUP"))

    def search_campaigns(self, request: Request, asked: Mapping[str, Value]) -> Record:
        return _page(asked, self._listed(request.path_params["account"], "CAMPAIGN"))

    def _listed(self, account_id: str, pivot: str) -> list[Record]:
        account, today = self.ad_account(account_id), self.today()
        unlisted = frozenset(account.about.get("unlisted", ()))
        name_column = COLUMNS[pivot][1]
        names = {
            entity(row, pivot): row.get(name_column, row["campaign_name"])
            for row in account.tables["days"]
            if row["date"] <= today
        }
        return [
            {"id": self.number(id), "name": name, "account": f"urn:li:sponsoredAccount:{account_id}", "status": "ACTIVE"}
            for id, name in sorted(names.items())
            if id not in unlisted
        ]

    def _worlds(self) -> Mapping[str, AccountWorld]:
        return self._sandbox.world.accounts.get(VENDOR_NAME, {})


def _page(asked: Mapping[str, Value], elements: list[Record]) -> Record:
    if asked.get("q") != "search":
        raise illegal("There is no such finder.")
    size = str(asked.get("pageSize", PAGE_SIZE))
    if not size.isdigit() or not 1 <= int(size) <= LARGEST_PAGE:
        raise illegal(f"pageSize must be between 1 and {LARGEST_PAGE}")
    token = str(asked.get("pageToken", "after-0"))
    start = token.removeprefix("after-")
    if not start.isdigit():
        raise illegal("pageToken is not valid")
    end = int(start) + int(size)
    metadata = {"nextPageToken": f"after-{end}"} if end < len(elements) else {}
    return {"elements": elements[int(start) : end], "metadata": metadata}
