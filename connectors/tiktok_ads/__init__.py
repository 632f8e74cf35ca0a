"""TikTok ads by the API for Business."""
