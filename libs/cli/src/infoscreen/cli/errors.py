"""Errors that an operator can correct: each is shown as one sentence on stderr, never as a traceback."""


class CliError(Exception):
    """A command cannot continue. The message says in one sentence what failed, why, and how to correct it."""


class SetupError(CliError):
    """A requirement is not met. Raised before anything was started or changed."""


class StartError(CliError):
    """A child stopped, or was not ready in time, while the system was starting."""
