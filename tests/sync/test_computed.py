"""Which KPIs a run computes."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from config.settings import AccountSettings
from connectors.errors import ConfigurationError
from kpi.registry import BUILT_IN
from sync.grains import computed_kpis
from sync.house import House
from sync.own_kpis import catalogue
from sync.reading import allowed


def house(**kpis: Any) -> House:
    settings = AccountSettings.model_validate({"kpis": kpis})
    return cast(House, SimpleNamespace(settings=settings, catalogue=catalogue(settings.kpis)))


def test_everything_is_computed_unless_the_settings_say_otherwise() -> None:
    assert computed_kpis(house()).keys() == BUILT_IN.kpis.keys()


def test_the_followed_alone_and_what_records_show() -> None:
    computed = computed_kpis(house(compute="followed", follow=["nps"])).keys()
    assert "nps" in computed
    assert {"spend", "cpl", "cac_paid", "roi", "win_rate"} <= computed, "campaigns and colleagues show them in the CRM"
    assert "mrr" not in computed


def test_one_that_is_not_computed_is_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"mrr is not computed.*add it to `kpis.follow`"):
        allowed(house(compute="followed", follow=["nps"]), "mrr", "total", "all")


def test_a_rolling_window_may_be_asked() -> None:
    allowed(house(), "revenue_won", "channel", "last_30_days")
    with pytest.raises(ConfigurationError, match="is not kept per last_30_days"):
        allowed(house(), "mrr", "total", "last_30_days")
