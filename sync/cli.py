"""The command line: names, flags, JSON keys and exit codes are a contract (DESIGN §8).

Only declarations live here; each command imports what it needs when it is called, so that ``cadran --help`` is quick.
With ``--json``, standard output is one JSON document and everything else goes to standard error.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

PERIODS = ("day", "week", "month", "quarter", "year", "all", "last_30_days", "last_90_days", "last_365_days")
DIMENSIONS = (
    "total",
    "pipeline",
    "stage",
    "team",
    "owner",
    "channel",
    "campaign",
    "page",
    "device",
    "email",
    "network",
    "survey",
    "plan",
    "category",
    "product",
    "cohort",
    "company",
    "deal",
    "contact",
)

ROLES = ("sales", "marketing", "finance", "own")

MODELS = (
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
    "markov",
)


def common(command: F) -> F:
    """Options that every command takes."""
    for option in (
        click.option(
            "--settings", "settings_file", type=click.Path(path_type=Path), help="Settings file [default: ./cadran.yaml]."
        ),
        click.option("--account", help="Which account, when several are set up."),
        click.option("--home", type=click.Path(path_type=Path), help="Where data are kept [default: ./.cadran, or CADRAN_HOME]."),
        click.option("-v", "--verbose", count=True, help="More log lines; twice for every request."),
    ):
        command = option(command)
    return command


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="cadran")
def cli() -> None:
    """KPIs on the records your people already open.

    Cadran pulls deals from the CRM, traffic from analytics and spend from ad platforms, computes CAC, CPL, ROI, cycle
    time and conversion, and writes them back as CRM properties. It plans before it writes, and can undo what it wrote.

    First steps: `cadran demo` (simulated vendors, no account needed), then `cadran init`.
    """


@cli.command()
@click.option("--world", default="builtin", show_default=True, help="builtin[:SEED], a world's folder, or maven_crm:PATH.")
@click.option("--keep", is_flag=True, help="Leave the simulated vendors running afterwards, until Ctrl-C.")
@json_option
@common
def demo(**options: Any) -> None:
    """The whole story on simulated vendors: check, sync, plan, apply, then sync and plan again."""
    from sync.demo import demo_command

    _run(demo_command, options)


@cli.command()
@click.option("--locale", type=click.Choice(["en", "fr"]), help="Language [default: asked].")
@click.option("--yes", is_flag=True, help="Take every default; ask nothing.")
@common
def init(**options: Any) -> None:
    """Guided set-up: writes cadran.yaml and says what to do next."""
    from sync.setup import init_command

    _run(init_command, options)


@cli.command()
@click.option("--data", is_flag=True, help="Also look at the data of the last sync: gaps, faults, match rates.")
@click.option("--probe", is_flag=True, help="Also compare a HubSpot test account with what the sandbox assumes.")
@json_option
@common
def check(**options: Any) -> None:
    """Settings, credentials, scopes, quota and freshness of every source.

    Writes nothing; only `--probe` makes a property group, properties and records of its own, and removes them again. It
    refuses an account that is not a developer test account or a sandbox.
    """
    from sync.setup import check_command

    _run(check_command, options)


@cli.command()
@click.argument("source", required=False)
@click.option("--list", "listed", is_flag=True, help="Every source's login: since when, until when, where it is kept.")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the consent page, or only print its address.")
@click.option("--paste", is_flag=True, help="No browser on this machine: paste the address that it ends at.")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of 127.0.0.1 for the answer [default: free, or the registered one]."
)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=300, show_default=True, help="Seconds to wait.")
@json_option
@common
def connect(**options: Any) -> None:
    """Log in to the vendor of SOURCE (an id of the settings) on its consent page, once; later runs use that login."""
    from sync.connect import connect_command

    _run(connect_command, options)


@cli.command()
@click.argument("source")
@json_option
@common
def disconnect(**options: Any) -> None:
    """Forget the login of SOURCE."""
    from sync.connect import disconnect_command

    _run(disconnect_command, options)


@cli.command()
@click.option("--source", "only", multiple=True, help="Only this source (may be repeated).")
@click.option("--full", is_flag=True, help="Read everything again instead of what changed.")
@click.option("--dry-run", is_flag=True, help="Say what would be read, and what it costs; read nothing.")
@json_option
@common
def sync(**options: Any) -> None:
    """Extract, normalise, store and compute. A read-only key is enough."""
    from sync.commands import sync_command

    _run(sync_command, options)


@cli.command()
@click.option("--markdown", is_flag=True, help="As a Markdown table.")
@click.option("--adopt", is_flag=True, help="Take foreign values as ours (nothing is written).")
@click.option("--retake", multiple=True, metavar="PROP", help="Write this property even where somebody changed it.")
@json_option
@common
def plan(**options: Any) -> None:
    """What would be written to the CRM, line by line. Writes nothing."""
    from sync.commands import plan_command

    _run(plan_command, options)


@cli.command()
@click.argument("plan_id", required=False)
@click.option("--limit", type=click.IntRange(min=1), help="At most this many records: a careful first step.")
@click.option("--record", "records", multiple=True, help="Only this record id (may be repeated).")
@json_option
@common
def apply(**options: Any) -> None:
    """Write exactly the plan that was shown (the newest unless named)."""
    from sync.commands import apply_command

    _run(apply_command, options)


@cli.command()
@click.argument("run_id", type=int)
@click.option("--through", is_flag=True, help="Undo later runs that wrote over it too.")
@json_option
@common
def undo(**options: Any) -> None:
    """Give back the values that were there before RUN_ID, where nobody changed them since, and hold them."""
    from sync.commands import undo_command

    _run(undo_command, options)


@cli.command()
@click.argument("property", required=False)
@json_option
@common
def resume(**options: Any) -> None:
    """Let held properties be written again."""
    from sync.commands import resume_command

    _run(resume_command, options)


@cli.command()
@click.option("--allow-clears", is_flag=True, help="Write even if many values would be cleared.")
@click.option("--allow-jumps", is_flag=True, help="Write even if many numbers move a lot.")
@click.option("--allow-shrink", is_flag=True, help="Write even if a table lost many rows.")
@click.option("--allow-currency", is_flag=True, help="Write even if amounts came in a currency without a rate.")
@json_option
@common
def run(**options: Any) -> None:
    """sync + plan + apply in one go, with guards: for cron."""
    from sync.commands import run_command

    _run(run_command, options)


@cli.command()
@click.option("--yes", is_flag=True, help="Do it; without, only what would go is listed.")
@json_option
@common
def uninstall(**options: Any) -> None:
    """Remove our properties and their group from the CRM."""
    from sync.commands import uninstall_command

    _run(uninstall_command, options)


@cli.command()
@click.argument("record", metavar="CONTACT")
@click.option("--yes", is_flag=True, help="Do it; without, only what would go is listed.")
@json_option
@common
def forget(**options: Any) -> None:
    """Remove everything stored about a contact (or deals/ID, companies/ID).

    Nothing is asked of the CRM or changed there. The record is not stored again as long as the CRM still holds it.
    """
    from sync.privacy import forget_command

    _run(forget_command, options)


@cli.command()
@click.argument("kpi", required=False)
@click.option("--role", type=click.Choice(ROLES), help="Only those of a role; own: those of your settings.")
@click.option("--all", "everything", is_flag=True, help="Also those that the company does not follow.")
@click.option("--measures", is_flag=True, help="What formulas are made of, and what measures of your own can be made of.")
@click.option("--markdown", is_flag=True, help="The whole catalogue as a page.")
@json_option
@common
def kpis(**options: Any) -> None:
    """The KPIs that the company follows (setting `kpis.follow`), the whole catalogue, or one KPI's card."""
    from sync.reading import kpis_command

    _run(kpis_command, options)


@cli.command()
@click.argument("kpi")
@click.option("--by", type=click.Choice(DIMENSIONS), default="total", show_default=True)
@click.option("--period", type=click.Choice(PERIODS), default="all", show_default=True)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Periods that start on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Periods that start before this day.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As it was known at the end of this day.")
@click.option("--history", is_flag=True, help="Every version of each value: from when it was known, and what changed.")
@click.option("--model", type=click.Choice(MODELS), help="Attribution model [default: the settings' own].")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV.")
@json_option
@common
def show(**options: Any) -> None:
    """Results of a KPI."""
    from sync.reading import show_command

    _run(show_command, options)


@cli.command()
@click.argument("kpi")
@click.option("--by", type=click.Choice(DIMENSIONS), default="total", show_default=True)
@click.option("--for", "key", default="", help="The member, e.g. a channel or a record id.")
@click.option("--period", type=click.Choice(PERIODS), default="all", show_default=True)
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="The period's first day [default: the newest].")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many rows behind it.")
@json_option
@common
def explain(**options: Any) -> None:
    """Where a number comes from: formula, inputs and the rows behind them."""
    from sync.explain import explain_command

    _run(explain_command, options)


@cli.command()
@click.option("--kpi", help="Only this KPI.")
@click.option("--since", metavar="RUN|DAY", help="Only what this run and later ones changed, or runs of this day and later.")
@json_option
@common
def restatements(**options: Any) -> None:
    """Values of past periods that changed after the period was over: by how much, in which run, and why."""
    from sync.restated import restatements_command

    _run(restatements_command, options)


@cli.command()
@click.argument("kpi")
@click.option("--by", type=click.Choice(DIMENSIONS), default="total", show_default=True)
@click.option("--for", "key", default="", help="The member, e.g. a channel.")
@click.option("--period", type=click.Choice(["month", "week"]), default="month", show_default=True)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As it was forecast at the end of this day, beside what came.")
@json_option
@common
def forecast(**options: Any) -> None:
    """What a KPI will come to, between which bounds, and how far off such forecasts have been."""
    from sync.publish.forecast_command import forecast_command

    _run(forecast_command, options)


@cli.command()
@json_option
@common
def targets(**options: Any) -> None:
    """How the targets of the settings stand, and what their periods will end at; and the CRM's own goals."""
    from sync.publish.targets.command import targets_command

    _run(targets_command, options)


@cli.command()
@click.argument("kpi")
@click.option("--by", type=click.Choice(DIMENSIONS), default="total", show_default=True)
@click.option("--for", "key", default="", help="The member, e.g. a channel.")
@click.option(
    "--from", "before", required=True, metavar="X", help="A period (2026, 2026-Q3, 2026-09, 2026-09-14) or a run (run:12)."
)
@click.option("--to", "after", required=True, metavar="Y", help="A period or a run, as --from.")
@click.option("--period", type=click.Choice(PERIODS), help="Of two runs, or `week` for days that begin one [default: month].")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="Of two runs: the period's first day [default: the newest].")
@click.option("--across", type=click.Choice(DIMENSIONS), help="Over which members the change is taken apart [default: channel].")
@json_option
@common
def why(**options: Any) -> None:
    """Why a KPI changed between two periods: volume, mix and rate; or between two runs: restatement."""
    from sync.why import why_command

    _run(why_command, options)


@cli.command()
@click.option("--period", type=click.Choice(["week", "month", "quarter", "year"]), default="month", show_default=True)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Periods that start on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Periods that start before this day.")
@click.option("--raw", is_flag=True, help="Instead, hold the facts against the records as received, to the cent.")
@json_option
@common
def reconcile(**options: Any) -> None:
    """CRM against analytics against ad platforms, per channel and period, with the reasons for the gaps."""
    from sync.reconcile import reconcile_command

    _run(reconcile_command, options)


@cli.command()
@click.argument("format", type=click.Choice(["parquet", "csv", "hyper", "pbip"]))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--kpi", "kpis", multiple=True, metavar="KPI", help="Only this KPI (may be repeated) [default: all].")
@click.option(
    "--by",
    multiple=True,
    metavar="DIM",
    help="Only this dimension (may be repeated) [default: all but single deals and companies].",
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Periods that start on this day or later.")
@click.option("--model", type=click.Choice(MODELS), help="Attribution model [default: the settings' own].")
@click.option(
    "--people/--no-people", default=False, show_default=True, help="Names of owners, deals and companies, or ids alone."
)
@click.option("--excel", is_flag=True, help="csv: as Excel opens it with a double click.")
@click.option("--publish", is_flag=True, help="hyper: send to the Tableau server of the settings too.")
@json_option
@common
def export(**options: Any) -> None:
    """Results as files for Tableau (hyper), Power BI (pbip), Parquet and CSV: docs/bi.md."""
    from sync.publish.bi.command import export_command

    _run(export_command, options)


@cli.command()
@click.argument("kind", type=click.Choice(["weekly", "monthly"]))
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="A day of it [default: of the last one that is over].")
@click.option("--role", type=click.Choice(ROLES), help="Only this role's KPIs [default: those that are followed].")
@click.option("--format", type=click.Choice(["html", "pdf", "both"]), default="html", show_default=True)
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Where to write [default: here, unless it is sent].")
@click.option("--send", is_flag=True, help="Send the reports of this kind in the settings now, whatever was sent before.")
@json_option
@common
def report(**options: Any) -> None:
    """The week or month on paper: what moved, targets, campaigns, forecast, restatements; docs/reports.md."""
    from sync.publish.reports.command import report_command

    _run(report_command, options)


@cli.group(invoke_without_command=True)
@json_option
@common
@click.pass_context
def alerts(context: click.Context, /, **options: Any) -> None:
    """What is watched: every rule's state, what it saw last, and from when it may write again."""
    # What stands before the name of a subcommand holds for it too.
    context.default_map = {key: {name: said for name, said in options.items() if said} for key in ("test", "suggest", "mute")}
    if context.invoked_subcommand is None:
        from sync.publish.alerts.commands import alerts_command

        _run(alerts_command, options)


@alerts.command("test")
@click.argument("rule", required=False)
@click.option("--send", is_flag=True, help="Really send it to the rule's recipients, marked as a test.")
@json_option
@common
def alerts_test(**options: Any) -> None:
    """Look now, and show the message of RULE (or of every rule) as it would be. Changes no rule's state."""
    from sync.publish.alerts.commands import alerts_test_command

    _run(alerts_test_command, options)


@alerts.command("suggest")
@json_option
@common
def alerts_suggest(**options: Any) -> None:
    """Bounds for the KPIs that are followed, from their own past, ready to paste, and how often each would have fired."""
    from sync.publish.alerts.commands import alerts_suggest_command

    _run(alerts_suggest_command, options)


@alerts.command("mute")
@click.argument("rule")
@click.option("--days", type=click.IntRange(0, 365), default=7, show_default=True, help="For how long; 0: told again.")
@json_option
@common
def alerts_mute(**options: Any) -> None:
    """Say nothing of RULE for a while."""
    from sync.publish.alerts.commands import alerts_mute_command

    _run(alerts_mute_command, options)


@cli.command()
@click.argument("action", type=click.Choice(["list", "add", "remove", "password"]), default="list")
@click.argument("name", required=False)
@click.option("--role", type=click.Choice(["viewer", "editor", "admin"]), default="viewer", show_default=True)
@click.option(
    "--owner", "owners", multiple=True, metavar="ID", help="One of their owner ids in the CRM (may be repeated); *: all."
)
@click.option("--stdin", is_flag=True, help="The password is the first line of standard input.")
@json_option
@common
def users(**options: Any) -> None:
    """Who may sign in to the web pages with a password, which is asked for and not shown."""
    from sync.publish.users import users_command

    _run(users_command, options)


@cli.command()
@click.argument("action", type=click.Choice(["list", "add", "revoke"]), default="list")
@click.argument("name", required=False)
@click.option("--expires", type=click.IntRange(1, 3650), metavar="DAYS", help="Taken for so many days [default: until revoked].")
@click.option("--owner", "owners", multiple=True, metavar="ID", help="An owner id that it may read (may be repeated); *: all.")
@json_option
@common
def tokens(**options: Any) -> None:
    """Tokens of programs that read the HTTP API. A new one is shown once; only its hash is kept."""
    from sync.publish.tokens import tokens_command

    _run(tokens_command, options)


@cli.command()
@click.option("--pages/--no-pages", default=True, show_default=True, help="Also show the results on web pages.")
@common
def serve(**options: Any) -> None:
    """Keep the schedule, and show the results on web pages, until stopped."""
    from sync.serve import serve_command

    _run(serve_command, options)


@cli.command()
@click.option("--world", default="builtin", show_default=True, help="builtin[:SEED], a world's folder, or maven_crm:PATH.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@common
def sandbox(**options: Any) -> None:
    """The simulated vendors alone, on loopback, until stopped."""
    from sync.demo import sandbox_command

    _run(sandbox_command, options)


def _run(command: Callable[..., int], options: dict[str, Any]) -> None:
    """Call a command and end with its exit code; errors become one clear sentence and the contract's code."""
    from connectors.errors import CadranError
    from connectors.transport import redact
    from sync.logs import set_up_logs

    set_up_logs(options.pop("verbose"))
    try:
        code = command(**options)
    except CadranError as error:
        click.echo(f"cadran: {redact(str(error))}", err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def main() -> None:
    """Entry point of the ``cadran`` command. Anything not foreseen is our bug: exit 1 with what to report."""
    try:
        cli(prog_name="cadran")
    except Exception:  # noqa: BLE001 - the last line of defence, so that no traceback carries a secret
        import traceback

        from connectors.transport import redact

        click.echo(redact(traceback.format_exc()), err=True)
        click.echo("cadran: this is a bug in Cadran; please report the lines above.", err=True)
        sys.exit(1)
