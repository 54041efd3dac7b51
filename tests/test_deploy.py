"""The files of ``examples/deploy``: what reads them takes them, and they say one thing of each other."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from privacykit.cli.main import app as command
from privacykit.settings.load import parse

DEPLOY = Path(__file__).parent.parent / "examples" / "deploy"
CONTAINER = DEPLOY / "container"
UNITS = ["shop@.service", "shop-worker.service"]
BEHIND = ["127.0.0.1:8001", "127.0.0.1:8002"]
INSTRUCTIONS = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "EXPOSE", "ENTRYPOINT", "CMD"}


def _is_taken(words: list[str]) -> bool:
    """Tell whether our command line knows *words*; nothing is done."""
    return CliRunner().invoke(command, [*words, "--help"]).exit_code == 0


def _program(name: str, package: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        message = f"{name} is not installed ({package})"
        (pytest.fail if os.environ.get("CI") and package == "nginx" else pytest.skip)(message)
    return found


def _unit(name: str) -> ConfigParser:
    unit = ConfigParser(strict=False, interpolation=None, comment_prefixes="#")
    unit.optionxform = str
    unit.read(DEPLOY / name)
    return unit


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_starts_a_command_that_exists(name):
    """Every option of it too; it runs as nobody in particular, and keeps salts out of swap."""
    service = _unit(name)["Service"]
    started = [service[key] for key in ("ExecStartPre", "ExecStart") if key in service]
    for line in started:
        program, *words = shlex.split(line.replace("%i", "8001"))
        assert program.endswith("/bin/privacykit")
        assert _is_taken(words), line
    assert (service["User"], service["MemorySwapMax"], service["LimitCORE"]) == ("shop", "0", "0")


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_a_unit(name, tmp_path):
    """Its own check says nothing, once the program is one that is here."""
    program = _program("systemd-analyze", "systemd")
    text = (DEPLOY / name).read_text().replace("/srv/shop/.venv/bin/privacykit", sys.executable)
    (tmp_path / name).write_text(text)
    done = subprocess.run(
        [program, "verify", tmp_path / name], capture_output=True, text=True, check=False
    )
    assert name.partition(".")[0].strip("@") not in done.stdout + done.stderr


def test_nginx_takes_its_file(tmp_path):
    """With a certificate that is here and ports that are free to be bound."""
    nginx, openssl = _program("nginx", "nginx"), _program("openssl", "openssl")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=shop.example",
         "-keyout", tmp_path / "key", "-out", tmp_path / "pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    site = (DEPLOY / "nginx.conf").read_text()
    for ours, here in {
        "/etc/ssl/shop.example.pem": tmp_path / "pem",
        "/etc/ssl/shop.example.key": tmp_path / "key",
        "/var/log/nginx/": f"{tmp_path}/",
        "listen 443": "listen 127.0.0.1:8443",
    }.items():
        assert ours in site
        site = site.replace(ours, str(here))
    main = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{site}\n}}\n"
    (tmp_path / "nginx.conf").write_text(main)
    done = subprocess.run(
        [nginx, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "traefik.yaml"])
def test_every_proxy_stands_before_the_same_servers(name):
    """The ports of the units, on the interface that the configuration trusts."""
    text = (DEPLOY / name).read_text()
    assert sorted(set(re.findall(r"127\.0\.0\.1:\d+", text))) == BEHIND
    trusted = parse((DEPLOY / "privacykit.toml").read_text()).client_ip.trusted_proxies
    assert all(
        any(ip_address(one.partition(":")[0]) in ip_network(net) for net in trusted)
        for one in BEHIND
    )


@pytest.mark.parametrize("path", [DEPLOY / "Caddyfile", CONTAINER / "Caddyfile"], ids=["site", "container"])  # fmt: skip
def test_a_caddyfile_closes_what_it_opens(path):
    """And trusts no forwarding header: what it does by itself is right."""
    lines = [line.partition("#")[0] for line in path.read_text().splitlines()]
    assert sum(line.count("{") - line.count("}") for line in lines) == 0
    assert not any("trusted_proxies" in line for line in lines)


def test_traefik_knows_every_name_that_it_uses():
    """Each router leads to a service that is there."""
    http = yaml.safe_load((DEPLOY / "traefik.yaml").read_text())["http"]
    assert {router["service"] for router in http["routers"].values()} <= set(http["services"])


def _instructions() -> list[tuple[str, str]]:
    lines = (CONTAINER / "Containerfile").read_text().splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in kept)]


def test_the_containerfile_is_one():
    """Known instructions, files that are there, a version of its base, and not root."""
    told = _instructions()
    assert {word for word, _ in told} <= INSTRUCTIONS
    assert told[0] == ("FROM", "python:3.13-slim")
    copied = [name for word, rest in told if word == "COPY" for name in rest.split()[:-1]]
    assert all((CONTAINER / name).exists() for name in copied)
    assert [rest for word, rest in told if word == "USER"] == ["shop"]


def test_the_container_starts_a_command_that_exists():
    """What the image runs, and what each service of the compose file runs instead."""
    told = dict(_instructions())
    assert json.loads(told["ENTRYPOINT"]) == ["privacykit"]
    services = _compose()["services"]
    ours = [one.get("command") for one in services.values() if one.get("image") == "shop"]
    assert len(ours) == 3
    assert all(_is_taken(words or json.loads(told["CMD"])) for words in ours)


def _compose() -> dict:
    return yaml.safe_load((CONTAINER / "compose.yaml").read_text())


def test_the_compose_file_is_one():
    """By the published schema of Compose files: no engine runs here."""
    _follows("vendor.compose-spec", CONTAINER / "compose.yaml")


def _follows(schema: str, path: Path) -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, path]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_compose_file_knows_every_name_that_it_uses():
    """Services that others wait for, networks, volumes and files are there."""
    compose = _compose()
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            there = (CONTAINER / source).exists() if source[0] == "." else source in compose["volumes"]  # fmt: skip
            assert there or source == "./keys", (name, source)


def test_the_container_trusts_the_composed_proxy_alone():
    """One address, of the network that the compose file makes."""
    compose = _compose()
    address = compose["services"]["proxy"]["networks"]["inside"]["ipv4_address"]
    [trusted] = parse((CONTAINER / "privacykit.toml").read_text()).client_ip.trusted_proxies
    assert trusted == f"{address}/32"
    [network] = compose["networks"]["inside"]["ipam"]["config"]
    assert ip_address(address) in ip_network(network["subnet"])


def test_the_composed_salts_are_in_memory_alone():
    """Redis writes nothing to disk, and has no volume."""
    salts = _compose()["services"]["salts"]
    assert salts["command"] == ["redis-server", "--save", "", "--appendonly", "no"]
    assert "volumes" not in salts
