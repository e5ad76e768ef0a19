"""The import contracts of pyproject.toml fail when an import violates them: planted in the graph, not in a file."""

from copy import deepcopy
from pathlib import Path

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract

KINDS = {"forbidden": ForbiddenContract, "independence": IndependenceContract, "layers": LayersContract}
ROOT = Path(__file__).parents[2]
LAYERS = "The parts of the catalog are layered"
PURE = "The rules of the catalog know no database, broker, store or web framework"
PLANTED = [
    ("Services know each other only by events", "infoscreen.ingest.upload", "infoscreen.catalog.models"),
    ("Shared code imports no service", "infoscreen.common.errors", "infoscreen.player_gateway.cache"),
    ("The command line runs services as processes and never imports one", "infoscreen.cli.up", "infoscreen.ingest.api"),
    ("The player imports nothing else of the project", "infoscreen.player.fetch", "infoscreen.common.backoff"),
    ("Only services with a database load its driver", "infoscreen.common.health", "infoscreen.common.postgres"),
    ("Event contracts are pure data", "infoscreen.common.events.contracts", "infoscreen.common.messaging.topology"),
    ("Use cases know no library of a server", "infoscreen.ingest.errors", "fastapi"),
    (LAYERS, "infoscreen.catalog.projection.store", "infoscreen.catalog.maintenance.rebuild"),
    (LAYERS, "infoscreen.catalog.media.queries", "infoscreen.catalog.screens.players"),
    (LAYERS, "infoscreen.catalog.database", "infoscreen.catalog.api.app"),
    (PURE, "infoscreen.catalog.projection.rules", "sqlalchemy"),
    (PURE, "infoscreen.catalog.projection.rules", "infoscreen.catalog.models"),
    (PURE, "infoscreen.catalog.media.conversion_requests", "nats"),
]
"""For each contract, imports that violate it: (contract, importer, imported)."""


@pytest.fixture(scope="module")
def configuration():
    return read_configuration(str(ROOT / "pyproject.toml"))


@pytest.fixture(scope="module")
def imports(configuration):
    """Every import of the project, and those of packages outside it."""
    return grimp.build_graph(
        *configuration["session_options"]["root_packages"], include_external_packages=True, cache_dir=None
    )


@pytest.fixture
def is_kept(configuration):
    """Whether a contract of pyproject.toml, by its name, is kept by a graph of imports."""

    def check(name, graph):
        [options] = [each for each in configuration["contracts_options"] if each["name"] == name]
        contract = KINDS[options["type"]](name, configuration["session_options"], options)
        return contract.check(graph=deepcopy(graph), verbose=False).kept

    return check


def test_every_contract_has_a_planted_violation(configuration):
    assert {each["name"] for each in configuration["contracts_options"]} == {contract for contract, _, _ in PLANTED}


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
def test_contract_is_broken_by_a_planted_import(imports, is_kept, contract, importer, imported):
    planted = deepcopy(imports)
    assert is_kept(contract, planted)
    assert importer in planted.modules
    assert imported in planted.modules
    planted.add_import(importer=importer, imported=imported)
    assert not is_kept(contract, planted)


def test_layers_are_broken_by_a_part_that_no_layer_names(imports, is_kept):
    planted = deepcopy(imports)
    planted.add_module("infoscreen.catalog.planted")
    assert not is_kept(LAYERS, planted)
