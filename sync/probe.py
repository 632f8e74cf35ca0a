"""``cadran check --probe``: what a real HubSpot test account does where its documents leave a doubt.

Each doubt that Cadran leans on is a switch of :class:`connectors.sandbox.quirks.Quirks`; here each is put to the account
itself and held against the sandbox's default. It writes, so it runs on test accounts only, and only on what
:class:`sync.workbench.Workbench` makes and takes away again.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connectors.errors import AuthenticationError, CadranError, ConfigurationError, ContractError, QuotaExhausted
from connectors.hubspot.discover import stages_by_property
from connectors.hubspot.source import HubSpotSource
from connectors.hubspot.wire import Answer
from connectors.sandbox.quirks import Quirks
from kpi.text import Text
from sync import render
from sync.house import House
from sync.workbench import BAD_REQUEST, GROUP, MARK, NUMBER, Workbench

TEST_ACCOUNTS = frozenset({"DEVELOPER_TEST", "SANDBOX"})
"""``accountType`` of accounts that nobody's business hangs on
(https://developers.hubspot.com/docs/api-reference/latest/account/account-information/guide, 2026-11-21)."""

LOOKS = 15
LOOK_S = 2.0
"""How often, and how many seconds apart, to look for what HubSpot shows late (search index, associations)."""

PARTLY = 207

Verdict = Literal["matches", "differs", "not_probed"]
Found = bool | int | str
"""Yes or no, or a limit: the number itself, or ``<N`` / ``>N`` where it is another."""


class NotProbed(Exception):
    """The account gave no clear answer; the reason is for a person."""

    def __init__(self, en: str, fr: str) -> None:
        self.reason = Text(en, fr)
        super().__init__(en)


@dataclass(frozen=True)
class Fact:
    """One doubt: the switch that stands for it, what it claims, and how to ask (or why not to)."""

    quirk: str
    claim: Text
    ask: Callable[[Workbench], Found] | Text


@dataclass(frozen=True)
class Finding:
    """What the account said to one doubt."""

    fact: Fact
    assumed: Found
    found: Found | None
    reason: Text | None = None
    """Why there is no answer."""

    @property
    def verdict(self) -> Verdict:
        if self.found is None:
            return "not_probed"
        return "matches" if self.found == self.assumed else "differs"

    def to_json(self, locale: str) -> dict[str, Any]:
        return {
            "fact": self.fact.quirk,
            "claim": self.fact.claim.in_(locale),
            "assumed": self.assumed,
            "found": self.found,
            "verdict": self.verdict,
            "reason": self.reason.in_(locale) if self.reason else None,
        }


@dataclass(frozen=True)
class Probed:
    """The whole comparison, and what could not be removed from the account afterwards."""

    account_type: str
    findings: tuple[Finding, ...]
    left_behind: tuple[str, ...]

    def to_json(self, locale: str) -> dict[str, Any]:
        """``--json``, key ``probe``."""
        return {
            "account_type": self.account_type,
            "facts": [finding.to_json(locale) for finding in self.findings],
            "left_behind": list(self.left_behind),
        }


def probe(house: House, pause: Callable[[float], None]) -> Probed:
    """Ask the CRM account of ``house``. ``pause`` waits seconds.

    Raises :class:`ConfigurationError` unless it is a HubSpot test account, and what the connector raises for a refused
    credential, a used-up quota or an account that cannot take the temporary properties and companies.
    """
    source = house.sources.get(house.settings.crm.source)
    if not isinstance(source, HubSpotSource):
        raise ConfigurationError(_NOT_HUBSPOT.in_(house.locale))
    account_type = str(source.client.account().get("accountType"))
    if account_type not in TEST_ACCOUNTS:
        raise ConfigurationError(_not_a_test_account(account_type).in_(house.locale))
    with Workbench(source.client, house.locale, pause) as bench:
        findings = tuple(_put(fact, bench) for fact in FACTS)
    return Probed(account_type, findings, tuple(bench.left_behind))


def _put(fact: Fact, bench: Workbench) -> Finding:
    """One doubt put to the account. A question that fails leaves the others standing."""
    assumed = getattr(_SANDBOX, fact.quirk)
    if isinstance(fact.ask, Text):
        return Finding(fact, assumed, None, fact.ask)
    try:
        return Finding(fact, assumed, fact.ask(bench))
    except NotProbed as unclear:
        return Finding(fact, assumed, None, unclear.reason)
    except (AuthenticationError, QuotaExhausted):
        raise
    except CadranError as error:
        return Finding(fact, assumed, None, Text(str(error), str(error)))


# --- the questions ----------------------------------------------------------------------------------------------------


def _equal_value_bumps(bench: Workbench) -> Found:
    company = bench.companies[0]
    bench.write({company: "5"})
    before = _settled_modified(bench, company)
    bench.write({company: "5"})
    return _modified(bench, company) != before


def _settled_modified(bench: Workbench, company: str) -> str | None:
    """The modified date once HubSpot's own work on a fresh record has stopped moving it."""
    seen = _modified(bench, company)
    for _ in range(LOOKS):
        bench.pause(LOOK_S)
        again = _modified(bench, company)
        if again == seen:
            return seen
        seen = again
    raise NotProbed("the modified date keeps moving by itself", "la date de modification bouge d'elle-même")


def _modified(bench: Workbench, company: str) -> str | None:
    return bench.read(company, "hs_lastmodifieddate")


def _invalid_value_refuses(bench: Workbench) -> Found:
    good, bad, _ = bench.companies
    answer = bench.write({good: "7", bad: "not a number"})
    if answer.status == BAD_REQUEST:
        return True
    if answer.status == PARTLY and bench.read(good) == "7":
        return False
    raise NotProbed("neither refused nor written in part", "ni refusé, ni écrit en partie")


def _results_in_another_order(bench: Workbench) -> Found:
    """Asked in an order that no sorting gives."""
    first, second, third = bench.companies
    asked = [third, first, second]
    answer = bench.write(dict.fromkeys(asked, "8"))
    answered = [str(record["id"]) for record in bench.client.results(answer.json(), "update temporary companies")]
    return answered != asked


def _to_object_id_is_text(bench: Workbench) -> Found:
    return isinstance(_linked(bench)["results"][0]["to"][0]["toObjectId"], str)


def _missing_associations_are_errors(bench: Workbench) -> Found:
    return bool(_linked(bench).get("errors"))


def _linked(bench: Workbench) -> dict[str, Any]:
    """Contacts of the first company, which has one, and of the second, which has none."""
    with_one, without, _ = bench.companies
    body = {"inputs": [{"id": with_one}, {"id": without}]}
    path = "/crm/v4/associations/companies/contacts/batch/read"
    for look in range(LOOKS):
        answer: dict[str, Any] = bench.send("POST", path, what="read associations", body=body).json()
        if answer.get("results"):
            return answer
        if look == 0:
            bench.make_contact(with_one)
        else:
            bench.pause(LOOK_S)
    raise NotProbed("a new association never showed", "une nouvelle association n'est jamais apparue")


def _cleared_reads_as_empty(bench: Workbench) -> Found:
    company = bench.companies[0]
    bench.write({company: "9"})
    bench.write({company: ""})
    value = bench.read(company)
    if value:
        raise NotProbed(f"it still reads {value}", f"elle se lit encore {value}")
    return value == ""


def _numbers_read_canonical(bench: Workbench) -> Found:
    company = bench.companies[0]
    bench.write({company: "12.50"})
    value = bench.read(company)
    if value not in ("12.5", "12.50"):
        raise NotProbed(f"12.50 reads {value}", f"12.50 se lit {value}")
    return value == "12.5"


def _seeded_after_is_refused(bench: Workbench) -> Found:
    query = {"limit": 1, "after": bench.companies[1]}
    return bench.send("GET", "/crm/v3/objects/companies", what="list companies", query=query).status == BAD_REQUEST


def _seeded_after_is_ignored(bench: Workbench) -> Found:
    query = {"limit": 1, "after": bench.companies[1]}
    answer = bench.send("GET", "/crm/v3/objects/companies", what="list companies", query=query)
    if answer.status == BAD_REQUEST:
        raise NotProbed("it is refused", "il est refusé")
    shown = [int(str(record["id"])) for record in bench.client.results(answer.json(), "list companies")]
    return min(shown, default=0) < int(bench.companies[1])


def _list_after_is_exclusive(bench: Workbench) -> Found:
    body = bench.send("GET", "/crm/v3/objects/companies", what="list companies", query={"limit": 1}).json()
    [first] = bench.client.results(body, "list companies")
    return str(body["paging"]["next"]["after"]) == str(first["id"])


def _unknown_filter_is_refused(bench: Workbench) -> Found:
    return _searched(bench, f"{GROUP}_that_is_not_there").status == BAD_REQUEST


def _unsorted_is_by_id(bench: Workbench) -> Found:
    for _ in range(LOOKS):
        shown = [str(record["id"]) for record in bench.client.results(_searched(bench, MARK).json(), "search companies")]
        found = [company for company in shown if company in bench.companies]
        if len(found) == len(bench.companies):
            if found in (bench.companies, bench.companies[::-1]):
                return found == bench.companies
            raise NotProbed("neither oldest nor newest first", "ni du plus ancien, ni du plus récent")
        bench.pause(LOOK_S)
    raise NotProbed(
        "the search index never showed the new records", "l'index de recherche n'a jamais montré les nouvelles fiches"
    )


def _searched(bench: Workbench, name: str) -> Answer:
    body = {"filterGroups": [{"filters": [{"propertyName": name, "operator": "EQ", "value": GROUP}]}], "limit": 10}
    return bench.send("POST", "/crm/v3/objects/companies/search", what="search companies", body=body)


def _stage_properties_have_suffix(bench: Workbench) -> Found:
    client, family = bench.client, "hs_v2_date_entered_"
    stages = [str(stage["id"]) for pipeline in client.pipelines("deals") for stage in pipeline.get("stages") or ()]
    present = [str(d["name"]) for d in client.property_definitions("deals")]
    timed = stages_by_property((name for name in present if name.startswith(family)), stages)
    if not timed:
        raise NotProbed("no deal stage has timing properties", "aucune étape n'a de propriétés de durée")
    return any(name != family + re.sub(r"[^a-z0-9_]", "_", stage.lower()) for name, stage in timed.items())


def _name_max(bench: Workbench) -> Found:
    def takes(length: int) -> bool:
        try:
            bench.make_property(NUMBER + "x" * (length - len(NUMBER)), "number")
        except ContractError as refused:
            if refused.status == BAD_REQUEST:
                return False
            raise
        return True

    return _limit(_SANDBOX.property_name_max, takes)


def _owners_page_max(bench: Workbench) -> Found:
    def takes(limit: int) -> bool:
        answer = bench.send("GET", "/crm/v3/owners", what="read the owners", query={"limit": limit})
        return answer.status != BAD_REQUEST

    return _limit(_SANDBOX.owners_page_max, takes)


def _limit(assumed: int, takes: Callable[[int], bool]) -> Found:
    """The assumed limit where it holds, else on which side of it the account's lies."""
    if takes(assumed + 1):
        return f">{assumed}"
    return assumed if takes(assumed) else f"<{assumed}"


_SANDBOX = Quirks()

FACTS: Sequence[Fact] = (
    Fact(
        "equal_value_bumps_modified",
        Text(
            "Writing the value that is there moves the modified date",
            "Écrire la valeur déjà présente change la date de modification",
        ),
        _equal_value_bumps,
    ),
    Fact(
        "invalid_value_refuses_batch",
        Text(
            "One bad value refuses the whole batch, trace ids or not",
            "Une seule valeur fausse fait refuser tout le lot, même avec identifiants de trace",
        ),
        _invalid_value_refuses,
    ),
    Fact(
        "batch_results_reversed",
        Text("Results of a batch come in another order than asked", "Les résultats d'un lot viennent dans un autre ordre"),
        _results_in_another_order,
    ),
    Fact(
        "retry_after_on_429",
        Text("A 429 says how long to wait (Retry-After)", "Un 429 dit combien attendre (Retry-After)"),
        Text(
            "asking would use up the rate limit of every app of the account",
            "le demander épuiserait la limite de débit de toutes les applications du compte",
        ),
    ),
    Fact(
        "to_object_id_is_text",
        Text("Associated ids (toObjectId) are text", "Les identifiants associés (toObjectId) sont du texte"),
        _to_object_id_is_text,
    ),
    Fact(
        "missing_associations_are_errors",
        Text(
            "A record without associations is listed as an error (207)",
            "Une fiche sans association figure parmi les erreurs (207)",
        ),
        _missing_associations_are_errors,
    ),
    Fact(
        "cleared_reads_as_empty",
        Text("A cleared value reads as empty text, not null", "Une valeur effacée se lit comme texte vide, pas null"),
        _cleared_reads_as_empty,
    ),
    Fact(
        "numbers_read_canonical",
        Text("A number written 12.50 reads 12.5", "Un nombre écrit 12.50 se lit 12.5"),
        _numbers_read_canonical,
    ),
    Fact(
        "rules_apply_to_2026_03",
        Text("Validation rules apply to paths of 2026-03 too", "Les règles de validation valent aussi pour les chemins 2026-03"),
        Text(
            "needs a validation rule, which only a person can set up in HubSpot",
            "demande une règle de validation, que seule une personne peut créer dans HubSpot",
        ),
    ),
    Fact(
        "seeded_after_is_refused",
        Text(
            "A list refuses to begin after an id of our choice",
            "Une liste refuse de commencer après un identifiant de notre choix",
        ),
        _seeded_after_is_refused,
    ),
    Fact(
        "seeded_after_is_ignored",
        Text("A list begins anew for an id of our choice", "Une liste recommence au début pour un identifiant de notre choix"),
        _seeded_after_is_ignored,
    ),
    Fact(
        "list_after_is_exclusive",
        Text(
            "`after` of a list is the last id given (else the next one)",
            "`after` d'une liste est le dernier identifiant donné (sinon le suivant)",
        ),
        _list_after_is_exclusive,
    ),
    Fact(
        "restore_bumps_modified",
        Text(
            "Bringing an archived record back moves its modified date",
            "Restaurer une fiche archivée change sa date de modification",
        ),
        Text(
            "no API brings a record back: only HubSpot's own pages do",
            "aucune API ne restaure une fiche : seules les pages de HubSpot",
        ),
    ),
    Fact(
        "unknown_filter_is_refused",
        Text(
            "A search by a property that does not exist is refused",
            "Une recherche sur une propriété inexistante est refusée",
        ),
        _unknown_filter_is_refused,
    ),
    Fact(
        "search_unsorted_is_by_id",
        Text("A search without a sort comes oldest first", "Une recherche sans tri vient du plus ancien au plus récent"),
        _unsorted_is_by_id,
    ),
    Fact(
        "stage_properties_have_suffix",
        Text(
            "Names of stage-timing properties end in a number of their own",
            "Les noms des propriétés de durée d'étape finissent par un numéro propre",
        ),
        _stage_properties_have_suffix,
    ),
    Fact(
        "property_name_max",
        Text("Longest name of a property, in characters", "Plus long nom d'une propriété, en caractères"),
        _name_max,
    ),
    Fact(
        "owners_page_max",
        Text("Largest page of owners", "Plus grande page de propriétaires"),
        _owners_page_max,
    ),
    Fact(
        "campaign_properties_by_api",
        Text("Properties of campaigns can be created by API", "Les propriétés des campagnes peuvent être créées par API"),
        Text(
            "the first `cadran apply` asks it, and goes elsewhere when it is refused",
            "le premier `cadran apply` le demande, et passe à autre chose en cas de refus",
        ),
    ),
    Fact(
        "subscriptions_have_companies",
        Text("Subscriptions can be associated with companies", "Les abonnements peuvent être associés à des entreprises"),
        Text(
            "the sync asks it once a day, and says so where it is not",
            "la synchronisation le demande une fois par jour, et le dit quand ce n'est pas le cas",
        ),
    ),
    Fact(
        "user_record_is_user",
        Text("The id of a user's record is the user's id", "L'identifiant de la fiche d'un utilisateur est le sien"),
        Text("it is read off the records when `crm.people` is on", "lu sur les fiches quand `crm.people` est actif"),
    ),
    Fact(
        "email_scope_is_marketing",
        Text("Marketing e-mails need `marketing.email.read`", "Les e-mails marketing demandent `marketing.email.read`"),
        Text("either scope is accepted", "les deux autorisations sont acceptées"),
    ),
    Fact(
        "email_days_are_utc",
        Text("Days of e-mail statistics are cut in UTC", "Les jours des statistiques d'e-mails sont en UTC"),
        Text("it would need an e-mail that is sent to somebody", "il faudrait envoyer un e-mail à quelqu'un"),
    ),
    Fact(
        "email_empty_days_are_absent",
        Text("Days without e-mails are missing from the statistics", "Les jours sans e-mail manquent aux statistiques"),
        Text("either answer gives the same rows", "les deux réponses donnent les mêmes lignes"),
    ),
)


# --- for people -------------------------------------------------------------------------------------------------------

_NOT_HUBSPOT = Text(
    "`--probe` compares a HubSpot test account with the sandbox, and the CRM of these settings is not HubSpot",
    "`--probe` compare un compte HubSpot de test au bac à sable, et le CRM de ces réglages n'est pas HubSpot",
)


def _not_a_test_account(account_type: str) -> Text:
    return Text(
        f"`--probe` writes to the account for a moment, so it runs only on a developer test account or a sandbox; "
        f"this one is {account_type}",
        f"`--probe` écrit un instant dans le compte, donc ne s'exécute que sur un compte de test développeur ou un sandbox ; "
        f"celui-ci est {account_type}",
    )


_VERDICTS: Mapping[Verdict, Text] = {
    "matches": Text("matches", "conforme"),
    "differs": Text("differs", "diffère"),
    "not_probed": Text("not probed", "non sondé"),
}


def _spelt(found: Found | None, locale: str) -> str:
    if found is None:
        return render.MISSING
    if isinstance(found, bool):
        return (Text("yes", "oui") if found else Text("no", "non")).in_(locale)
    return str(found)


def report(probed: Probed, locale: str) -> Iterator[Any]:
    """What ``rich`` prints: the table, and a line about what is left in the account."""
    colon = Text(": ", " : ").in_(locale)
    rows = [
        (
            finding.fact.claim.in_(locale),
            _spelt(finding.assumed, locale),
            _spelt(finding.found, locale),
            _VERDICTS[finding.verdict].in_(locale) + (colon + finding.reason.in_(locale) if finding.reason else ""),
        )
        for finding in probed.findings
    ]
    headings = [
        Text("fact", "fait"),
        Text("sandbox assumes", "le bac à sable suppose"),
        Text("account", "compte"),
        Text("verdict", "verdict"),
    ]
    title = Text(f"Probe of a {probed.account_type} account", f"Sonde d'un compte {probed.account_type}").in_(locale)
    yield render.table(title, [heading.in_(locale) for heading in headings], rows)
    left = ", ".join(probed.left_behind)
    yield (
        Text(f"Left behind in the account, please remove: {left}", f"Resté dans le compte, à retirer : {left}")
        if left
        else Text("Everything temporary was removed.", "Tout ce qui était temporaire a été retiré.")
    ).in_(locale)
