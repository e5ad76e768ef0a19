"""Bounded readers of formats that untrusted files come in: a few parts of each, in linear time and little memory."""
