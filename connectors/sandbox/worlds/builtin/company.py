"""Atelier Lumen itself: a French maker of lighting for offices and shops. What does not depend on chance."""

from dataclasses import dataclass
from datetime import date

from connectors.sandbox.world import Record
from connectors.sandbox.worlds.builtin.marketing import GOOGLE_ADS_CUSTOMER
from connectors.sandbox.worlds.builtin.timeline import day_index

GA4_PROPERTY = "345678901"
SEMRUSH_DOMAIN = "atelier-lumen.example"
SEMRUSH_DATABASE = "fr"

ACCOUNT: Record = {
    "portalId": 26091500,
    "accountType": "STANDARD",
    "timeZone": "Europe/Paris",
    "companyCurrency": "EUR",
    "additionalCurrencies": ["USD"],
    "utcOffset": "+02:00",
    "utcOffsetMilliseconds": 7_200_000,
    "uiDomain": "app.hubspot.com",
    "dataHostingLocation": "eu1",
}

SETTINGS_YAML = f"""\
# Settings for the built-in world. The demo adds where each vendor answers, and the keys.
locale: en
timezone: Europe/Paris
currency: EUR
crm: hubspot
sources:
  hubspot: {{}}
  ga4:
    property_id: "{GA4_PROPERTY}"
  google_ads:
    customer_ids: ["{GOOGLE_ADS_CUSTOMER}"]
  semrush:
    domain: {SEMRUSH_DOMAIN}
    database: {SEMRUSH_DATABASE}
  spend_file:
    path: costs.csv
"""


# --- People who sell -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seller:
    id: str
    first_name: str
    last_name: str
    team: tuple[str, str]
    """Id and name."""
    weight: int
    last_day: int | None = None
    """When the account was archived; None: still here."""


_PROJECTS, _SHOPS = ("11", "Grands projets"), ("12", "Commerces et PME")

SELLERS: tuple[Seller, ...] = (
    Seller("201", "Camille", "Aubert", _PROJECTS, 14),
    Seller("202", "Hugo", "Lefèvre", _PROJECTS, 12),
    Seller("203", "Inès", "Moreau", _PROJECTS, 13),
    Seller("204", "Thomas", "Girard", _SHOPS, 15),
    Seller("205", "Léa", "Fontaine", _SHOPS, 14),
    Seller("206", "Karim", "Benali", _SHOPS, 12),
    Seller("207", "Paul", "Marchand", _SHOPS, 16, last_day=day_index(date(2025, 8, 29))),
    Seller("208", "Sophie", "Renard", _SHOPS, 9),
)
ARCHIVED_SELLER = SELLERS[6]
SUCCESSOR = SELLERS[7]
"""Takes over what the archived one would have been given."""


def owner_record(seller: Seller) -> Record:
    """An owner as HubSpot answers it; an archived one has no ``userId`` any more."""
    number = int(seller.id)
    is_archived = seller.last_day is not None
    return {
        "id": seller.id,
        "email": f"owner{seller.id}@atelier-lumen.example",
        "type": "PERSON",
        "firstName": seller.first_name,
        "lastName": seller.last_name,
        "userId": None if is_archived else 9_000 + number,
        "userIdIncludingInactive": 9_000 + number,
        "teams": [{"id": seller.team[0], "name": seller.team[1], "primary": True}],
        "archived": is_archived,
        "createdAt": "2024-01-08T08:00:00.000Z",
        "updatedAt": "2025-08-29T16:00:00.000Z" if is_archived else "2024-01-08T08:00:00.000Z",
    }


# --- What is sold --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Product:
    id: str
    name: str
    sku: str
    category: str
    price_cents: int
    cost_cents: int
    quantities: tuple[int, int]
    """Fewest and most of it in one line."""
    is_renewable: bool = False

    @property
    def hubspot_type(self) -> str:
        """HubSpot's own, coarser division: what lies in a warehouse, what does not, and work."""
        if self.category == "services":
            return "service"
        return "non_inventory" if self.is_renewable else "inventory"


PRODUCTS: tuple[Product, ...] = (
    Product("401", "Suspension Aura", "LUM-AUR", "luminaires", 18_900, 8_300, (6, 40)),
    Product("402", "Rail Linéo", "LUM-LIN", "luminaires", 12_900, 5_600, (8, 50)),
    Product("403", "Dalle LED Clara", "LUM-CLA", "luminaires", 7_900, 3_100, (12, 80)),
    Product("404", "Applique Nord", "LUM-NOR", "luminaires", 9_500, 4_000, (6, 30)),
    Product("405", "Projecteur Vitrine", "LUM-VIT", "luminaires", 14_900, 6_700, (6, 40)),
    Product("406", "Passerelle Lumen One", "PIL-ONE", "controls", 39_000, 17_000, (1, 4)),
    Product("407", "Capteur de présence", "PIL-CAP", "controls", 4_500, 1_700, (10, 60)),
    Product("408", "Application Lumen, licence annuelle", "PIL-APP", "controls", 24_000, 2_400, (2, 12), is_renewable=True),
    Product("409", "Étude d'éclairage", "SER-ETU", "services", 120_000, 62_000, (1, 2)),
    Product("410", "Pose et mise en service", "SER-POS", "services", 85_000, 51_000, (1, 4)),
    Product("411", "Contrat de maintenance annuel", "SER-MAI", "services", 68_000, 30_000, (1, 4), is_renewable=True),
    Product("412", "Formation", "SER-FOR", "services", 49_000, 20_000, (1, 2)),
)

PRODUCT_CATEGORY: Record = {
    "name": "product_category",
    "label": "Product category",
    "type": "enumeration",
    "fieldType": "select",
    "groupName": "productinformation",
    "options": [
        {"value": value, "label": label, "displayOrder": order, "hidden": False}
        for order, (value, label) in enumerate((("luminaires", "Luminaires"), ("controls", "Pilotage"), ("services", "Services")))
    ],
}
"""The company's own property on products."""


# --- How it is sold ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    id: str
    label: str
    probability: str

    @property
    def entered_property(self) -> str:
        """Where HubSpot keeps the first entry; a UUID's dashes become underscores."""
        return f"hs_v2_date_entered_{self.id.replace('-', '_')}"


@dataclass(frozen=True)
class Pipeline:
    id: str
    label: str
    open: tuple[Stage, ...]
    won: Stage
    lost: Stage

    def record(self) -> Record:
        stages = [
            {
                "id": stage.id,
                "label": stage.label,
                "displayOrder": order,
                "metadata": {"isClosed": "true" if stage in (self.won, self.lost) else "false", "probability": stage.probability},
                "archived": False,
            }
            for order, stage in enumerate((*self.open, self.won, self.lost))
        ]
        return {"id": self.id, "label": self.label, "displayOrder": 0, "archived": False, "stages": stages}


NEW_BUSINESS = Pipeline(
    "default",
    "Nouvelles affaires",
    open=(
        Stage("appointmentscheduled", "Premier contact", "0.1"),
        Stage("qualifiedtobuy", "Besoin qualifié", "0.3"),
        Stage("3f0c9a52-6b1e-4d57-9a84-0c2f7be1d6a4", "Étude remise", "0.5"),
        Stage("contractsent", "Devis envoyé", "0.8"),
    ),
    won=Stage("closedwon", "Gagné", "1.0"),
    lost=Stage("closedlost", "Perdu", "0.0"),
)
"""HubSpot's first pipeline with its stages renamed and one added: an added stage's id is a UUID."""

RENEWALS = Pipeline(
    "75120446",
    "Renouvellements",
    open=(Stage("152340011", "À renouveler", "0.6"), Stage("152340012", "Proposition envoyée", "0.8")),
    won=Stage("152340013", "Renouvelé", "1.0"),
    lost=Stage("152340014", "Non renouvelé", "0.0"),
)
