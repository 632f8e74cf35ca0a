"""Who buys again, and what a buyer is worth."""

from kpi.card import HALF_A_POINT, ONE_PERCENT, Example, Kpi, Source
from kpi.measures.orders import (
    BUYER_VALUE,
    BUYERS,
    BUYERS_OF_YEAR,
    COHORT_BUYERS,
    COHORT_VALUE,
    PREDICTED_BUYERS,
    PREDICTED_VALUE,
    REPEAT_BUYERS,
    REPEAT_BUYERS_OF_YEAR,
    TESTED_BOUGHT,
    TESTED_EXPECTED,
)
from kpi.text import Text

_ORDER_METRICS = Source("Datma, order metrics explained", "https://help.datma.io/en/articles/8857874-order-metrics-explained")
_TOTAL_REVENUE = Source(
    "HubSpot Knowledge Base, calculated revenue properties",
    "https://knowledge.hubspot.com/articles/kcs_article/reports/how-are-the-calculated-properties-used-for-revenue-reporting-calculated",
)

_BY_CHANNEL = Text(
    "By channel: the one that earned most of the customer's first won deal, else of its first order.",
    "Par canal : celui qui a gagné la plus grande part de la première transaction gagnée du client, sinon de sa première commande.",
)
_REPEAT = Text(
    f"Orders of one day are one purchase unless kpis.same_day_orders says each. By product or category: customers who bought of it again. "
    f"Not additive: a customer of two products is one customer. {_BY_CHANNEL.en}",
    f"Les commandes d'un même jour sont un seul achat sauf si kpis.same_day_orders dit each. Par produit ou catégorie : les clients qui en "
    f"ont racheté. Non additif : un client de deux produits est un seul client. {_BY_CHANNEL.fr}",
)

REPEAT_RATE = Kpi(
    name="repeat_rate",
    title=Text("Repeat purchase rate", "Taux de réachat"),
    explain=Text(
        "Of all customers with an order, the share that bought on two days or more.",
        "Part des clients avec une commande qui ont acheté deux jours ou plus.",
    ),
    formula=REPEAT_BUYERS / BUYERS,
    better="up",
    grains=("total", "channel", "category", "product"),
    periods=("all",),
    undefined_when=Text("no customer with an order", "aucun client avec une commande"),
    caveats=_REPEAT,
    source=_ORDER_METRICS,
    example=Example({REPEAT_BUYERS: "60", BUYERS: "200"}, gives="0.3"),
    version=1,
    write_step=HALF_A_POINT,
)

REPEAT_RATE_YEAR = Kpi(
    name="repeat_rate_12m",
    title=Text("Repeat purchase rate, 12 months", "Taux de réachat, 12 mois"),
    explain=Text(
        "Of the customers with an order in the last 365 days, the share that bought on two of them or more.",
        "Part des clients avec une commande dans les 365 derniers jours qui ont acheté deux de ces jours ou plus.",
    ),
    formula=REPEAT_BUYERS_OF_YEAR / BUYERS_OF_YEAR,
    better="up",
    grains=("total", "channel", "category", "product"),
    periods=("all",),
    undefined_when=Text("no customer with an order in 365 days", "aucun client avec une commande en 365 jours"),
    caveats=_REPEAT,
    source=_ORDER_METRICS,
    example=Example({REPEAT_BUYERS_OF_YEAR: "30", BUYERS_OF_YEAR: "120"}, gives="0.25"),
    version=1,
    write_step=HALF_A_POINT,
    interval="share",
)

CUSTOMER_VALUE = Kpi(
    name="customer_value",
    title=Text("Revenue per customer so far", "Chiffre d'affaires par client à ce jour"),
    explain=Text(
        "What a customer's orders have brought so far, net of refunds, on average.",
        "Ce que les commandes d'un client ont rapporté à ce jour, nettes des remboursements, en moyenne.",
    ),
    formula=BUYER_VALUE / BUYERS,
    better="up",
    grains=("total", "channel", "category", "product", "company"),
    periods=("all",),
    undefined_when=Text("no customer with an order", "aucun client avec une commande"),
    caveats=Text(
        "Old and new customers together: it grows with age. ltv_historic compares customers of equal age. Revenue, not margin. "
        f"{_BY_CHANNEL.en}",
        "Anciens et nouveaux clients ensemble : il grandit avec l'âge. ltv_historic compare à âge égal. Chiffre d'affaires, non marge. "
        f"{_BY_CHANNEL.fr}",
    ),
    source=_TOTAL_REVENUE,
    example=Example({BUYER_VALUE: "24000", BUYERS: "200"}, gives="120"),
    version=1,
    write_step=ONE_PERCENT,
)

LTV_HISTORIC = Kpi(
    name="ltv_historic",
    title=Text("Lifetime value so far, by age (LTV)", "Valeur vie client constatée, par âge (LTV)"),
    explain=Text(
        "What customers brought on average up to an age in whole months since the month of their first order, net of refunds.",
        "Ce que les clients ont rapporté en moyenne jusqu'à un âge en mois entiers depuis celui de leur première commande, net des "
        "remboursements.",
    ),
    formula=COHORT_VALUE / COHORT_BUYERS,
    better="up",
    grains=("cohort",),
    periods=("all", "month"),
    undefined_when=Text("no customer of that age", "aucun client de cet âge"),
    caveats=Text(
        "Only months that are over. The period is the month of the first order; over all of them, a later age rests on fewer cohorts. "
        "Revenue, not margin.",
        "Seulement des mois révolus. La période est le mois de la première commande ; tous mois confondus, un âge plus avancé repose "
        "sur moins de cohortes. Chiffre d'affaires, non marge.",
    ),
    source=_TOTAL_REVENUE,
    example=Example({COHORT_VALUE: "6000", COHORT_BUYERS: "40"}, gives="150"),
    version=1,
    write_step=ONE_PERCENT,
)

_LIFETIMES = Source(
    "Fader, Hardie, Lee, Counting your customers the easy way (BG/NBD); The Gamma-Gamma model of monetary value",
    "http://www.brucehardie.com/notes/025/",
)

LTV_PREDICTED = Kpi(
    name="ltv_predicted",
    title=Text("Lifetime value, predicted (LTV)", "Valeur vie client, prédite (LTV)"),
    explain=Text(
        "What a customer is expected to bring in the months to come, discounted, on average.",
        "Ce qu'un client devrait rapporter dans les mois à venir, actualisé, en moyenne.",
    ),
    formula=PREDICTED_VALUE / PREDICTED_BUYERS,
    better="up",
    grains=("total", "channel", "company"),
    periods=("all",),
    undefined_when=Text("no customer with an order", "aucun client avec une commande"),
    caveats=Text(
        "An estimate, for buying without a contract: BG/NBD purchases times Gamma-Gamma value over kpis.ltv_months, at kpis.ltv_discount. "
        f"What was brought so far is not in it. ltv_predicted_fit says how well it would have told the past. Revenue, not margin. {_BY_CHANNEL.en}",
        "Une estimation, pour des achats sans contrat : achats BG/NBD par valeur Gamma-Gamma sur kpis.ltv_months, au taux "
        "kpis.ltv_discount. Ce qui a déjà été rapporté n'y est pas. ltv_predicted_fit dit comment il aurait prédit le passé. Chiffre "
        f"d'affaires, non marge. {_BY_CHANNEL.fr}",
    ),
    source=_LIFETIMES,
    example=Example({PREDICTED_VALUE: "9000", PREDICTED_BUYERS: "200"}, gives="45"),
    version=1,
    write_step=ONE_PERCENT,
)

LTV_PREDICTED_FIT = Kpi(
    name="ltv_predicted_fit",
    title=Text("Predicted purchases against real ones", "Achats prédits rapportés aux achats réels"),
    explain=Text(
        "Purchases of the last third of the history that a model of the first two thirds expects, for each that came: 1 is perfect.",
        "Achats du dernier tiers de l'historique qu'attend un modèle des deux premiers, pour chacun qui a eu lieu : 1 est parfait.",
    ),
    formula=TESTED_EXPECTED / TESTED_BOUGHT,
    better="none",
    grains=("total",),
    periods=("all",),
    undefined_when=Text(
        "nobody bought in the last third of the history", "personne n'a acheté dans le dernier tiers de l'historique"
    ),
    caveats=Text(
        "Of customers who had bought by then. Far from 1, do not use ltv_predicted: seasons, promotions or a changed offer are not in it.",
        "Des clients qui avaient déjà acheté. Loin de 1, n'utilisez pas ltv_predicted : saisons, promotions ou offre nouvelle n'y sont pas.",
    ),
    source=_LIFETIMES,
    example=Example({TESTED_EXPECTED: "1800", TESTED_BOUGHT: "2000"}, gives="0.9"),
    version=1,
    write_step=HALF_A_POINT,
    interval="none",
)
