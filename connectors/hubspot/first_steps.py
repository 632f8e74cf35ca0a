"""What ``cadran init`` tells a person whose CRM is HubSpot."""

from connectors.hubspot.source import WRITE_SCOPES as WRITE_SCOPES
from connectors.hubspot.streams import STREAMS
from kpi.text import Text

READ_SCOPES = tuple(sorted({scope for stream in STREAMS if not stream.is_optional for scope in stream.scopes}))

KEY = Text(
    "HubSpot: Development > Keys > Service keys. To read and plan, the key needs",
    "HubSpot : Développement > Clés > Clés de service. Pour lire et planifier, la clé doit avoir",
)
"""Where the credential is made; the scopes follow."""

SHOWN = Text(
    """
So that reps see the numbers: in HubSpot open any deal, Actions > Customize record page (or Settings > Objects >
Deals > Record customization), edit the card "About this deal", add the properties of the group "Cadran", first of all
"Cadran summary", and save. The same for contacts and companies. Without this they are under "View all properties".
""",
    """
Pour que les commerciaux voient les chiffres : dans HubSpot, ouvrez une transaction, Actions > Personnaliser la fiche
(ou Paramètres > Objets > Transactions > Personnalisation des fiches), modifiez la carte « À propos », ajoutez les propriétés
du groupe « Cadran », d'abord « Résumé Cadran », et enregistrez. De même pour les contacts et les entreprises. Sans
cela, elles se trouvent sous « Afficher toutes les propriétés ».
""",
)
"""How the numbers come before people's eyes."""
