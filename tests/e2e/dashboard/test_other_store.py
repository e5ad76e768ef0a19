"""A store on another origin, as a cloud's is: presigned URLs lead there, and pages show what they lead to."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from e2e.dashboard.media import card, ready
from playwright.sync_api import expect

from infoscreen.cli.background import running
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.ports import LOOPBACK, PortBook
from infoscreen.cli.probes import http_ok


@dataclass(frozen=True)
class Site:
    """The session's system by another edge."""

    endpoints: dict


@pytest.fixture
def site(system, tmp_path) -> Iterator[Site]:
    """A second gateway, which signs for the store itself, and a second edge, which is told where that is."""
    endpoints, ports = system.endpoints, PortBook()
    edge, http, ops = (f"{LOOPBACK}:{ports.port(name)}" for name in ("edge", "http", "ops"))
    settings = {
        "player-gateway": {
            "S3_PUBLIC_ENDPOINT": endpoints["s3"]["endpoint"],
            "PLAYER_GATEWAY_HTTP_PORT": http.rpartition(":")[2],
            "PLAYER_GATEWAY_OPS_PORT": ops.rpartition(":")[2],
        },
        "edge": {
            "EDGE_PORT": edge.rpartition(":")[2],
            "PLAYER_GATEWAY_UPSTREAM": http,
            "S3_PUBLIC_ORIGINS": endpoints["s3"]["endpoint"],
        },
    }
    probes = {"player-gateway": f"http://{ops}/readyz", "edge": f"http://{edge}/"}
    with ExitStack() as stack:
        for name, changed in settings.items():
            process = Path("/proc") / str(endpoints["pids"][name])
            argv = [word.decode() for word in (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")]
            env = dict(
                entry.decode().split("=", 1) for entry in (process / "environ").read_bytes().split(b"\0") if entry
            )
            spec = ChildSpec(name=name, argv=tuple(argv), env=env | changed, probe=http_ok(probes[name]))
            stack.enter_context(running(spec, tmp_path / f"{name}.log"))
        yield Site(endpoints | {"edge": f"http://{edge}"})


def test_thumbnails_and_pages_of_a_store_on_another_origin_are_shown(system, site, visit):
    name = f"{uuid4().hex}.fodp"
    with system.client() as client:
        media_id = ready(client, name)
    store = site.endpoints["s3"]["endpoint"]
    visitor = visit(site)
    page = visitor.sign_in()
    thumbnail = card(page, name).locator("img").first
    expect(thumbnail).to_be_visible()
    page.wait_for_function("image => image.complete && image.naturalWidth > 1", arg=thumbnail.element_handle())
    with page.expect_response(lambda answer: answer.url.startswith(f"{store}/") and ".pdf" in answer.url) as fetched:
        visitor.open(f"#/media/{media_id}")
    assert fetched.value.status == 200
    # The store is what this visitor may load from beside the edge, and the only thing.
    assert {problem.partition(f": {store}/")[0] for problem in visitor.problems} == {"loaded from elsewhere"}
    visitor.problems.clear()
