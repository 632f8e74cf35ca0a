"""What the user says, checked in one go.

``cadran.yaml`` plus the environment (``CADRAN_SOURCES__HUBSPOT__TOKEN``, environment over file over defaults).
The file holds references to secrets (``env:NAME``, ``file:PATH``), never secrets. Every fault is found before
any is reported, each with its place and, for a misspelt key, the nearest known one. No value is ever echoed:
it might be a secret in the wrong place.

A connector's section is validated by the model that the connector declares; :mod:`sync.bootstrap` hands those
models in, so that this package knows none of them.
"""

import difflib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from config.alerts import AlertSettings
from config.exports import ExportSettings
from config.notify import NotifySettings
from config.references import with_secrets
from config.reports import ReportSettings
from config.sections import Section, SourceSection
from config.serve import ServeSettings
from config.tableau import TableauSettings
from config.targets import TargetSettings

DEFAULT_FILE = "cadran.yaml"
DEFAULT_HOME = Path(".cadran")
ACCOUNT_NAME = re.compile(r"^[a-z][a-z0-9_]{0,30}$")

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Policy = Literal["keep_human", "overwrite", "fill_empty"]


class SettingsFault(ValueError):
    """One or more faults in the settings; ``faults`` has a text for each, ready to print (a formula's in three lines)."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class Scope(Section):
    """Which records may be written. Empty lists mean all; used for a pilot."""

    records: dict[Literal["deals", "contacts", "companies"], list[str]] = Field(default_factory=dict)
    """Object to record ids; an object that is not named is not written at all once any is."""
    owners: list[str] = Field(default_factory=list)
    """Only records owned by these owner ids."""
    pipelines: list[str] = Field(default_factory=list)
    """Only deals of these pipeline ids."""


class Guards(Section):
    """When a scheduled run refuses to write (exit 5) until a person decides."""

    max_clear_share: float = Field(default=0.2, ge=0, le=1)
    """Largest share of our existing values that one plan may clear."""
    max_jump_share: float = Field(default=0.2, ge=0, le=1)
    """Largest share of existing numbers that one plan may move by more than ``jump_factor``."""
    jump_factor: float = Field(default=10, gt=1)
    min_rows_share: float = Field(default=0.5, ge=0, le=1)
    """A table that shrinks below this share of the previous run stops the write."""


class CrmSettings(Section):
    """The CRM that results are written to."""

    source: str = "hubspot"
    """Id of the source section that is the CRM."""
    scope: Scope = Scope()
    policy: Policy = "keep_human"
    """What happens to a value that somebody else changed: kept and reported, overwritten, or filled only when empty."""
    policies: dict[str, Policy] = Field(default_factory=dict)
    """The same per property, e.g. ``cadran_channel: overwrite``."""
    campaigns: bool = True
    """Whether the figures of campaigns are written to the CRM, in the first place that the account offers."""
    people: bool = False
    """Whether figures of single colleagues are written on their user records. Every colleague would see them."""
    guards: Guards = Guards()
    plan_max_age_hours: float = Field(default=24, gt=0)
    audit_hours: float = Field(default=168, ge=0)
    """How long the oldest write has waited when the next apply asks property history which writes went over a person's edit;
    0: every apply asks."""


Words = str | dict[Literal["en", "fr"], str]
"""A text for people: the same in both languages, or one for each."""


class OwnMeasureSettings(Section):
    """Something to add up, count or rank. Columns, families and conditions are judged by :mod:`kpi.own`."""

    of: str
    """Which facts: deal, lead, customer, spend …; ``cadran kpis --measures`` lists them with their columns."""
    count: Literal[True] | None = None
    sum: str | None = None
    median: str | None = None
    p90: str | None = None
    where: list[str] = Field(default_factory=list)
    """Conditions that a row must meet, all of them."""
    time: str | None = None
    """The column whose day puts a row into a period. Left out: the only one there is; null: what is there now, without a period."""
    unit: str | None = None
    """Where the column does not say it: money, count, days, score."""
    title: Words | None = None

    @field_validator("where", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_aggregate(self) -> "OwnMeasureSettings":
        given = [name for name in ("count", "sum", "median", "p90") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give one of `count: true`, `sum: COLUMN`, `median: COLUMN`, `p90: COLUMN`")
        return self


class OwnExample(Section):
    given: dict[str, str]
    """Measure -> value."""
    gives: str | None

    @field_validator("given", mode="before")
    @classmethod
    def _numbers(cls, value: Any) -> Any:
        return {k: _as_written(v) for k, v in value.items()} if isinstance(value, dict) else value

    @field_validator("gives", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return _as_written(value)


class OwnKpiSettings(Section):
    """A KPI of the company's own. ``name: formula`` is enough; what is left out has a default (:mod:`kpi.own`)."""

    formula: str
    """Over measures and other KPIs: ``spend / meetings``."""
    title: Words | None = None
    explain: Words | None = None
    better: Literal["up", "down", "none"] = "none"
    by: list[str] = Field(default_factory=list)
    """Dimensions; empty: all that everything in the formula has."""
    periods: list[str] = Field(default_factory=list)
    """Likewise."""
    undefined_when: Words | None = None
    caveats: Words | None = None
    version: int = 1
    """To be raised when the formula changes its meaning: earlier values then say so."""
    example: OwnExample | None = None

    @field_validator("formula", mode="before")
    @classmethod
    def _any_formula(cls, value: Any) -> Any:
        """Nothing and a lone number are bad formulas, which is said with all the others."""
        return "" if value is None else _as_written(value)


def _as_written(value: Any) -> Any:
    """A number of YAML as its text; a decimal has kept its digits there, unless it has more than sixteen."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class SubscriptionSettings(Section):
    """Where companies count recurring revenue differently (KPI_DEFINITIONS §4), as far as a CRM's data can decide it."""

    movements: Literal["net", "gross"] = "net"
    """New, expansion, contraction, churn: net per customer and period, or day by day and added up."""
    short_lived: Literal["count", "ignore"] = "count"
    """Customers who came and left within one period: new and churned, or neither; of net movements."""
    reactivation_in_nrr: Literal["exclude", "include"] = "exclude"
    """Whether customers who came back count as retained revenue."""
    reactivation_in_retention: Literal["net", "exclude", "include"] = "net"
    """Who counts as a retained customer besides those who paid all the time: who left and was back by the end of the period (net),
    nobody (exclude), or also who had left before it and came back in it (include)."""
    past_due: Literal["include", "exclude"] = "include"
    """Subscriptions in arrears: paid until they are cancelled, or only until the payment was due."""
    paused: Literal["exclude", "include"] = "exclude"
    trials: Literal["exclude", "include"] = "exclude"
    longest_life_months: Annotated[int, Field(ge=1, le=600)] | None = None
    """How long a customer is taken to stay at most, in lifetime values, e.g. 60; null: as churn says, and no value without churn."""
    unknown_end: Literal["last_change", "set_aside"] = "last_change"
    """Ended subscriptions without a last day: it is when the record was last changed, or they are left out altogether."""


class SpreadCost(Section):
    """Costs of the spend file that pay for more than the month they stand in."""

    where: list[str] = Field(min_length=1)
    """Conditions that the cost must meet, all of them: on ``note``, ``kind``, ``channel``, ``campaign_name``, ``amount`` …"""
    months: int = Field(ge=2, le=120)
    """How many it is spread over, equally, its own the first."""

    @field_validator("where", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class KpiSettings(Section):
    follow: list[str] = ["sales", "marketing", "finance", "own"]
    """Roles and KPIs that are shown first; ``own``: every KPI of ``own`` below."""
    compute: Literal["all", "followed"] = "all"
    """Whether every KPI is computed and kept, or those alone that are followed (and those that records show)."""
    own: dict[str, OwnKpiSettings] = Field(default_factory=dict)
    measures: dict[str, OwnMeasureSettings] = Field(default_factory=dict)
    leave_out: dict[Literal["deal", "contact", "company", "order", "cart", "invoice"], list[str]] = Field(default_factory=dict)
    """Conditions on records that are in no figure (tests, one's own people): left out where one of them holds."""
    archived_deals: Literal["leave_out", "keep_closed"] = "leave_out"
    """Deals that were archived (deleted) in the CRM: in no figure, also past ones, or still counted where they were won or lost (R10)."""
    overdue_deals: Literal["today", "exclude"] = "today"
    """When open deals are expected whose close date has passed: today, or not at all until the date is put right."""
    zero_amount_deals: Literal["count", "leave_out"] = "count"
    """Deals won for an amount of 0 in average and median size, and so in velocity; won deals and win rates count them always."""
    velocity_days: int = Field(default=365, ge=1, le=3650)
    """How many days, today included, the size, the win rate and the cycle of sales velocity are taken from."""
    lead_event: Literal["contact_created", "lifecycle_lead"] = "contact_created"
    """What makes a contact a lead (KPI_DEFINITIONS R16)."""
    offline_leads: Literal["leave_out", "count"] = "leave_out"
    """Leads that came in offline, where leads are held against visitors or sessions: nobody visited."""
    skipped_stages: Literal["passed", "not_passed"] = "passed"
    """Lifecycle stages (MQL, SQL, opportunity) without a date of a contact that reached a later one (R16): it passed them on the later
    one's day, or only stages with a date of their own count."""
    customer_unit: Literal["company", "contact"] = "company"
    """Who is a customer (R15): company for B2B, contact for B2C."""
    lapsed_after_days: int = Field(default=365, ge=1, le=3650)
    """A customer who bought nothing for more than so many days is lost (businesses without subscriptions)."""
    subscriptions: SubscriptionSettings = SubscriptionSettings()
    arpa_customers: Literal["end", "average"] = "end"
    """Whom revenue per customer (ARPA, ARPU) is shared among: customers at the end of the period, or the average of opening and end."""
    order_value: Literal["net", "with_shipping", "total"] = "net"
    """What an order is worth, after discounts: before tax and shipping, with shipping, or all that the customer pays."""
    refund_date: Literal["refund", "order"] = "refund"
    """The day a refund counts on (R8): its own, or that of the order, whose sale it restates."""
    orders_left_out: list[str] = ["cancelled", "canceled", "voided", "test"]
    """Orders with this fulfilment status, and carts with this status of the shop, do not count; case does not matter."""
    same_day_orders: Literal["once", "each"] = "once"
    """Whether several orders of a customer on one day are one purchase or several, in the repeat rate."""
    cart_window_hours: int = Field(default=24, ge=0)
    """Carts younger than this are still open: neither bought nor abandoned."""
    gross_margin: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    """Share of the price that is margin where no cost of goods is known, e.g. 0.4; null: such sales are in no margin."""
    ltv_months: int = Field(default=12, ge=1, le=60)
    """How far ahead purchases of customers are predicted (extra ``ltv``)."""
    ltv_discount: Decimal = Field(default=Decimal("0.1"), ge=0, le=1)
    """A year's discount of what customers will bring."""
    csat_scale: Literal["auto", "stars", "bands"] = "auto"
    """Of satisfaction surveys: one to five stars, HubSpot's bands 0, 1, 2, or whichever a survey's own answers tell."""
    nps_answers: Literal["last", "every"] = "last"
    """Which answers to "would you recommend us" count in a period: each person's last one, or every one."""
    social_base: Literal["reach", "impressions", "followers"] = "reach"
    """What interactions on social networks are held against."""
    cost_lag_days: int = Field(default=0, ge=0, le=730)
    """How long money takes to bring customers: KPIs whose name ends in ``_lagged`` hold cost against what came so much later."""
    ads_window_days: int = Field(default=30, ge=0, le=90)
    """How long after a click ad platforms count conversions; ``roas_platform_mature`` leaves out days younger than that."""
    spread_costs: list[SpreadCost] = Field(default_factory=list)
    """Costs that are spread over the months they pay for; of several rules that hold of one, the first counts."""
    revenue_goals: list[str] = Field(default_factory=list)
    """Names of the CRM's goals that are quotas of won revenue: the CRM does not tell what a goal counts. ``*``: anything."""
    week_start: Weekday = "mon"
    fiscal_year_start: int = Field(default=1, ge=1, le=12)
    """The month in which the company's year begins; its quarters follow."""
    min_cases: int = Field(default=5, ge=1, le=1000)
    """A rate, mean or cost of fewer cases is flagged and read as "not enough data" (R12)."""
    cohort_days: int = Field(default=90, ge=1, le=1095)
    """How long a cohort is followed (R9): what comes later than so many days after the start does not count."""

    @field_validator("own", mode="before")
    @classmethod
    def _formula_alone(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {str(name): body if isinstance(body, dict) else {"formula": body} for name, body in value.items()}


RecordModel = Literal[
    "first",
    "last",
    "last_non_direct",
    "linear",
    "u_shaped",
    "position_based",
    "w_shaped",
    "full_path",
    "j_shaped",
    "inverse_j",
    "time_decay",
]
"""Attribution models that one deal is enough for: what is written on records must not move with other deals' outcomes."""


class AttributionSettings(Section):
    model: RecordModel = "first"
    """The model shown unless another is asked for, and the one written to records."""
    models: list[RecordModel | Literal["markov"]] = ["first", "last"]
    """The models whose results are kept besides, for ``cadran show --model``; each makes a run a little longer."""
    lookback_days: Annotated[int, Field(gt=0)] | None = None
    """Touches older than this before the deal was won earn nothing; null: the whole history."""
    half_life_days: int = Field(default=7, ge=1, le=365)
    """Of the model ``time_decay``: so many days earlier, a touch earns half as much."""
    crm_source_fallback: bool = False
    """Whether the CRM's original source of a deal stands in where no touch is known; such values are flagged ``crm_source``."""

    @property
    def kept(self) -> tuple[str, ...]:
        """The models of a run, the one that is shown first."""
        return tuple(dict.fromkeys((self.model, *self.models)))


class ComputeSettings(Section):
    """What computes KPIs. Values are the same to the last digit with each engine."""

    engine: Literal["duckdb", "postgres", "spark"] = "duckdb"
    url: SecretStr | None = None
    """Of ``postgres``: a reference to a ``postgresql://…`` URL; marts are copied to schema ``cadran_<account>`` there."""

    @model_validator(mode="after")
    def _url_of_postgres(self) -> "ComputeSettings":
        if (self.engine == "postgres") != (self.url is not None):
            raise ValueError("`engine: postgres` needs `url: env:NAME` of a postgresql:// URL, and no other engine has one")
        return self


class ScheduleSettings(Section):
    at: list[str] = ["06:30"]
    """Times of day, ``HH:MM``, in the reporting zone."""
    days: list[Weekday] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    misfire_grace_minutes: int = Field(default=60, ge=1)
    """A run that could not start in time (machine asleep) still starts this late, once."""
    watch_seconds: int = Field(default=10, ge=0)
    """How often files that a source watches are looked at; 0: never. New ones are read once two looks found them the same."""

    @field_validator("at")
    @classmethod
    def _times(cls, value: list[str]) -> list[str]:
        for text in value:
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
                raise ValueError('each time is HH:MM in quotes, e.g. "06:30"')
        if not value:
            raise ValueError("name at least one time")
        return value


class Retention(Section):
    """How long each store keeps what it holds. Facts follow the CRM and the vendors, whatever stands here."""

    raw_days: int = Field(default=400, ge=1)
    """How long vendors' raw records are kept; a stream that must be purged sooner (SEMrush) says so itself."""
    results_days: Annotated[int, Field(ge=1)] | None = 1100
    """How far back ``--as-of`` can ask what was known; null: from the first run on."""
    journal_days: int = Field(default=400, ge=30)
    """How long a run's writes can be undone."""
    plans_days: int = Field(default=30, ge=1)
    """How long plans can be looked up; they can be applied for ``crm.plan_max_age_hours``, and undoing needs none."""


class AccountSettings(Section):
    """Everything about one CRM account. The flat form of the file is the account ``default``."""

    locale: Literal["en", "fr"] = "en"
    timezone: str | None = None
    """Reporting zone, an IANA name; null: the CRM account's own."""
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    """Company currency, ISO 4217; null: the CRM account's own."""
    history_start: date | None = None
    """First day asked of ad and web sources; null: the first day of the month 24 months back."""
    crm: CrmSettings = CrmSettings()
    sources: dict[str, Any] = Field(default_factory=dict)
    kpis: KpiSettings = KpiSettings()
    attribution: AttributionSettings = AttributionSettings()
    compute: ComputeSettings = ComputeSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    retention: Retention = Retention()
    exports: list[ExportSettings] = Field(default_factory=list)
    tableau: TableauSettings | None = None
    notify: NotifySettings = NotifySettings()
    targets: list[TargetSettings] = Field(default_factory=list)
    alerts: AlertSettings = AlertSettings()
    reports: list[ReportSettings] = Field(default_factory=list)
    serve: ServeSettings = ServeSettings()

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError):
                raise ValueError("not an IANA time zone; write e.g. Europe/Paris") from None
        return value

    @field_validator("crm", mode="before")
    @classmethod
    def _short_crm(cls, value: Any) -> Any:
        return {"source": value} if isinstance(value, str) else value


class Settings(AccountSettings):
    """The whole file."""

    home: Path = DEFAULT_HOME
    ledger: SecretStr | None = None
    """Null: a SQLite file in the home. A reference to a ``postgresql://…`` URL: schema ``cadran_<account>`` there."""
    logins: Literal["auto", "file", "keyring"] = "auto"
    """Where logins by ``cadran connect`` are kept: files that only the user can read, the system's keyring (extra ``keyring``), or
    the keyring where there is one."""
    accounts: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _account_names(self) -> "Settings":
        for name in self.accounts:
            if not ACCOUNT_NAME.match(name):
                raise ValueError(f"accounts: the name {name!r} may hold only a-z, 0-9 and _, 31 characters at most")
        return self


class _Environment(BaseSettings):
    """Only there to let pydantic-settings read ``CADRAN_A__B__C`` into nested keys."""

    model_config = SettingsConfigDict(env_prefix="CADRAN_", env_nested_delimiter="__", extra="ignore")
    home: str | None = None
    ledger: str | None = None
    logins: str | None = None
    locale: str | None = None
    timezone: str | None = None
    currency: str | None = None
    sources: dict[str, Any] | None = None
    compute: dict[str, Any] | None = None
    serve: dict[str, Any] | None = None
    accounts: dict[str, Any] | None = None


@dataclass(frozen=True)
class Account:
    """One account, its sections validated."""

    name: str
    settings: AccountSettings
    sources: Mapping[str, SourceSection]


@dataclass(frozen=True)
class Loaded:
    """What the settings say, ready for use."""

    home: Path
    accounts: Mapping[str, Account]
    file: Path | None
    ledger: SecretStr | None = None
    """URL of a PostgreSQL database for the ledger; None: SQLite in the home."""
    logins: Literal["auto", "file", "keyring"] = "auto"
    """See :attr:`Settings.logins`."""


SectionModels = Mapping[str, type[SourceSection]]
Judge = Callable[[KpiSettings], Iterable[tuple[tuple[str, ...], str]]]
"""What is wrong with the section ``kpis`` beyond its form: (keys below it, sentence). This package knows no KPI."""
AccountJudge = Callable[[AccountSettings], Iterable[tuple[tuple[str, ...], str]]]
"""The same of a whole account, each section of which is well formed: (its keys, sentence)."""


def load(
    file: Path | None,
    models: SectionModels,
    environ: Mapping[str, str] | None = None,
    judge: Judge = lambda _kpis: (),
    judge_account: AccountJudge = lambda _account: (),
) -> Loaded:
    """Read, merge and check the settings.

    ``file`` None looks for ``cadran.yaml`` in the working folder. Raises :class:`SettingsFault` with every fault.
    """
    environ = os.environ if environ is None else environ
    if file is None:
        candidate = Path(DEFAULT_FILE)
        file = candidate if candidate.exists() else None
    elif not file.exists():
        raise SettingsFault([f"{file}: there is no such file. `cadran init` writes one."])
    document, lines = _read_yaml(file) if file else ({}, {})
    merged = _merge(document, _from_environment(environ))
    place = _Places(str(file) if file else "environment", lines)
    faults: list[str] = []

    base = file.parent if file else Path()
    merged = _with_secrets(merged, (), place, faults, base, environ)
    if isinstance(merged.get("accounts"), dict):
        merged["accounts"] = {
            name: _with_secrets(section, ("accounts", str(name)), place, faults, base, environ)
            for name, section in merged["accounts"].items()
        }
    account_documents = _split_accounts(merged)
    if isinstance(merged.get("ledger"), str):
        _refuse_plain_secrets(Settings, merged, (), place, faults, environ)
        merged["ledger"], broken = _resolve(merged["ledger"], ("ledger",), place, base, environ)
        faults += broken
    top = _validated(Settings, merged, place, (), faults)
    accounts: dict[str, Account] = {}
    for name, (prefix, account_document) in account_documents.items():
        if prefix:
            settings = _validated(
                AccountSettings, account_document, place, prefix, faults, skip=_inherited(merged, account_document)
            )
        else:
            settings = top
        misjudged = _judged(account_document, prefix, place, judge, faults)
        faults += misjudged
        if settings is not None and not misjudged:
            faults += _account_judged(settings, prefix, place, judge_account, faults)
        sections: dict[str, SourceSection] = {}
        for source_id, section in (account_document.get("sources") or {}).items():
            built = _section(source_id, section, models, place, (*prefix, "sources"), faults, base, environ)
            if built is not None:
                sections[source_id] = built
        if settings is not None:
            if sections and settings.crm.source not in sections:
                faults.append(
                    place.line(
                        (*prefix, "crm"), f"the CRM source `{settings.crm.source}` is not among sources ({', '.join(sections)})"
                    )
                )
            accounts[name] = Account(name, settings, sections)
    if faults:
        raise SettingsFault(faults)
    assert top is not None  # noqa: S101 - no faults means it was built
    home = top.home if top.home.is_absolute() or "CADRAN_HOME" in environ else base / top.home
    return Loaded(home=home, accounts=accounts, file=file, ledger=top.ledger, logins=top.logins)


# --- reading -------------------------------------------------------------------------------------------

_Path = tuple[str, ...]


def _read_yaml(file: Path) -> tuple[dict[str, Any], dict[_Path, int]]:
    text = file.read_text(encoding="utf-8-sig")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        raise SettingsFault([f"{where}: this is not YAML: {getattr(error, 'problem', 'unreadable')}"]) from None
    if document is None:
        return {}, {}
    if not isinstance(document, dict):
        raise SettingsFault([f"{file}:1: expected `key: value` lines at the top level"])
    return document, dict(_line_numbers(node, ()))


def _line_numbers(node: Any, path: _Path) -> Iterator[tuple[_Path, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            yield here, key.start_mark.line + 1
            yield from _line_numbers(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            here = (*path, str(index))
            yield here, value.start_mark.line + 1
            yield from _line_numbers(value, here)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(_Environment, case_sensitive=False)
    source.env_vars = {key.lower(): value for key, value in environ.items()}
    return {key: value for key, value in source().items() if value is not None}


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(low)
    for key, value in high.items():
        mine = out.get(key)
        out[key] = _merge(mine or {}, value) if isinstance(value, dict) and (mine is None or isinstance(mine, dict)) else value
    return out


def _split_accounts(merged: Mapping[str, Any]) -> dict[str, tuple[_Path, dict[str, Any]]]:
    """Name -> (path of the account's section, its document with the top level's values as defaults)."""
    flat = {key: value for key, value in merged.items() if key not in ("home", "ledger", "logins", "accounts")}
    named = merged.get("accounts")
    if not isinstance(named, dict) or not named:
        return {"default": ((), flat)}
    return {
        str(name): (("accounts", str(name)), _merge(flat, doc if isinstance(doc, dict) else {})) for name, doc in named.items()
    }


def _inherited(merged: Mapping[str, Any], account_document: Mapping[str, Any]) -> frozenset[str]:
    """Top-level keys whose faults are reported once, at the top."""
    return frozenset(k for k, v in account_document.items() if k in merged and merged[k] == v)


# --- checking --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Places:
    file: str
    lines: Mapping[_Path, int]

    def line(self, path: _Path, sentence: str) -> str:
        """The fault's line: file, line number of the nearest key known, dotted key, sentence."""
        probe = path
        while probe and probe not in self.lines:
            probe = probe[:-1]
        where = f"{self.file}:{self.lines[probe]}" if probe in self.lines else self.file
        return f"{where}: {'.'.join(path) or 'settings'}: {sentence}"


def _validated(
    model: type[Any],
    document: Mapping[str, Any],
    place: _Places,
    prefix: _Path,
    faults: list[str],
    *,
    skip: frozenset[str] = frozenset(),
) -> Any:
    try:
        return model.model_validate(dict(document))
    except ValidationError as error:
        faults.extend(
            place.line((*prefix, *_strings(e["loc"])), _sentence(model, e))
            for e in error.errors()
            if not (e["loc"] and e["loc"][0] in skip)
        )
        return None


def _judged(document: Mapping[str, Any], prefix: _Path, place: _Places, judge: Judge, told: list[str]) -> list[str]:
    """What the judge says of an account's KPIs, also where another section is at fault; what is inherited is told once."""
    try:
        kpis = KpiSettings.model_validate(document.get("kpis") or {})
    except ValidationError:
        return []
    found = []
    for path, sentence in judge(kpis):
        is_theirs = (*prefix, "kpis", *path[:2]) in place.lines
        found.append(place.line((*(prefix if is_theirs else ()), "kpis", *path), sentence))
    return [line for line in found if line not in told]


def _account_judged(settings: AccountSettings, prefix: _Path, place: _Places, judge: AccountJudge, told: list[str]) -> list[str]:
    """What the judge says of an account; what is inherited is told once."""
    found = []
    for path, sentence in judge(settings):
        is_theirs = (*prefix, *path[:3]) in place.lines
        found.append(place.line((*(prefix if is_theirs else ()), *path), sentence))
    return [line for line in found if line not in told]


def _strings(loc: tuple[int | str, ...]) -> _Path:
    return tuple(str(part) for part in loc)


def _sentence(model: type[BaseModel], error: Any) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, error["loc"][:-1])
        wrong = str(error["loc"][-1])
        near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
        return f"unknown key; did you mean `{near[0]}`?" if near else f"unknown key; known here: {', '.join(sorted(known))}"
    if kind == "missing":
        return "missing; it must be given"
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:] if message else "not valid"


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    current: Any = model
    is_free = False
    for part in path:
        if is_free:
            is_free = False  # a name that the user gives
            continue
        field = getattr(current, "model_fields", {}).get(str(part))
        annotation = field.annotation if field else None
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        current = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
        if current is None:
            return []
        is_free = get_origin(annotation) in (dict, list)
    return [field.alias or name for name, field in current.model_fields.items()]


def _section(
    source_id: str,
    section: Any,
    models: SectionModels,
    place: _Places,
    prefix: _Path,
    faults: list[str],
    base: Path,
    environ: Mapping[str, str],
) -> SourceSection | None:
    path = (*prefix, str(source_id))
    document = {} if section is None else section
    if not isinstance(document, dict):
        faults.append(place.line(path, "expected `key: value` lines"))
        return None
    kind = str(document.get("type", source_id))
    model = models.get(kind)
    if model is None:
        near = difflib.get_close_matches(kind, list(models), n=1, cutoff=0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(sorted(models))}"
        faults.append(place.line(path, f"no connector is called that; {hint} (or give `type:`)"))
        return None
    resolved, broken = _resolve({**document, "type": kind}, path, place, base, environ)
    _refuse_plain_secrets(model, document, path, place, broken, environ)
    faults.extend(broken)
    if broken:
        # Still look for misspelt keys, with the broken references left out of the required ones.
        extra: list[str] = []
        _validated(model, resolved, place, path, extra)
        faults.extend(line for line in extra if "unknown key" in line)
        return None
    built: SourceSection | None = _validated(model, resolved, place, path, faults)
    return built


def _with_secrets(document: Any, prefix: _Path, place: _Places, faults: list[str], base: Path, environ: Mapping[str, str]) -> Any:
    """An account's document with the secrets of its sections (sources aside) read from where they stand."""

    def read(text: str, path: _Path) -> str:
        here = (*prefix, *path)
        if not _REFERENCE.match(text) and text not in environ.values() and here in place.lines:
            faults.append(place.line(here, _NO_SECRETS_HERE))
        found, broken = _resolve(text, here, place, base, environ)
        faults.extend(broken)
        return text if broken else str(found)

    return with_secrets(AccountSettings, document, read)


def _refuse_plain_secrets(
    model: type[BaseModel],
    document: Mapping[str, Any],
    path: _Path,
    place: _Places,
    faults: list[str],
    environ: Mapping[str, str],
) -> None:
    """A secret written out in the *file* is a fault; in the environment it is where it belongs."""
    for name, field in model.model_fields.items():
        is_secret = SecretStr in (field.annotation, *getattr(field.annotation, "__args__", ()))
        value = document.get(name)
        if not (is_secret and isinstance(value, str)) or _REFERENCE.match(value):
            continue
        if value not in environ.values() and (*path, name) in place.lines:
            faults.append(place.line((*path, name), _NO_SECRETS_HERE))


_NO_SECRETS_HERE = "a secret may not stand in the file; write env:NAME or file:PATH"
_REFERENCE = re.compile(r"^(env|file):(.+)$")


def _resolve(value: Any, path: _Path, place: _Places, base: Path, environ: Mapping[str, str]) -> tuple[Any, list[str]]:
    """``value`` with its references replaced, and a line for each that cannot be."""
    faults: list[str] = []

    def walk(node: Any, here: _Path) -> Any:
        if isinstance(node, dict):
            return {key: walk(child, (*here, str(key))) for key, child in node.items()}
        if isinstance(node, list):
            return [walk(child, (*here, str(index))) for index, child in enumerate(node)]
        match = _REFERENCE.match(node) if isinstance(node, str) else None
        if match is None:
            return node
        reader: Callable[[str], str | None] = _READERS[match[1]](base, environ)
        found = reader(match[2].strip())
        if found is None or not found.strip():
            what = "the environment variable" if match[1] == "env" else "the file"
            faults.append(place.line(here, f"{what} {match[2].strip()} is not there or empty"))
            return None
        return found.strip()

    return walk(value, path), faults


def _env_reader(_base: Path, environ: Mapping[str, str]) -> Callable[[str], str | None]:
    return environ.get


def _file_reader(base: Path, _environ: Mapping[str, str]) -> Callable[[str], str | None]:
    def read(name: str) -> str | None:
        path = Path(name).expanduser()
        path = path if path.is_absolute() else base / path
        try:
            return path.read_text(encoding="utf-8")
        except OSError:
            return None

    return read


_READERS = {"env": _env_reader, "file": _file_reader}
