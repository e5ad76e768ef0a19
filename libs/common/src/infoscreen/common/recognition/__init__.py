"""Recognises the type of files outside of the service's own process."""
