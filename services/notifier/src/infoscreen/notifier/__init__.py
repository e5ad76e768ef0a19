"""Tells people by e-mail and webhooks what needs them: decks that failed, dark screens, dead letters."""
