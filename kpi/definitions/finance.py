"""Finance: what is left of revenue after what it cost."""

from kpi.card import HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.commerce import (
    MARGIN_COST,
    MARGIN_COST_ATTRIBUTED,
    MARGIN_REVENUE,
    MARGIN_REVENUE_ATTRIBUTED,
    SOLD_REVENUE,
)
from kpi.measures.media import OVERHEAD, SPEND
from kpi.periods import MONTHS_UP
from kpi.text import Text

_NETSUITE = Source(
    "Oracle NetSuite Help, SaaS metrics",
    "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_0910123257.html",
)
_MANAGERIAL = Source("Managerial accounting: contribution margin and net margin")
_GOOGLE_ROI = Source("Google Ads Help, return on investment", "https://support.google.com/google-ads/answer/1722066")

_MARKETING: tuple[By, ...] = ("total", "channel", "campaign")
_SOLD: tuple[By, ...] = (*_MARKETING, "category", "product", "company")

_NO_COSTED = Text("nothing with a known cost was sold in the period", "rien dont le coût est connu n'a été vendu dans la période")
_COSTED = Text(
    "Won deals, and orders that are not the delivery of one, before tax, shipping and refunds. What was sold without a known cost is "
    "left out of both sides and counted; kpis.gross_margin can stand in, flagged.",
    "Transactions gagnées, et commandes qui n'en sont pas la livraison, hors taxe, livraison et remboursements. Ce qui a été vendu sans "
    "coût connu est exclu des deux côtés et compté ; kpis.gross_margin peut y suppléer, et c'est signalé.",
)

GROSS_MARGIN = Kpi(
    name="gross_margin",
    title=Text("Gross margin", "Marge brute (taux)"),
    explain=Text(
        "The part of revenue that is left after the cost of the goods sold.",
        "Part du chiffre d'affaires qui reste après le coût des marchandises vendues.",
    ),
    formula=(MARGIN_REVENUE - MARGIN_COST) / MARGIN_REVENUE,
    better="up",
    grains=_SOLD,
    periods=MONTHS_UP,
    undefined_when=_NO_COSTED,
    caveats=_COSTED,
    source=_NETSUITE,
    example=Example({MARGIN_REVENUE: "5000", MARGIN_COST: "3000"}, gives="0.4"),
    version=1,
    write_step=HALF_A_POINT,
)

GROSS_MARGIN_VALUE = Kpi(
    name="gross_margin_value",
    title=Text("Gross margin, value", "Marge brute (montant)"),
    explain=Text("Revenue less the cost of the goods sold.", "Chiffre d'affaires moins le coût des marchandises vendues."),
    formula=MARGIN_REVENUE - MARGIN_COST,
    better="up",
    grains=_SOLD,
    periods=MONTHS_UP,
    undefined_when=Text("no cost of goods is known", "aucun coût de marchandises n'est connu"),
    caveats=_COSTED,
    source=_NETSUITE,
    example=Example({MARGIN_REVENUE: "5000", MARGIN_COST: "3000"}, gives="2000"),
    version=1,
    write_step=ONE_PERCENT,
)

MARGIN_COVERAGE = Kpi(
    name="margin_coverage",
    title=Text("Revenue with a known cost", "Chiffre d'affaires au coût connu"),
    explain=Text(
        "The part of revenue whose cost is known: what every margin rests on.",
        "Part du chiffre d'affaires dont le coût est connu : ce sur quoi repose toute marge.",
    ),
    formula=MARGIN_REVENUE / SOLD_REVENUE,
    better="up",
    grains=_SOLD,
    periods=MONTHS_UP,
    undefined_when=Text("nothing was sold in the period", "rien n'a été vendu dans la période"),
    caveats=Text(
        "An assumed cost counts as known, and is flagged. Reductions of whole deals can bring it above 100 %.",
        "Un coût supposé compte comme connu, et c'est signalé. Des remises sur une transaction entière peuvent la porter au-delà de 100 %.",
    ),
    source=_NETSUITE,
    example=Example({MARGIN_REVENUE: "4500", SOLD_REVENUE: "5000"}, gives="0.9"),
    version=1,
    write_step=HALF_A_POINT,
    flags_above_one=True,
)

_CONTRIBUTION = Text(
    f"Fixed cost stays out. {_COSTED.en} By channel it depends on the attribution model.",
    f"Les coûts fixes n'y sont pas. {_COSTED.fr} Par canal, elle dépend du modèle d'attribution.",
)

CONTRIBUTION = Kpi(
    name="contribution",
    title=Text("Contribution", "Contribution (rentabilité)"),
    explain=Text(
        "Revenue less the cost of the goods sold and media spend.",
        "Chiffre d'affaires moins le coût des marchandises vendues et les dépenses média.",
    ),
    formula=MARGIN_REVENUE - MARGIN_COST - SPEND,
    better="up",
    grains=_MARKETING,
    periods=MONTHS_UP,
    undefined_when=Text("cost of goods or spend is not known", "le coût des marchandises ou les dépenses ne sont pas connus"),
    caveats=_CONTRIBUTION,
    source=_MANAGERIAL,
    example=Example({MARGIN_REVENUE: "5000", MARGIN_COST: "3000", SPEND: "1000"}, gives="1000"),
    version=1,
    write_step=ONE_PERCENT,
)

CONTRIBUTION_RATE = Kpi(
    name="contribution_rate",
    title=Text("Contribution rate", "Taux de contribution"),
    explain=Text(
        "The part of revenue that is left after the cost of the goods sold and media spend.",
        "Part du chiffre d'affaires qui reste après le coût des marchandises vendues et les dépenses média.",
    ),
    formula=(MARGIN_REVENUE - MARGIN_COST - SPEND) / MARGIN_REVENUE,
    better="up",
    grains=_MARKETING,
    periods=MONTHS_UP,
    undefined_when=_NO_COSTED,
    caveats=_CONTRIBUTION,
    source=_MANAGERIAL,
    example=Example({MARGIN_REVENUE: "5000", MARGIN_COST: "3000", SPEND: "1000"}, gives="0.2"),
    version=1,
    write_step=HALF_A_POINT,
)

NET_MARGIN = Kpi(
    name="net_margin",
    title=Text("Net margin", "Marge nette (rentabilité)"),
    explain=Text(
        "The part of revenue that is left after every known cost: goods, media, salaries, agencies, tools.",
        "Part du chiffre d'affaires qui reste après tous les coûts connus : marchandises, média, salaires, agences, outils.",
    ),
    formula=(MARGIN_REVENUE - MARGIN_COST) / MARGIN_REVENUE - (SPEND + OVERHEAD) / SOLD_REVENUE,
    better="up",
    grains=("total",),
    periods=("all", "year", "quarter", "month"),
    undefined_when=_NO_COSTED,
    caveats=Text(
        "Gross margin less other cost per revenue: where costs of goods are not all known, the rest is taken at the same margin. As "
        "complete as the cost file; before tax and interest.",
        "Marge brute moins les autres coûts rapportés au chiffre d'affaires : où tous les coûts de marchandises ne sont pas connus, le reste "
        "est pris à la même marge. Aussi complète que le fichier de coûts ; avant impôts et intérêts.",
    ),
    source=_MANAGERIAL,
    example=Example(
        {MARGIN_REVENUE: "5000", MARGIN_COST: "3000", SPEND: "500", OVERHEAD: "1000", SOLD_REVENUE: "5000"}, gives="0.1"
    ),
    version=1,
    write_step=HALF_A_POINT,
)

ROI_MARGIN = Kpi(
    name="roi_margin",
    title=Text("Marketing return on investment, on margin (ROI)", "Retour sur investissement marketing, sur la marge (ROI)"),
    explain=Text(
        "What one unit of media spend brought back beyond itself, counting only the margin of what was sold.",
        "Ce qu'une unité de dépense média a rapporté au-delà d'elle-même, en ne comptant que la marge de ce qui a été vendu.",
    ),
    formula=(MARGIN_REVENUE_ATTRIBUTED - MARGIN_COST_ATTRIBUTED - SPEND) / SPEND,
    better="up",
    grains=_MARKETING,
    periods=MONTHS_UP,
    undefined_when=Text("no spend in the period", "aucune dépense dans la période"),
    caveats=Text(
        f"The margin of the very sales that are credited. What no touch explains is left out. {_COSTED.en}",
        f"La marge des ventes mêmes qui sont créditées. Ce qu'aucun contact marketing n'explique est exclu. {_COSTED.fr}",
    ),
    source=_GOOGLE_ROI,
    example=Example({MARGIN_REVENUE_ATTRIBUTED: "5000", MARGIN_COST_ATTRIBUTED: "3000", SPEND: "1000"}, gives="1"),
    version=1,
    write_step=HALF_A_POINT,
)
