"""One engine and one set of images a session."""

from collections.abc import Iterator

import pytest

from containers.engine import Engine, engine
from containers.images import STAND_INS, Images, runs


@pytest.fixture(scope="session")
def docker() -> Iterator[Engine]:
    """The engine that answers, or one that ends with the session."""
    with engine() as found:
        yield found


@pytest.fixture(scope="session")
def images(docker: Engine) -> Images:
    """The base and the stand-ins, made where they are missing."""
    made = Images(docker)
    made.base()
    made.stand_ins()
    return made


@pytest.fixture(scope="session")
def servers(images: Images) -> dict[str, dict]:
    """Changes that have every service run whose official image is not to be had here."""
    changes = {service: runs(stage) for stage, service in STAND_INS.items()}
    # A mount that follows what is mounted later needs a root that is shared, which not every machine's is.
    changes["node-exporter"]["volumes"] = ["/:/host:ro"]
    return changes
