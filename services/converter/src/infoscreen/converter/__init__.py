"""Turns stored documents into PDFs and says so in events."""
