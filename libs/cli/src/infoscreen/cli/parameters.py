"""Command-line parameters that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_DATA_DIR = Path(".infoscreen")

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="INFOSCREEN_DATA_DIR", help="Where all data, logs and secrets are kept.")
]
"""For commands on a system of this machine."""

SystemOption = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="INFOSCREEN_DATA_DIR",
        help="The system's data directory; NATS_URL takes precedence.",
    ),
]
"""For commands on a system of this machine, or on the one that the environment names."""
