"""The pure parts: backoff, ports, secrets, files, configurations."""

import hashlib
import json
import socket
from dataclasses import asdict
from pathlib import Path

import pytest

from infoscreen.cli import servers, system_secrets
from infoscreen.cli.backoff import RestartBackoff
from infoscreen.cli.child import ChildSpec, mark
from infoscreen.cli.converters import usual_converters
from infoscreen.cli.errors import SetupError
from infoscreen.cli.files import write_private
from infoscreen.cli.logfile import LogFile
from infoscreen.cli.ports import FIRST_PORT, LAST_PORT, PortBook
from infoscreen.cli.system import EngineChoice, Options
from infoscreen.common.messaging.permissions import USERS


def delays(deaths, ran_seconds):
    backoff = RestartBackoff()
    return [backoff.after_death(ran_seconds) for _ in range(deaths)]


def test_one_converter_runs_beside_a_gotenberg_and_one_on_each_core_otherwise(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert [usual_converters(engine) for engine in (EngineChoice.GOTENBERG, EngineChoice.LIBREOFFICE)] == [1, 3]


def test_the_delay_doubles_with_each_death_in_a_row_up_to_ten_seconds():
    assert delays(7, ran_seconds=1) == [0.5, 1, 2, 4, 8, 10, 10]


def test_the_delay_stays_at_ten_seconds_after_a_thousand_deaths():
    assert delays(1000, ran_seconds=0)[-1] == 10


def test_a_child_that_ran_for_thirty_seconds_restarts_after_the_shortest_delay():
    assert delays(3, ran_seconds=30) == [0.5, 0.5, 0.5]


def test_ports_are_distinct_and_below_the_ephemeral_range():
    book = PortBook()
    ports = [book.port(str(number)) for number in range(50)]
    assert len(set(ports)) == 50
    assert all(FIRST_PORT <= port < LAST_PORT for port in ports)


def test_a_port_is_assigned_again_in_the_next_run_while_it_is_free(tmp_path):
    first = PortBook(tmp_path / "ports.json").port("nats")
    assert PortBook(tmp_path / "ports.json").port("nats") == first
    with socket.create_server(("127.0.0.1", first)):
        assert PortBook(tmp_path / "ports.json").port("nats") != first


def test_the_previous_ports_of_other_names_are_not_assigned(tmp_path):
    (tmp_path / "ports.json").write_text(json.dumps({"converter-2-ops": 25000}))
    book = PortBook(tmp_path / "ports.json")
    assert 25000 not in {book.port(str(number)) for number in range(50)}
    assert book.port("converter-2-ops") == 25000


def test_secrets_are_the_same_after_a_restart(tmp_path):
    assert system_secrets.load_or_create(tmp_path / "s") == system_secrets.load_or_create(tmp_path / "s")
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600


def test_secrets_that_a_newer_version_needs_are_added_and_the_others_kept(tmp_path):
    old = asdict(system_secrets.load_or_create(tmp_path / "s"))
    del old["postgres_gateway_password"]
    (tmp_path / "s").write_text(json.dumps(old))
    new = asdict(system_secrets.load_or_create(tmp_path / "s"))
    assert new.pop("postgres_gateway_password")
    assert new == old


def test_the_one_token_of_former_releases_gives_way_to_a_password_for_each_user_of_nats(tmp_path):
    old = asdict(system_secrets.Secrets()) | {"nats_token": "of all services"}
    del old["nats_passwords"]["notifier"]
    (tmp_path / "s").write_text(json.dumps(old))
    system_secrets.load_or_create(tmp_path / "s")
    stored = json.loads((tmp_path / "s").read_text())
    assert "nats_token" not in stored
    assert stored["nats_passwords"].keys() == {*USERS}
    assert len({*stored["nats_passwords"].values()}) == len(USERS)
    assert stored["nats_passwords"].items() >= old["nats_passwords"].items()


def test_broken_secrets_are_reported_and_not_replaced(tmp_path):
    (tmp_path / "s").write_text("{")
    with pytest.raises(SetupError):
        system_secrets.load_or_create(tmp_path / "s")
    assert (tmp_path / "s").read_text() == "{"


def test_tokens_have_a_prefix_per_role_and_services_get_only_their_hashes():
    made = system_secrets.Secrets()
    text = system_secrets.tokens_file(made)
    by_role = {entry["role"]: entry["sha256"] for entry in json.loads(text)}
    for role, prefix in {"operator": "iso_", "uploader": "isu_", "player": "isp_"}.items():
        token = getattr(made, f"{role}_token")
        assert token.startswith(prefix)
        assert by_role[role] == hashlib.sha256(token.encode()).hexdigest()
        assert token not in text


def test_a_private_file_is_complete_or_absent(tmp_path):
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
    config = servers.nats_config(Path('/data "dir"/nats'), 4222, 8222)
    assert "sync_interval: always" in config
    assert 'listen: "127.0.0.1:4222"' in config
    assert 'http: "127.0.0.1:8222"' in config
    assert 'store_dir: "/data \\"dir\\"/nats/store"' in config


def test_a_child_dies_with_its_parent_and_carries_its_mark():
    spec = ChildSpec(name="a", argv=("program", "-x"), env={"A": "1"}, probe=lambda: None)
    assert spec.command() == ["setpriv", "--pdeathsig=KILL", "--", "program", "-x"]
    assert mark("/d", "a") in spec.environment("/d").values()


def test_no_mark_is_a_prefix_of_another():
    assert not mark("/d", "converter-10").startswith(mark("/d", "converter-1"))


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"host": "::1"}, "http://[::1]:8080"),
        ({"host": "192.0.2.1", "public_url": "http://screens:8080/"}, "http://screens:8080"),
    ],
)
def test_the_edge_url_is_the_public_one(options, url):
    assert Options(data_dir=Path("d"), **options).edge_url == url
