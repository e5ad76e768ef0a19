"""Trouble that a person can mend: shown as one sentence on stderr, never as a traceback."""


class CliError(Exception):
    """A command cannot go on. The message says what failed, why, and how to mend it, in one sentence."""


class SetupError(CliError):
    """Something is missing or wrong before anything was started; nothing was changed."""


class StartError(CliError):
    """A child stopped, or was not ready in time, while the system was starting."""
