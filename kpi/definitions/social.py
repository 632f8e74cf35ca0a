"""Social networks: who follows, and what they make of what they see."""

from kpi.card import ANY_CHANGE, HALF_A_POINT, Example, Kpi, Source
from kpi.measures.base import By
from kpi.measures.social import (
    FOLLOWERS,
    FOLLOWERS_AFTER,
    FOLLOWERS_BEFORE,
    INTERACTIONS,
    INTERACTIONS_BASE,
    SHARES,
)
from kpi.periods import MONTHS_UP
from kpi.text import Text

_SIX_FORMULAS = Source(
    "IT Benchmarking Journal, six ways to find out your social media engagement rate",
    "https://it-benchmarking-journal.com/2019/05/how-good-is-your-social-media-engagement-rate-6-ways-to-find-out/",
)
_NETWORKS = Source("the networks' own statistics of a page or account")

_BY: tuple[By, ...] = ("total", "network")
_NO_SOCIAL = Text("no social source is connected", "aucune source de réseau social n'est connectée")

FOLLOWER_COUNT = Kpi(
    name="followers",
    title=Text("Followers", "Abonnés"),
    explain=Text(
        "How many followed the company's accounts at the end of the period.",
        "Nombre d'abonnés aux comptes de l'entreprise à la fin de la période.",
    ),
    formula=FOLLOWERS,
    better="up",
    grains=_BY,
    undefined_when=_NO_SOCIAL,
    caveats=Text(
        "As last known by then. Who follows on two networks counts on both.",
        "Selon le dernier relevé connu alors. Qui suit sur deux réseaux compte sur les deux.",
    ),
    source=_NETWORKS,
    example=Example({FOLLOWERS: "12400"}, gives="12400"),
    version=1,
    write_step=ANY_CHANGE,
)

FOLLOWER_GROWTH = Kpi(
    name="follower_growth",
    title=Text("Follower growth", "Croissance des abonnés"),
    explain=Text(
        "By how much the followers of the beginning of the period had grown at its end.",
        "De combien les abonnés du début de la période avaient augmenté à sa fin.",
    ),
    formula=(FOLLOWERS_AFTER - FOLLOWERS_BEFORE) / FOLLOWERS_BEFORE,
    better="up",
    grains=_BY,
    periods=MONTHS_UP,
    undefined_when=Text("no follower is known from before the period", "aucun abonné connu avant la période"),
    caveats=Text(
        "Accounts that are known at both ends. A network that removes false accounts makes it negative.",
        "Comptes connus au début et à la fin. Un réseau qui supprime de faux comptes le rend négatif.",
    ),
    source=_NETWORKS,
    example=Example({FOLLOWERS_AFTER: "12400", FOLLOWERS_BEFORE: "12000"}, gives="0.0333333333"),
    version=1,
    write_step=HALF_A_POINT,
    interval="none",
)

SOCIAL_ENGAGEMENT = Kpi(
    name="social_engagement",
    title=Text("Social engagement rate", "Taux d'engagement sur les réseaux sociaux"),
    explain=Text(
        "Reactions, comments, shares and clicks for each person reached; the setting kpis.social_base takes impressions or "
        "followers instead.",
        "Réactions, commentaires, partages et clics par personne touchée ; le réglage kpis.social_base prend à la place les "
        "impressions ou les abonnés.",
    ),
    formula=INTERACTIONS / INTERACTIONS_BASE,
    better="up",
    grains=_BY,
    undefined_when=Text("nobody was reached in the period", "personne n'a été touché dans la période"),
    caveats=Text(
        "Total over total, not the mean of posts. Rates on different bases cannot be compared. The reach of days is added: who was "
        "reached on two days counts twice.",
        "Total sur total, et non la moyenne des publications. Des taux sur des bases différentes ne se comparent pas. La portée des "
        "jours s'additionne : qui est touché deux jours compte deux fois.",
    ),
    source=_SIX_FORMULAS,
    example=Example({INTERACTIONS: "340", INTERACTIONS_BASE: "8500"}, gives="0.04"),
    version=1,
    write_step=HALF_A_POINT,
    interval="none",
    flags_above_one=True,
)

SOCIAL_SHARES = Kpi(
    name="social_shares",
    title=Text("Shares", "Partages"),
    explain=Text("How often the company's posts were shared.", "Nombre de partages des publications de l'entreprise."),
    formula=SHARES,
    better="up",
    grains=_BY,
    undefined_when=_NO_SOCIAL,
    caveats=Text("Of the networks that tell them.", "Des réseaux qui les indiquent."),
    source=_NETWORKS,
    example=Example({SHARES: "57"}, gives="57"),
    version=1,
    write_step=ANY_CHANGE,
)
