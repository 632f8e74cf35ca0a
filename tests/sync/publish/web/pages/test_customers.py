"""Customers: worth, retention, movements of recurring revenue, and cohorts by age."""

from datetime import date
from pathlib import Path
from typing import Any

from tests.sync.publish.web.site import site, words
from tests.sync.versions import value


def mrr(name: str, amount: str, month: int, **more: Any) -> dict[str, Any]:
    return value(name, amount, {name: amount}, start=date(2026, month, 1), **more)


def cohort(month: int, age: int, still: int, of: int) -> dict[str, Any]:
    inputs = {"cohort_still_paying": str(still), "cohort_subscribers": str(of)}
    share = f"{still / of:.10f}"
    row = value("retention_cohort", share, inputs, unit="ratio", start=date(2026, month, 1), by="cohort", key=str(age))
    return {**row, "n": of}


MOVES = [
    mrr("mrr", "1000", 8),
    mrr("mrr_new", "300", 8),
    mrr("mrr_churned", "50", 8),
    mrr("mrr", "1200", 9),
    mrr("mrr_new", "250", 9),
    mrr("mrr_churned", "70", 9),
    mrr("mrr_net_new", "180", 9),
]
COHORTS = [cohort(7, 0, 10, 10), cohort(7, 1, 9, 10), cohort(7, 2, 6, 10), cohort(8, 0, 4, 4), cohort(8, 1, 4, 4)]


def test_movements_are_told_with_their_sign(tmp_path: Path) -> None:
    """The newest first; what there was none of has no column. The chart draws losses below the line."""
    with site(tmp_path, MOVES) as (client, _, _):
        text = client.get("/customers").text
        said = words(text)
        assert "Month New MRR Churned MRR Net new MRR Monthly recurring revenue (MRR) September 2026" in said
        assert "€250.00 − €70.00 €180.00 €1,200.00" in said
        assert "Expansion MRR" not in said
        assert '"values":[-50.0,-70.0]' in text
        assert '"kind":"stacked"' in text


def test_cohorts_stand_by_age_with_number_and_shade(tmp_path: Path) -> None:
    """A real table: the month is the row's heading, the age the column's; what is not yet is empty."""
    with site(tmp_path, COHORTS) as (client, _, _):
        text = client.get("/customers").text
        said = words(text)
        assert "Began in Customers Age in months 0 1 2 July 2026 10 100.00% 90.00% 60.00% August 2026 4 100.00% 100.00%" in said
        assert '<th scope="row">July 2026</th>' in text
        assert '<th scope="col" class="number">2</th>' in text
        assert "var(--accent) 35%" in text
        assert "var(--accent) 0%" in text
        assert text.count("<td></td>") == 1 + 1 + 3
        french = words(client.get("/customers", headers={"accept-language": "fr"}).text)
        assert "Cohortes par âge" in french
        assert "Débuté en Clients Âge en mois 0 1 2 juillet 2026" in french
        answer = client.get("/customers?cohort=<b>")
        assert answer.status_code == 400
        assert "cohort: choose among retention_cohort" in words(answer.text)


def test_a_kpi_without_a_value_says_why(tmp_path: Path) -> None:
    row = {**mrr("nps", "1", 9), "value": None, "reason": "nobody answered", "reason_fr": "personne n'a répondu"}
    with site(tmp_path, [row]) as (client, _, _):
        said = words(client.get("/customers").text)
        assert "1 without a value Net promoter score nobody answered" in said
