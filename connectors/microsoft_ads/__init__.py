"""Microsoft Advertising (formerly Bing Ads) by its REST services."""
