"""Tells players and browsers what to show, as presigned URLs."""
