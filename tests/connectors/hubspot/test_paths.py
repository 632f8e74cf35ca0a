"""Which address a call goes to, and which limit counts it."""

import pytest

from connectors.hubspot.paths import bucket, dated


@pytest.mark.parametrize(
    ("client", "wire"),
    [
        ("/crm/v3/objects/deals", "/crm/objects/2026-09/deals"),
        ("/crm/v3/objects/0-3/batch/update", "/crm/objects/2026-09/0-3/batch/update"),
        ("/crm/v4/objects/deals/1/associations/contacts", "/crm/objects/2026-09/deals/1/associations/contacts"),
        ("/crm/v4/associations/deals/contacts/batch/read", "/crm/associations/2026-09/deals/contacts/batch/read"),
        ("/crm/v3/properties/deals/groups", "/crm/properties/2026-09/deals/groups"),
        ("/crm/v3/pipelines/deals", "/crm/pipelines/2026-09/deals"),
        ("/crm/v3/owners/", "/crm/owners/2026-09"),
        ("/account-info/v3/details", "/account-info/2026-09/details"),
        ("/oauth/v2/private-apps/get/access-token-info", "/oauth/v2/private-apps/get/access-token-info"),
        ("/form-integrations/v1/submissions/forms/abc", "/form-integrations/v1/submissions/forms/abc"),
        ("/crm/v3/objectsworth", "/crm/v3/objectsworth"),
    ],
)
def test_a_path_of_the_client_gets_its_date(client: str, wire: str) -> None:
    assert dated(client, "2026-09") == wire


def test_nothing_is_rewritten_under_v3() -> None:
    assert dated("/crm/v3/objects/deals", "v3") == "/crm/v3/objects/deals"
    assert dated("/crm/v3/owners/", "v3") == "/crm/v3/owners"


def test_search_and_associations_have_limits_of_their_own() -> None:
    assert bucket("/crm/objects/2026-09/deals/search") == "search"
    assert bucket("/crm/associations/2026-09/deals/contacts/batch/read") == "associations"
    assert bucket("/crm/objects/2026-09/deals/1/associations/contacts") == "associations"
    assert bucket("/crm/objects/2026-09/deals/batch/read") == "burst"
