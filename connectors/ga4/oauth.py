"""How a person logs in so that GA4 can be read."""

from connectors.ga4.streams import SCOPES
from connectors.google_auth import google_login

OAUTH = google_login(*SCOPES)
