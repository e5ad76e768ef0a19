"""The pure parts: backoff, ports, secrets, files, configurations."""

import hashlib
import json
import socket
from dataclasses import asdict
from pathlib import Path

import pytest

from infoscreen.cli import secrets, servers
from infoscreen.cli.backoff import Backoff
from infoscreen.cli.child import ChildSpec, mark
from infoscreen.cli.errors import SetupError
from infoscreen.cli.files import write_private
from infoscreen.cli.logfile import LogFile
from infoscreen.cli.ports import FIRST_PORT, LAST_PORT, PortBook
from infoscreen.cli.system import Options


def delays(deaths, ran_seconds):
    backoff, seen = Backoff(), []
    for _ in range(deaths):
        backoff = backoff.after_death(ran_seconds)
        seen.append(backoff.delay_seconds)
    return seen


def test_each_death_in_a_row_waits_twice_as_long_up_to_ten_seconds():
    assert delays(7, ran_seconds=1) == [0.5, 1, 2, 4, 8, 10, 10]


def test_a_thousand_deaths_wait_no_longer():
    assert delays(1000, ran_seconds=0)[-1] == 10


def test_a_child_that_ran_well_begins_anew():
    assert delays(3, ran_seconds=30) == [0.5, 0.5, 0.5]


def test_ports_are_distinct_and_below_the_ephemeral_range():
    book = PortBook()
    ports = [book.port(str(number)) for number in range(50)]
    assert len(set(ports)) == 50
    assert all(FIRST_PORT <= port < LAST_PORT for port in ports)


def test_a_port_is_the_same_in_the_next_book_while_it_is_free(tmp_path):
    first = PortBook(tmp_path / "ports.json").port("nats")
    assert PortBook(tmp_path / "ports.json").port("nats") == first
    with socket.create_server(("127.0.0.1", first)):
        assert PortBook(tmp_path / "ports.json").port("nats") != first


def test_yesterdays_ports_of_others_are_not_given_away(tmp_path):
    (tmp_path / "ports.json").write_text(json.dumps({"converter-2-ops": 25000}))
    book = PortBook(tmp_path / "ports.json")
    assert 25000 not in {book.port(str(number)) for number in range(50)}
    assert book.port("converter-2-ops") == 25000


def test_secrets_are_kept(tmp_path):
    assert secrets.load_or_create(tmp_path / "s") == secrets.load_or_create(tmp_path / "s")
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600


def test_secrets_that_a_newer_version_needs_are_added_and_the_others_kept(tmp_path):
    old = asdict(secrets.load_or_create(tmp_path / "s"))
    del old["postgres_gateway_password"]
    (tmp_path / "s").write_text(json.dumps(old))
    new = asdict(secrets.load_or_create(tmp_path / "s"))
    assert new.pop("postgres_gateway_password")
    assert new == old


def test_broken_secrets_are_reported_and_not_replaced(tmp_path):
    (tmp_path / "s").write_text("{")
    with pytest.raises(SetupError):
        secrets.load_or_create(tmp_path / "s")
    assert (tmp_path / "s").read_text() == "{"


def test_tokens_say_what_they_are_and_only_their_hashes_are_given_to_services():
    made = secrets.Secrets()
    text = secrets.tokens_file(made)
    by_role = {entry["role"]: entry["sha256"] for entry in json.loads(text)}
    for role, prefix in {"operator": "iso_", "uploader": "isu_", "player": "isp_"}.items():
        token = getattr(made, f"{role}_token")
        assert token.startswith(prefix)
        assert by_role[role] == hashlib.sha256(token.encode()).hexdigest()
        assert token not in text


def test_a_private_file_is_whole_or_absent(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        write_private(tmp_path / "file", "half \udcff")
    assert list(tmp_path.iterdir()) == []


def test_a_log_is_never_larger_than_two_files_of_its_limit(tmp_path):
    log = LogFile(tmp_path / "a.log", limit_bytes=100)
    for number in range(100):
        log.write(b"line %d" % number)
    log.close()
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"a.log", "a.log.1"}
    assert max(sizes.values()) <= 120
    assert (tmp_path / "a.log").read_bytes().endswith(b"line 99\n")


def test_nats_syncs_every_write_and_listens_on_loopback():
    config = servers.nats_config(Path('/data "dir"/nats'), 4222, 8222, "token")
    assert "sync_interval: always" in config
    assert 'listen: "127.0.0.1:4222"' in config
    assert 'http: "127.0.0.1:8222"' in config
    assert 'store_dir: "/data \\"dir\\"/nats/store"' in config


def test_a_child_dies_with_its_parent_and_carries_its_mark():
    spec = ChildSpec(name="a", argv=("program", "-x"), env={"A": "1"}, probe=lambda: None)
    assert spec.command() == ["setpriv", "--pdeathsig=KILL", "--", "program", "-x"]
    assert mark("/d", "a") in spec.environment("/d").values()


def test_no_childs_mark_begins_anothers():
    assert not mark("/d", "converter-10").startswith(mark("/d", "converter-1"))


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"host": "::1"}, "http://[::1]:8080"),
        ({"host": "192.0.2.1", "public_url": "http://screens:8080/"}, "http://screens:8080"),
    ],
)
def test_the_edges_address_is_the_public_one(options, url):
    assert Options(data_dir=Path("d"), **options).edge_url == url
