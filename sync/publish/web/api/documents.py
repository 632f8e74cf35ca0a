"""What the API answers, for its OpenAPI document. Values have the form of ``cadran show --json`` (DESIGN §8)."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

DecimalText = str
"""Numbers travel as text: a JSON number would lose digits of money."""


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Interval(Document):
    low: DecimalText
    high: DecimalText


class AtMaturity(Document):
    value: DecimalText | None
    maturity: DecimalText | None = Field(description="Which share of its end value such a cohort has reached at its age.")
    error: DecimalText | None = Field(description="How far off such expectations were for past cohorts, as a share.")
    cohorts: int | None
    reason: str | None


class Value(Document):
    kpi: str
    by: str
    key: str = Field(description="Member of the dimension; empty at total.")
    label: str | None = Field(description="What people call that member, where it has a name.")
    period_start: date
    period_end: date = Field(description="Exclusive.")
    value: DecimalText | None = Field(description="A decimal as text; null is undefined, and `reason` says why.")
    unit: Literal["money", "ratio", "count", "days", "months", "score"]
    currency: str | None = Field(description="ISO 4217, of money.")
    n: int | None = Field(description="Cases behind it.")
    inputs: dict[str, DecimalText | None]
    model: str | None = Field(description="Attribution model, where one decides the value.")
    as_of: datetime
    provisional_until: date | None
    reason: str | None
    flags: list[str]
    at_maturity: AtMaturity | None
    interval: Interval | None = Field(description="Where the true value lies 95 times in 100.")


class Values(Document):
    run_id: int | None = Field(description="The last run whose values these are.")
    values: list[Value]
    next: str | None = Field(description="`cursor` of the next page; null: this was the last one.")


class Kpi(Document):
    kpi: str
    title: str
    explain: str
    formula: str
    unit: str
    better: Literal["up", "down", "none"]
    interval: str
    undefined_when: str
    caveats: str
    source: str
    version: int
    followed: bool
    by: list[str]
    periods: list[str]


class Kpis(Document):
    kpis: list[Kpi]


class Run(Document):
    id: int
    kind: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    as_of: datetime | None = Field(description="The CRM's clock when its data were read, UTC.")


class Runs(Document):
    runs: list[Run] = Field(description="The newest first.")
    next: str | None = Field(description="`cursor` of the next page; null: this was the last one.")


class Ends(Document):
    low: DecimalText
    high: DecimalText
    level: DecimalText = Field(description="How often the truth lies between them, 0 to 1.")


class Target(Document):
    target: str = Field(description="Its name.")
    kpi: str
    by: str
    key: str
    owner: str
    reason_for_it: str
    direction: Literal["at_least", "at_most"]
    wanted: DecimalText
    period: str
    period_start: date
    period_end: date = Field(description="Exclusive.")
    state: str
    value: DecimalText | None
    unit: str
    currency: str | None
    n: int | None
    interval: Interval | None
    expected_by_now: DecimalText | None
    share_by_now: DecimalText | None
    profile: str | None
    pace: DecimalText | None = Field(description="What is done as a share of what should be: 1 is in step.")
    projected: DecimalText | None = Field(description="What the period will end at.")
    likely: Ends | None
    basis: str
    baseline: DecimalText | None
    progress: DecimalText | None = Field(description="How much of the way from the baseline is done.")
    reason: str | None
    as_of: datetime


class Targets(Document):
    targets: list[Target]


class Coming(Document):
    period_start: date
    period_end: date = Field(description="Exclusive.")
    value: DecimalText
    likely: Ends | None
    wide: Ends | None
    mean_error: DecimalText = Field(description="How far off such forecasts were, in the KPI's unit.")
    error_share: DecimalText | None
    errors: int = Field(description="On how many tries that rests.")


class Running(Document):
    period_start: date
    period_end: date = Field(description="Exclusive.")
    done: DecimalText
    share: DecimalText
    profile: str
    rest: str
    value: DecimalText = Field(description="What the period will end at.")
    likely: Ends | None
    wide: Ends | None


class Forecast(Document):
    kpi: str
    by: str
    key: str
    period: str
    unit: str
    currency: str | None
    known_from: datetime
    reason: str | None = Field(description="Why there is no forecast.")
    model: str | None
    history_start: date | None
    history_end: date | None = Field(description="Exclusive.")
    unsettled: int = Field(description="How many of the periods ahead are over, but not settled.")
    origins: int | None
    mase: DecimalText | None = Field(description="Error on the past; below 1 is better than last year's same period.")
    naive_mase: DecimalText | None
    error_share: DecimalText | None
    running: Running | None
    ahead: list[Coming]


class Problem(Document):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
    for status, said in (
        (400, "A filter that cannot be used; the detail says which, and what can be written instead."),
        (401, "No token, or one that is not taken."),
        (403, "Figures that this reader may not see."),
        (404, "Nothing of that name."),
        (409, "The results changed since the first page: start again."),
        (422, "A parameter of the wrong form."),
        (429, "Too many requests; `Retry-After` says when to go on."),
    )
}
