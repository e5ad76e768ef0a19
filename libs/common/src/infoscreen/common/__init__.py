"""What every service shares: event contracts, messaging, object store, auth, telemetry and health.

It knows no service; import-linter keeps it so.
"""
