"""What was billed, and what is not paid."""

from kpi.card import ANY_CHANGE, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.orders import INVOICED, INVOICES, OVERDUE, UNPAID
from kpi.text import Text

_INVOICE_OBJECT = Source(
    "HubSpot developers, invoices", "https://developers.hubspot.com/docs/api-reference/latest/crm/objects/invoices/guide"
)

_ISSUED = Text(
    "Drafts and void invoices are left out. Amounts as billed, by the CRM with or without tax (Sellsy: without).",
    "Brouillons et factures annulées sont exclus. Montants facturés, avec ou sans taxe selon le CRM (Sellsy : sans).",
)

INVOICE_COUNT = Kpi(
    name="invoices",
    title=Text("Invoices", "Factures"),
    explain=Text("How many invoices bear a day of the period.", "Nombre de factures datées de la période."),
    formula=INVOICES,
    better="none",
    grains=("total", "company"),
    undefined_when=Text("no source of invoices is read", "aucune source de factures n'est lue"),
    caveats=_ISSUED,
    source=_INVOICE_OBJECT,
    example=Example({INVOICES: "12"}, gives="12"),
    version=1,
    write_step=ANY_CHANGE,
)

INVOICED_REVENUE = Kpi(
    name="invoiced_revenue",
    title=Text("Invoiced revenue", "Chiffre d'affaires facturé"),
    explain=Text(
        "Amounts of the invoices of the period, less those of its credit notes where the CRM has them.",
        "Montants des factures de la période, moins ceux de ses avoirs là où le CRM en a.",
    ),
    formula=INVOICED,
    better="up",
    grains=("total", "company"),
    undefined_when=Text("no source of invoices is read", "aucune source de factures n'est lue"),
    caveats=_ISSUED,
    source=_INVOICE_OBJECT,
    example=Example({INVOICED: "12000"}, gives="12000"),
    version=1,
    write_step=ONE_PERCENT,
)

UNPAID_INVOICES = Kpi(
    name="unpaid_invoices",
    title=Text("Unpaid invoices", "Factures impayées"),
    explain=Text("Amounts of issued invoices that are not paid now.", "Montants des factures émises non payées à ce jour."),
    formula=UNPAID,
    better="down",
    grains=("total", "company"),
    periods=("all",),
    undefined_when=Text("no source of invoices is read", "aucune source de factures n'est lue"),
    caveats=Text(
        "The whole invoice until it is paid: the CRM does not tell parts that were paid.",
        "La facture entière tant qu'elle n'est pas payée : le CRM ne dit pas ce qui l'est en partie.",
    ),
    source=_INVOICE_OBJECT,
    example=Example({UNPAID: "4000"}, gives="4000"),
    version=1,
    write_step=ONE_PERCENT,
)

OVERDUE_INVOICES = Kpi(
    name="overdue_invoices",
    title=Text("Overdue invoices", "Factures échues impayées"),
    explain=Text(
        "Amounts of unpaid invoices whose due day has passed.", "Montants des factures impayées dont l'échéance est passée."
    ),
    formula=OVERDUE,
    better="down",
    grains=("total", "company"),
    periods=("all",),
    undefined_when=Text("no source of invoices is read", "aucune source de factures n'est lue"),
    caveats=Text("An invoice without a due day is never overdue.", "Une facture sans échéance n'est jamais échue."),
    source=_INVOICE_OBJECT,
    example=Example({OVERDUE: "1500"}, gives="1500"),
    version=1,
    write_step=ONE_PERCENT,
)
