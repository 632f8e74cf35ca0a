"""How a person logs in so that Google Ads can be read."""

from connectors.google_ads.streams import SCOPES
from connectors.google_auth import google_login

OAUTH = google_login(*SCOPES)
