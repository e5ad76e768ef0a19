"""`infoscreen up` from outside, with the real servers: starts, stops, signals and crashes."""

import io
import json
import os
import pty
import pwd
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import nats
import psutil
import pytest
from minio import Minio
from support.until import until, wait_until

from infoscreen.cli import ports
from infoscreen.cli.child import MARK
from infoscreen.cli.descendants import kill_marked
from infoscreen.cli.probes import http_ok

STAND_IN = Path(__file__).with_name("stand_in_system.py")
DEADLINE_SECONDS = 60
SERVERS = ("nats", "s3", "postgres", "edge")
NAMES = {*SERVERS, "accounts", "ingest", "catalog", "player-gateway", "notifier", "converter-1", "up"}


def free_port():
    return ports.PortBook().port("edge")


class Running:
    def __init__(self, directory, process, output):
        self.directory, self.process, self.output = directory, process, output

    @property
    def endpoints(self):
        return json.loads((self.directory / "endpoints.json").read_text())

    @property
    def pids(self):
        return self.endpoints["pids"]

    def wait_until_ready(self):
        ready = self.directory / "endpoints.json"
        wait_until(lambda: ready.exists() or self.process.poll() is not None, "ready")
        assert self.process.poll() is None, self.output.read_text()
        return self

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_SECONDS)

    def kill_and_wait_until_back(self, name):
        before = self.pids[name]
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: self.pids.get(name, before) != before, f"{name} back")

    def left_behind(self):
        """Processes that carry this system's mark."""
        wanted, found = f"{MARK}={self.directory}:".encode(), []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (process / "environ").read_bytes():
                    found.append((process / "cmdline").read_text())
            except OSError:
                continue
        return found


@contextmanager
def started(directory, port=None, *, command=(sys.executable,), cwd=None):
    output = directory.with_name(f"{directory.name}.out")
    argv = [*command, str(STAND_IN), str(directory), str(port or free_port())]
    with output.open("ab") as file:
        process = subprocess.Popen(argv, stdout=file, stderr=file, cwd=cwd, start_new_session=True)
    running = Running(directory, process, output)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.stop(signal.SIGTERM)
        kill_marked(f"{directory}:")


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "data"


async def store(endpoints):
    """Stores something in each server."""
    client = await nats.connect(endpoints["nats"])
    try:
        await client.jetstream().add_stream(name="FACTS", subjects=["facts"])
        await client.jetstream().publish("facts", b"fact")
    finally:
        await client.close()
    s3 = object_store(endpoints)
    s3.make_bucket("infoscreen")
    s3.put_object("infoscreen", "a", io.BytesIO(b"object"), 6)
    connection = await asyncpg.connect(endpoints["postgres"])
    try:
        await connection.execute("CREATE TABLE facts AS SELECT 'row' AS fact")
    finally:
        await connection.close()


async def find(endpoints):
    """Reads what `store` stored."""
    client = await nats.connect(endpoints["nats"])
    try:
        message = await client.jetstream().get_msg("FACTS", 1)
    finally:
        await client.close()
    connection = await asyncpg.connect(endpoints["postgres"])
    try:
        row = await connection.fetchval("SELECT fact FROM facts")
    finally:
        await connection.close()
    with object_store(endpoints).get_object("infoscreen", "a") as response:
        return message.data, response.read(), row


async def find_once_back(endpoints):
    """As `find`, once all servers answer again."""

    async def found():
        with suppress(Exception):  # a server that is just starting can answer anything
            return await find(endpoints)

    return await until(found, "what was stored is found")


def object_store(endpoints):
    s3 = endpoints["s3"]
    address = s3["endpoint"].removeprefix("http://")
    return Minio(address, access_key=s3["access_key"], secret_key=s3["secret_key"], region=s3["region"], secure=False)


def answer(url, method="GET"):
    try:
        request = urllib.request.Request(url, method=method)  # noqa: S310 - our own http URL
        with urllib.request.urlopen(request) as response:  # noqa: S310 - as above
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def test_killed_servers_come_back_with_their_data_on_their_ports(directory):
    with started(directory) as running:
        before = running.wait_until_ready().endpoints
        assert set(before["pids"]) == NAMES
        await store(before)
        for name in SERVERS:
            running.kill_and_wait_until_back(name)
        assert await find_once_back(before) == (b"fact", b"object", "row")
        after = running.endpoints
        assert {**after, "pids": None} == {**before, "pids": None}


def test_a_service_that_fails_liveness_is_killed_and_restarted(directory):
    with started(directory) as running:
        endpoints = running.wait_until_ready().endpoints
        before, ops = endpoints["pids"]["catalog"], endpoints["ops"]["catalog"]
        assert answer(f"{ops}/hang")[0] == 503
        wait_until(lambda: running.pids.get("catalog", before) != before, "catalog back")
        wait_until(lambda: http_ok(f"{ops}/livez")() is None, "catalog alive")
        assert "catalog has not answered" in running.output.read_text()


async def test_the_next_start_finds_the_data_and_the_same_tokens(directory):
    port = free_port()
    with started(directory, port) as first:
        before = first.wait_until_ready().endpoints
        await store(before)
        assert first.stop() == 0
    (directory / "ports.json").unlink()  # other processes may hold the previous ports
    with started(directory, port) as second:
        after = second.wait_until_ready().endpoints
        assert await find(after) == (b"fact", b"object", "row")
        kept = ("operator_token", "uploader_token", "player_token")
        assert [after[name] for name in kept] == [before[name] for name in kept]
        assert after["nats"] != before["nats"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_no_process_and_no_endpoints(directory, number):
    with started(directory) as running:
        running.wait_until_ready()
        assert running.stop(number) == 0
        assert running.left_behind() == []
        assert not (directory / "endpoints.json").exists()


def test_a_stop_while_starting_leaves_no_process(directory):
    log = directory / "logs" / "nats.log"
    with started(directory) as running:
        wait_until(log.exists, "the first server's start")
        assert running.stop() == 0
        assert running.left_behind() == []


def test_a_killed_supervisor_leaves_no_server_and_the_next_one_kills_leftovers(directory):
    with started(directory) as running:
        pids = running.wait_until_ready().pids
        running.process.kill()
        running.process.wait()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids.values()), "the children's end")
        (directory / "endpoints.json").unlink()  # the killed supervisor's
        with started(directory) as second:
            second.wait_until_ready()
            assert second.stop() == 0
            assert second.left_behind() == []


def test_descendants_of_a_killed_child_die_with_it(directory):
    with started(directory) as running:
        running.wait_until_ready()
        sleeps = running.left_behind().count("sleep\x001000\x00")
        running.kill_and_wait_until_back("ingest")
        wait_until(lambda: running.left_behind().count("sleep\x001000\x00") == sleeps, "the old grandchild's end")


def test_all_processes_listen_on_loopback_only(directory):
    with started(directory) as running:
        pids = running.wait_until_ready().pids
        sockets = [one for one in psutil.net_connections("tcp") if one.pid in pids.values()]
        ours = [one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN]
        assert len(ours) > len(pids)
        assert set(ours) == {"127.0.0.1"}


def open_to_others(directory):
    """The files that another user could read or write."""
    paths = [directory, *(path for path in directory.rglob("*") if not path.is_symlink())]
    # SeaweedFS sets its own mode on a volume's description; the directory around it is closed like the others.
    paths = [path for path in paths if path.suffix != ".vif"]
    return [str(path) for path in paths if path.exists() and path.stat().st_mode & 0o077]


async def test_only_the_owner_can_access_the_data_directory(directory):
    with started(directory) as running:
        await store(running.wait_until_ready().endpoints)
        assert open_to_others(directory) == []
        for name in ("endpoints.json", "secrets.json", "tokens.json", "control.sock", "nats/nats.conf"):
            assert (directory / name).stat().st_mode & 0o777 == 0o600


async def test_a_data_directory_that_was_open_to_others_is_closed(directory, tmp_path):
    with started(directory) as running:
        await store(running.wait_until_ready().endpoints)
        running.stop()
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink() and "postgres" not in path.parts:  # Postgres refuses to start with open files
            path.chmod(0o755 if path.is_dir() else 0o644)
    (directory / "postgres").chmod(0o755)
    foreign_file = directory / "notes.txt"
    foreign_file.touch(mode=0o644)
    linked = tmp_path / "linked"
    linked.touch(mode=0o644)
    (directory / "logs" / "link").symlink_to(linked)
    with started(directory) as running:
        assert await find(running.wait_until_ready().endpoints) == (b"fact", b"object", "row")
        assert open_to_others(directory) == [str(foreign_file)]
        assert linked.stat().st_mode & 0o777 == 0o644


def test_the_operator_token_is_not_printed_when_stdout_is_no_terminal(directory):
    with started(directory) as running:
        endpoints = running.wait_until_ready().endpoints
        wait_until(lambda: "Dashboard: " in running.output.read_text(), "it says where the dashboard is")
        wait_until(lambda: "endpoints.json" in running.output.read_text(), "it says where the token is")
        assert endpoints["operator_token"] not in running.output.read_text()


def test_the_operator_token_is_printed_to_a_terminal(directory):
    leader, follower = pty.openpty()
    argv = [sys.executable, str(STAND_IN), str(directory), str(free_port())]
    process = subprocess.Popen(argv, stdin=follower, stdout=follower, stderr=follower, start_new_session=True)
    os.close(follower)
    try:
        seen = b""
        while b"#token=iso_" not in seen:
            seen += os.read(leader, 65536)  # raises at the end of the output if the token never came
        assert b"Dashboard: " in seen
    finally:
        os.close(leader)
        process.terminate()
        process.wait(DEADLINE_SECONDS)
        kill_marked(f"{directory}:")


def test_converters_are_started_and_stopped_live(directory):
    def scale(count):
        command = [
            sys.executable,
            "-m",
            "infoscreen.cli",
            "scale",
            "converter",
            str(count),
            "--data-dir",
            str(directory),
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def converters(running):
        return {name for name in running.pids if name.startswith("converter")}

    with started(directory) as running:
        running.wait_until_ready()
        assert scale(3).returncode == 0
        assert converters(running) == {"converter-1", "converter-2", "converter-3"}
        assert set(running.endpoints["ops"]) >= converters(running)
        assert scale(0).returncode == 0
        assert converters(running) == set()
        assert scale(-1).returncode != 0


def test_the_edge_routes_by_path_and_method(directory):
    with started(directory) as running:
        edge = running.wait_until_ready().endpoints["edge"]
        routes = {
            ("POST", "/api/media"): "ingest",
            ("PUT", "/api/media/1"): "ingest",
            ("DELETE", "/api/media/1"): "ingest",
            ("GET", "/api/media"): "catalog",
            ("GET", "/api/media/1"): "catalog",
            ("GET", "/api/media/1/display?wait=1"): "player-gateway",
            ("GET", "/api/media/1/thumbnail"): "player-gateway",
            ("GET", "/api/files/converted/a/b.pdf"): "player-gateway",
            ("GET", "/api/player/manifest"): "player-gateway",
            ("POST", "/api/players"): "catalog",
            ("GET", "/api/players/x/snapshot"): "player-gateway",
            ("GET", "/api/media/x/screens"): "catalog",
            ("GET", "/api/events"): "catalog",
            ("POST", "/api/channels/x/test"): "notifier",
            ("POST", "/api/session"): "accounts",
            ("PUT", "/api/session/password"): "accounts",
            ("GET", "/api/people"): "accounts",
            ("POST", "/api/invites"): "accounts",
            ("DELETE", "/api/tokens/x"): "accounts",
            ("GET", "/api/admin/conversions/status"): "catalog",
        }
        for (method, path), service in routes.items():
            assert answer(edge + path, method) == (200, f"{service} {method} {path}")
        for method in ("PUT", "POST", "DELETE"):
            assert answer(f"{edge}/infoscreen/a?X-Amz-Signature=1", method)[0] == 405
        assert answer(f"{edge}/infoscreen/a")[0] == 403
        for path in ("/readyz", "/metrics", "/livez"):
            assert answer(edge + path)[0] == 404


def public_store(endpoints):
    """The object store through the edge, as in presigned URLs."""
    return object_store({"s3": {**endpoints["s3"], "endpoint": endpoints["edge"]}})


async def test_the_edge_serves_presigned_urls_signed_for_it(directory):
    with started(directory) as running:
        endpoints = running.wait_until_ready().endpoints
        await store(endpoints)
        url = public_store(endpoints).presigned_get_object("infoscreen", "a")
        assert answer(url) == (200, "object")
        assert answer(url.replace("/a?", "/b?"))[0] == 403


async def test_head_of_a_presigned_url_has_the_headers_of_get(directory):
    with started(directory) as running:
        endpoints = running.wait_until_ready().endpoints
        await store(endpoints)
        content = b"%PDF-" + b"a" * 100_000
        object_store(endpoints).put_object("infoscreen", "pdf", io.BytesIO(content), len(content), "application/pdf")
        public = public_store(endpoints)
        url = public.presigned_get_object("infoscreen", "pdf")
        shown = ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges", "Content-Range")
        got, headed = (httpx.request(method, url) for method in ("GET", "HEAD"))
        assert (headed.status_code, headed.content) == (200, b"")
        assert headed.headers["Content-Length"] == str(len(content))
        assert [headed.headers.get(name) for name in shown] == [got.headers.get(name) for name in shown]
        assert answer(public.presigned_get_object("infoscreen", "nowhere"), "HEAD")[0] == 404


async def test_head_of_an_invalid_presigned_url_is_refused(directory):
    with started(directory) as running:
        endpoints = running.wait_until_ready().endpoints
        await store(endpoints)
        public = public_store(endpoints)
        url = public.presigned_get_object("infoscreen", "a")
        assert answer(url, "HEAD")[0] == 200
        for wrong in (url.replace("/a?", "/b?"), f"{url[:-4]}0000", url.partition("?")[0]):
            assert answer(wrong, "HEAD")[0] == 403
        short = public.presigned_get_object("infoscreen", "a", expires=timedelta(seconds=1))
        wait_until(lambda: answer(short)[0] == 403, "the link has expired")
        assert answer(short, "HEAD")[0] == 403


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_up_runs_as_an_ordinary_user(tmp_path_factory):
    user = pwd.getpwnam("nobody")
    # The interpreter and the repository may be below /root, which an ordinary user can read only with this capability.
    become = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
              "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--", sys.executable)  # fmt: skip
    home = tmp_path_factory.mktemp("ordinary-user")
    os.chown(home, user.pw_uid, user.pw_gid)
    with started(home / "data", command=become) as running:
        await store(running.wait_until_ready().endpoints)
        assert (home / "data" / "postgres" / "data").stat().st_uid == user.pw_uid
        running.kill_and_wait_until_back("postgres")
        assert await find_once_back(running.endpoints) == (b"fact", b"object", "row")
        assert running.stop() == 0


class TestRefusals:
    """Each refusal is one sentence and an exit code, and starts nothing."""

    def refused(self, *arguments, **environment):
        command = [sys.executable, "-m", "infoscreen.cli", "up", *map(str, arguments)]
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=30
        )
        assert result.returncode != 0
        assert "Traceback" not in result.stderr
        return result.stderr

    def test_a_port_in_use(self, directory):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert f"Port {port} on 127.0.0.1 is already in use" in self.refused(
                "--data-dir", directory, "--port", port
            )
        assert not (directory / "nats").exists()

    def test_a_number_that_is_no_port(self, directory):
        assert "'--port'" in self.refused("--data-dir", directory, "--port", 99999)

    def test_a_directory_below_a_file(self, tmp_path):
        (tmp_path / "file").touch()
        assert "cannot be written to" in self.refused("--data-dir", tmp_path / "file" / "data")

    def test_a_directory_that_takes_no_files_even_from_root(self):
        assert "cannot be written to" in self.refused("--data-dir", "/proc/infoscreen")

    def test_a_directory_that_all_users_share(self, tmp_path):
        tmp_path.chmod(0o1777)
        assert "is shared by all users" in self.refused("--data-dir", tmp_path)
        assert tmp_path.stat().st_mode & 0o7777 == 0o1777

    def test_a_directory_whose_path_is_too_long_for_sockets(self, tmp_path):
        assert "too long" in self.refused("--data-dir", tmp_path / ("a" * 120))

    def test_a_second_system_in_the_same_directory(self, directory):
        with started(directory) as running:
            running.wait_until_ready()
            assert "Another `infoscreen up`" in self.refused("--data-dir", directory, "--port", free_port())

    def test_gotenberg_without_its_address(self, directory):
        assert "--gotenberg-url" in self.refused("--data-dir", directory, "--engine", "gotenberg", GOTENBERG_URL="")

    def test_an_open_edge_without_its_public_address(self, directory):
        assert "--public-url" in self.refused("--data-dir", directory, "--host", "0.0.0.0")  # noqa: S104 - refused

    def test_unreadable_secrets_are_not_replaced(self, directory):
        directory.mkdir()
        (directory / "secrets.json").write_text("{")
        assert "secrets" in self.refused("--data-dir", directory, "--port", free_port())
        assert (directory / "secrets.json").read_text() == "{"
