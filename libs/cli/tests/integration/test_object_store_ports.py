"""The embedded object store, and Compose's, against another user of the same machine: only S3 answers, with its keys.

A control test shows that the same intruder gets in when the store's internal ports require no certificate.
"""

import io
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import psutil
import pytest
import yaml
from minio import Minio

from infoscreen.cli import servers
from infoscreen.cli.background import running
from infoscreen.cli.certificates import make_certificate
from infoscreen.cli.child import ChildSpec, bundled
from infoscreen.cli.ports import PortBook
from infoscreen.cli.requirements import repository_root
from infoscreen.cli.servers import S3Access

INTRUDER = Path(__file__).with_name("intruder.py")
ANOTHER_USER = {"user": 65534, "group": 65534, "extra_groups": ()}
SHELL_COMMANDS = "fs.ls /buckets/infoscreen/originals\nfs.cat /buckets/infoscreen/originals/a\nvolume.list\n"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@dataclass(frozen=True)
class Store:
    """A running store with a secret in it."""

    access: S3Access
    process: psutil.Process

    @property
    def internal_ports(self) -> list[int]:
        """Every port but S3's."""
        open_ports = {c.laddr.port for c in self.process.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
        return sorted(open_ports - {int(self.access.endpoint.rpartition(":")[2])})

    def client(self) -> Minio:
        access = self.access
        address = access.endpoint.removeprefix("http://")
        return Minio(address, access.access_key, access.secret_key, region=access.region, secure=False)


@contextmanager
def store(directory: Path, change=lambda spec: spec) -> Iterator[Store]:
    ports = PortBook()
    access = S3Access(f"http://127.0.0.1:{ports.port('s3')}", access_key=token_hex(8), secret_key=token_hex())
    spec = change(servers.s3(directory, ports, access))
    with running(spec, directory / "s3.log") as process:
        stored = Store(access, psutil.Process(process.pid))
        stored.client().make_bucket("infoscreen")
        stored.client().put_object("infoscreen", "originals/a", io.BytesIO(b"a secret"), 8)
        yield stored


def without_certificates(spec: ChildSpec) -> ChildSpec:
    (spec.cwd / "security.toml").unlink()
    return spec


@pytest.fixture
def intrude():
    """Runs the intruder as another user; returns one line per request that a server accepted."""
    with tempfile.TemporaryDirectory() as elsewhere:  # the tests' directories are closed to the other user
        home = Path(elsewhere)
        home.chmod(0o755)
        make_certificate(home, "foreign")
        (home / "foreign.key").chmod(0o644)
        (home / "intruder.py").write_bytes(INTRUDER.read_bytes())

        def run(*ports: int) -> list[str]:
            command = ["/usr/bin/python3", "intruder.py", "foreign.crt", "foreign.key", *map(str, ports)]
            done = subprocess.run(command, cwd=home, **ANOTHER_USER, capture_output=True, text=True, check=True)
            return done.stdout.splitlines()

        yield run


def shell_of_another_user(stored: Store, seconds: float) -> str:
    """The output of SeaweedFS's shell, which speaks gRPC, run as another user."""
    flags = dict(flag.removeprefix("-").split("=", 1) for flag in stored.process.cmdline() if "=" in flag)
    command = [
        "shell",
        *(f"-{p}=127.0.0.1:{flags[f'{p}.port']}.{flags[f'{p}.port.grpc']}" for p in ("master", "filer")),
    ]
    weed = os.open(bundled("weed"), os.O_RDONLY)  # its folder may be closed to the other user
    with subprocess.Popen(
        [f"/proc/self/fd/{weed}", *command], pass_fds=[weed], cwd="/", env={"HOME": "/"}, **ANOTHER_USER,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as shell:  # fmt: skip
        os.close(weed)
        try:
            return shell.communicate(SHELL_COMMANDS, timeout=seconds)[0]
        except subprocess.TimeoutExpired:  # a refused shell retries forever
            shell.kill()
            return shell.communicate()[0]


def test_only_the_s3_port_serves_another_user(tmp_path, intrude):
    with store(tmp_path) as stored:
        assert len(stored.internal_ports) > len(("master", "volume", "filer"))
        assert intrude(*stored.internal_ports) == []
        assert "secret" not in shell_of_another_user(stored, seconds=5)
        with stored.client().get_object("infoscreen", "originals/a") as response:
            assert response.read() == b"a secret"


def test_the_intruder_gets_in_when_no_certificate_is_required(tmp_path, intrude):
    with store(tmp_path, without_certificates) as stored:
        taken = intrude(*stored.internal_ports)
        assert {line.split(maxsplit=2)[2] for line in taken} >= {
            "gRPC", "GET /dir/assign", "GET /buckets/infoscreen/originals/a", "PUT /buckets/infoscreen/originals/a",
            "POST /buckets/infoscreen/outbox/a", "DELETE /buckets/infoscreen/originals/a",
        }  # fmt: skip
        stored.client().put_object("infoscreen", "originals/a", io.BytesIO(b"a secret"), 8)
        assert "a secret" in shell_of_another_user(stored, seconds=60)


def test_the_compose_store_closes_the_same_ports(tmp_path, intrude):
    with store(tmp_path, composed) as stored:
        assert intrude(*stored.internal_ports) == []


def composed(spec: ChildSpec) -> ChildSpec:
    """The store as compose.seaweedfs.yaml runs it, except its addresses and its data directory."""
    compose = repository_root() / "deploy" / "compose"
    text = (compose / "compose.seaweedfs.yaml").read_text().replace("!override", "").replace("!reset", "")
    service = yaml.safe_load(text)["services"]["s3"]
    subprocess.run([compose / "make-secrets", spec.cwd / "secrets"], check=True, capture_output=True)
    here = {flag.partition("=")[0] for flag in spec.argv if ".port" in flag} | {"-dir", "-ip.bind", "-s3.config"}
    theirs = [flag for flag in service["command"] if flag.partition("=")[0] not in here]
    ours = [flag for flag in spec.argv if flag.partition("=")[0] in here]
    work = spec.cwd / "working_dir"
    work.mkdir()
    for name in service["secrets"]:
        (work / name).symlink_to(spec.cwd / "secrets" / name)
    assert service["working_dir"] == "/run/secrets"  # where the certificate is, and no security.toml: that is mounted
    [mounted] = [volume.split(":") for volume in service["volumes"] if "security.toml" in volume]
    assert mounted[1] == "/etc/seaweedfs/security.toml"
    (work / "security.toml").symlink_to((compose / mounted[0]).resolve())
    return replace(spec, argv=(spec.argv[0], *theirs, *ours), cwd=work)
