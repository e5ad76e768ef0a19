"""Accepts uploads: stores originals and publishes ``media.uploaded``."""
