"""Logs never hold the values of local variables: these are tokens, rows and bodies."""

import os
import subprocess
import sys

import pytest

FAILING = """
import logging, structlog
from infoscreen.common.observability import configure_logging
from infoscreen.common.settings import LogSettings

configure_logging("demo", LogSettings())

def fail():
    token = "very-" + "secret"
    raise ValueError("it broke")

for log in (structlog.get_logger("ours"), logging.getLogger("uvicorn.error")):
    try:
        fail()
    except ValueError:
        log.exception("failed")
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_traceback_is_logged_without_the_values_of_variables(form):
    env = {**os.environ, "LOG_FORMAT": form}
    logged = subprocess.run([sys.executable, "-c", FAILING], env=env, check=True, capture_output=True, text=True).stdout
    assert logged.count("ValueError: it broke") == 2
    assert "very-secret" not in logged
