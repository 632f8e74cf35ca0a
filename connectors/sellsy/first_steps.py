"""What ``cadran init`` tells a person whose CRM is Sellsy."""

from connectors.sellsy.oauth import READ_SCOPES as READ_SCOPES
from connectors.sellsy.oauth import WRITE_SCOPES as WRITE_SCOPES
from kpi.text import Text

KEY = Text(
    "Sellsy: Settings > Developer portal > API v2 > Create an access, of type Personal. To read and plan, it needs the scopes",
    "Sellsy : Réglages > Portail développeur > API V2 > Créer un accès, de type Personnel. Pour lire et planifier, il lui faut "
    "les autorisations",
)
"""Where the credential is made; the scopes follow."""

SHOWN = Text(
    """
So that reps see the numbers: Sellsy's API makes no custom fields. `cadran plan` lists those that are missing, each with
what to type in Sellsy > Settings > Custom fields; make them, put them on the pages of your team, then plan again.
""",
    """
Pour que les commerciaux voient les chiffres : l'API de Sellsy ne crée pas de champs personnalisés. `cadran plan` liste
ceux qui manquent, avec ce qu'il faut saisir dans Sellsy > Réglages > Champs personnalisés ; créez-les, placez-les sur les
fiches de votre équipe, puis relancez `cadran plan`.
""",
)
"""How the numbers come before people's eyes."""
