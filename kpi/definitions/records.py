"""Values of one contact, deal or company: their cards only, :mod:`kpi.records` computes them.

The rules are ours (KPI_DEFINITIONS §3b): each cent of a campaign's month is on exactly one lead or shown as unassigned.
"""

from kpi.card import ANY_CHANGE, HALF_A_POINT, ONE_PERCENT, RecordExample, RecordKpi, Source
from kpi.text import Text
from kpi.units import Unit

_CADRAN = Source("Cadran, record-level KPIs")
_GOOGLE_ROI = Source("Google Ads Help, return on investment", "https://support.google.com/google-ads/answer/1722066")

LEAD_COST = RecordKpi(
    name="lead_cost",
    title=Text("Lead cost", "Coût du lead"),
    explain=Text(
        "This contact's share of what its first campaign cost in the month it became a lead.",
        "Part de ce contact dans ce qu'a coûté sa première campagne le mois où il est devenu lead.",
    ),
    formula=Text(
        "spend of the first-touch campaign in the month ÷ leads of that campaign in that month",
        "dépenses de la campagne du premier contact dans le mois ÷ leads de cette campagne ce mois-là",
    ),
    unit=Unit.MONEY,
    object="contacts",
    better="down",
    undefined_when=Text(
        "the contact is not a lead, no campaign or no spend of it is known, or the month is not over",
        "le contact n'est pas un lead, la campagne ou ses dépenses sont inconnues, ou le mois n'est pas terminé",
    ),
    caveats=Text(
        "In whole cents that add up to the spend; estimates are left out. Settled 30 days after the month.",
        "En centimes entiers dont la somme est la dépense ; sans les estimations. Définitif 30 jours après le mois.",
    ),
    source=_CADRAN,
    example=RecordExample(Text("spend 300, 12 leads in the month", "dépenses 300, 12 leads dans le mois"), gives="25"),
    version=1,
    write_step=ONE_PERCENT,
)

DEAL_COST = RecordKpi(
    name="deal_acquisition_cost",
    title=Text("Acquisition cost of the deal", "Coût d'acquisition de la transaction"),
    explain=Text(
        "What the contacts of this deal cost as leads, each counted in its first deal only.",
        "Ce qu'ont coûté les contacts de la transaction comme leads, chacun compté dans sa première transaction seulement.",
    ),
    formula=Text(
        "sum of the lead cost of the contacts whose first deal this is",
        "somme du coût de lead des contacts dont c'est la première transaction",
    ),
    unit=Unit.MONEY,
    object="deals",
    better="down",
    undefined_when=Text(
        "the deal has no contact, or no lead cost of its contacts is known",
        "la transaction n'a pas de contact, ou aucun coût de lead de ses contacts n'est connu",
    ),
    caveats=Text(
        "0 when every contact was counted in an earlier deal. Partial when the cost of some contacts is not known.",
        "0 quand chaque contact a été compté dans une transaction antérieure. Partiel quand le coût de certains est inconnu.",
    ),
    source=_CADRAN,
    example=RecordExample(Text("two contacts at 25 and 40", "deux contacts à 25 et 40"), gives="65"),
    version=1,
    write_step=ONE_PERCENT,
)

DEAL_ROI = RecordKpi(
    name="deal_roi",
    title=Text("ROI of the deal", "ROI de la transaction"),
    explain=Text(
        "What this deal earned beyond its acquisition cost, for one unit of that cost; a lost deal is −1.",
        "Ce que la transaction a rapporté au-delà de son coût d'acquisition, par unité de ce coût ; perdue, elle vaut −1.",
    ),
    formula=Text(
        "(won amount − acquisition cost) ÷ acquisition cost", "(montant gagné − coût d'acquisition) ÷ coût d'acquisition"
    ),
    unit=Unit.RATIO,
    object="deals",
    better="up",
    undefined_when=Text(
        "the deal is not closed, or its amount or cost is unknown or its cost zero",
        "la transaction n'est pas clôturée, son montant ou son coût est inconnu, ou son coût est nul",
    ),
    caveats=Text("On revenue, not on margin.", "Sur le chiffre d'affaires, non sur la marge."),
    source=_GOOGLE_ROI,
    example=RecordExample(Text("won 5000, cost 1000", "gagné 5000, coût 1000"), gives="4"),
    version=1,
    write_step=HALF_A_POINT,
)

COMPANY_COST = RecordKpi(
    name="company_acquisition_cost",
    title=Text("Acquisition cost of the company", "Coût d'acquisition de l'entreprise"),
    explain=Text(
        "What the deals of this company cost to bring in.", "Ce qu'ont coûté à obtenir les transactions de cette entreprise."
    ),
    formula=Text(
        "sum of the acquisition cost of the deals whose primary company this is",
        "somme du coût d'acquisition des transactions dont c'est l'entreprise principale",
    ),
    unit=Unit.MONEY,
    object="companies",
    better="down",
    undefined_when=Text(
        "the company has no deal, or no acquisition cost of its deals is known",
        "l'entreprise n'a pas de transaction, ou aucun coût d'acquisition n'est connu",
    ),
    caveats=Text(
        "Leads that never had a deal are in no company's cost.",
        "Les leads sans transaction ne sont dans le coût d'aucune entreprise.",
    ),
    source=_CADRAN,
    example=RecordExample(Text("two deals at 65 and 0", "deux transactions à 65 et 0"), gives="65"),
    version=1,
    write_step=ONE_PERCENT,
)

COMPANY_ROI = RecordKpi(
    name="company_roi",
    title=Text("ROI of the company", "ROI de l'entreprise"),
    explain=Text(
        "What this company's won deals earned beyond their acquisition cost, for one unit of that cost.",
        "Ce que les transactions gagnées ont rapporté au-delà de leur coût d'acquisition, par unité de ce coût.",
    ),
    formula=Text(
        "(won amounts − acquisition cost) ÷ acquisition cost", "(montants gagnés − coût d'acquisition) ÷ coût d'acquisition"
    ),
    unit=Unit.RATIO,
    object="companies",
    better="up",
    undefined_when=Text(
        "no deal is closed, or amounts or cost are unknown or the cost zero",
        "aucune transaction clôturée, montants ou coût inconnus, ou coût nul",
    ),
    caveats=Text(
        "On revenue, not on margin. The cost of deals that are still open is in it.",
        "Sur le chiffre d'affaires, non sur la marge. Le coût des transactions encore ouvertes y est.",
    ),
    source=_GOOGLE_ROI,
    example=RecordExample(Text("won 3000, cost 1000", "gagné 3000, coût 1000"), gives="2"),
    version=1,
    write_step=HALF_A_POINT,
)

CYCLE_BAND = RecordKpi(
    name="cycle_band",
    title=Text("Pace of the deal", "Rythme de la transaction"),
    explain=Text(
        "Whether this deal is faster or slower than is usual in its pipeline; the word holds for a month.",
        "Si la transaction est plus rapide ou plus lente que d'habitude dans son pipeline ; le mot tient un mois.",
    ),
    formula=Text(
        "days since creation (won: its cycle) against the quartiles of the pipeline's won deals at the start of the month",
        "jours depuis la création (gagnée : son cycle) face aux quartiles des transactions gagnées du pipeline au début du mois",
    ),
    unit=None,
    object="deals",
    better="none",
    undefined_when=Text(
        "fewer than 20 won deals in the pipeline, or the deal is lost or has no date",
        "moins de 20 transactions gagnées dans le pipeline, ou transaction perdue ou sans date",
    ),
    caveats=Text(
        "`faster` is below the first quartile, `slower` above the third.",
        "`faster` (plus rapide) est sous le premier quartile, `slower` (plus lent) au-dessus du troisième.",
    ),
    source=_CADRAN,
    example=RecordExample(Text("20 days; quartiles 30 and 80 days", "20 jours ; quartiles 30 et 80 jours"), gives="faster"),
    version=1,
    write_step=ANY_CHANGE,
)

RECORD_KPIS = (LEAD_COST, DEAL_COST, DEAL_ROI, COMPANY_COST, COMPANY_ROI, CYCLE_BAND)
