"""Alerts, fired: real services and exporters are broken, their metrics scraped, and the committed rules evaluated."""
