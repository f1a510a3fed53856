"""docker-compose.yml, Dockerfile and `make images`, read as Docker reads them and held against what the commands need.

No Docker is wanted for it: what only an engine can show (that the images start under these rules) is not shown here.
"""

from __future__ import annotations

import ipaddress
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from newsletter.bootstrap import Parts
from newsletter.cli.document import settings
from newsletter.cli.main import run
from newsletter.clock import SystemClock
from newsletter.config import SECRETS, Settings
from newsletter.delivery.signs_of_life import STALE
from newsletter.networks import read_networks
from newsletter.signing_keys import PURPOSES, ProcessRole
from workers.processes import GRACE_SECONDS

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "newsletter"}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def environment(service: str) -> dict[str, str]:
    return SERVICES[service]["environment"]


def waits_for(service: str) -> dict[str, str]:
    return {name: how["condition"] for name, how in SERVICES[service].get("depends_on", {}).items()}


def seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)s", text)
    assert found, text
    return int(found[1])


@pytest.mark.parametrize("role", sorted(set(OURS) - {"migrate"}))
def test_every_role_waits_for_the_tables_and_the_doorbell(role: str) -> None:
    assert waits_for(role) == {"migrate": "service_completed_successfully", "valkey": "service_healthy"}
    assert SERVICES[role]["restart"] == "unless-stopped"


def test_tables_are_made_once_and_only_when_the_database_answers() -> None:
    assert waits_for("migrate") == {"postgres": "service_healthy"}
    assert SERVICES["migrate"]["restart"] == "no"


def test_who_is_waited_for_healthy_has_a_health_check() -> None:
    healthy = {name for role in OURS for name, how in waits_for(role).items() if how == "service_healthy"}
    assert [name for name in healthy if not SERVICES[name]["healthcheck"]["test"]] == []


def test_health_checks_ask_the_ports_that_are_listened_on() -> None:
    assert f"127.0.0.1:{environment('web')['NEWSLETTER_PORT']}/healthz" in SERVICES["web"]["healthcheck"]["test"][-1]
    assert (
        f"'127.0.0.1', {environment('inbound')['NEWSLETTER_INBOUND_PORT']}"
        in SERVICES["inbound"]["healthcheck"]["test"][-1]
    )
    for name in ("web", "inbound"):
        compile(SERVICES[name]["healthcheck"]["test"][-1], name, "exec")


def test_whoever_stays_is_asked_whether_it_is_well() -> None:
    staying = {name for name, service in SERVICES.items() if service["restart"] != "no"}
    assert [name for name in staying if not SERVICES[name]["healthcheck"]["test"]] == []
    for role in ("worker", "scheduler"):
        assert SERVICES[role]["healthcheck"]["test"] == ["CMD", "newsletter", "alive", role]
        assert seconds(SERVICES[role]["healthcheck"]["interval"]) >= STALE.total_seconds() / 2


def test_ports_lead_to_those_that_listen_and_the_web_only_from_this_machine() -> None:
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:8025:{environment('web')['NEWSLETTER_PORT']}"]
    inbound = f"${{INBOUND_ADDRESS:-127.0.0.1}}:25:{environment('inbound')['NEWSLETTER_INBOUND_PORT']}"
    assert SERVICES["inbound"]["ports"] == [inbound], "open to the world only when someone says so"
    assert (environment("web")["NEWSLETTER_HOST"], environment("inbound")["NEWSLETTER_INBOUND_HOST"]) == (
        "0.0.0.0",
    ) * 2
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web", "inbound"]


@pytest.mark.parametrize("role", ["worker", "scheduler"])
def test_what_is_scaled_has_nothing_that_only_one_can_have(role: str) -> None:
    assert {"ports", "container_name", "hostname"}.isdisjoint(SERVICES[role])


def test_journal_and_keys_outlive_every_container_that_needs_them() -> None:
    folder = environment("worker")["NEWSLETTER_DATA_DIR"]
    for role in ("web", "scheduler", "worker"):
        assert SERVICES[role]["volumes"] == [f"data:{folder}"]
    assert f"VOLUME {folder}" in DOCKERFILE
    assert set(COMPOSE["volumes"]) == {"data", "postgres"}


def test_no_secret_stands_in_the_file_and_none_is_left_out() -> None:
    for name, service in SERVICES.items():
        for setting, value in service.get("environment", {}).items():
            secret = setting.removeprefix("NEWSLETTER_").lower() in SECRETS or "PASSWORD" in setting
            assert not (secret and value) or re.match(r"\$\{\w+:\?", value) or not make_url(value).password, (
                name,
                setting,
            )
    assert environment("worker")["PGPASSWORD"] == SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", "data", ".git"} <= set(ignored), "or they would lie in the image"


def test_all_roles_share_one_ledger_and_one_doorbell() -> None:
    for setting in ("DATABASE_URL", "REDIS_URL", "BASE_URL"):
        assert len({environment(role)[f"NEWSLETTER_{setting}"] for role in OURS}) == 1
    url = make_url(environment("web")["NEWSLETTER_DATABASE_URL"])
    assert (url.host, url.username, url.database) == ("postgres", "newsletter", "newsletter")
    assert make_url(environment("web")["NEWSLETTER_REDIS_URL"]).host == "valkey"


def test_any_other_setting_may_stand_in_the_env_file() -> None:
    assert all(service["env_file"] == [{"path": ".env", "required": False}] for service in OURS.values())
    known = {row.name for row in settings()}
    assert {name for name in environment("web") if name.startswith("NEWSLETTER_")} <= known


def test_a_worker_that_is_stopped_has_the_time_to_drain() -> None:
    drain = Settings.model_fields["drain_seconds"].default
    assert all(seconds(service["stop_grace_period"]) > drain + GRACE_SECONDS for service in OURS.values())
    assert "STOPSIGNAL SIGTERM" in DOCKERFILE
    assert re.search(r'^ENTRYPOINT \["newsletter"\]$', DOCKERFILE, re.MULTILINE), "no shell between the signal and us"


def test_nobody_is_root() -> None:
    assert re.search(r"^USER newsletter$", DOCKERFILE, re.MULTILINE)
    made = re.search(r"useradd --uid (\d+) --gid newsletter .* newsletter\b", DOCKERFILE, re.MULTILINE)
    assert made, "a number of our own, or the volume would belong to whoever gets it next"
    assert {service["user"] for service in OURS.values()} == {f"{made[1]}:{made[1]}"}
    assert f"groupadd --gid {made[1]} newsletter" in DOCKERFILE
    users = {name: service["user"] for name, service in SERVICES.items()}
    assert [name for name, user in users.items() if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)] == []
    assert int(environment("inbound")["NEWSLETTER_INBOUND_PORT"]) > 1023


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_can_do_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service and "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["pids_limit"] > 0
    assert re.fullmatch(r"(\$\{\w+:-)?\d+[mg]\}?", service["mem_limit"])
    assert {"network_mode", "pid", "ipc", "devices"}.isdisjoint(service)
    assert [place for place in service.get("volumes", []) if place.startswith(("/", ".", "~"))] == []


def test_what_a_read_only_container_writes_lies_in_memory_or_in_a_volume() -> None:
    temporary = {name: {mount.split(":")[0] for mount in service["tmpfs"]} for name, service in SERVICES.items()}
    assert all("/tmp" in temporary[name] for name in (*OURS, "postgres"))
    assert "/var/run/postgresql" in temporary["postgres"], "its socket and lock file"
    assert "/data" in temporary["valkey"], "it does not start in a folder that it cannot write"
    assert re.search(r"mkdir --mode=700 data$", DOCKERFILE, re.MULTILINE), "a fresh volume takes the folder's mode"


def test_every_image_of_others_is_named_by_digest_or_by_the_variable_that_make_images_pins() -> None:
    named = {service["image"] for name, service in SERVICES.items() if name not in OURS}
    named |= {service["build"]["args"]["PYTHON_IMAGE"] for service in OURS.values()}
    pinned = dict(pair.split("=") for pair in re.findall(r"^IMAGES := (.+)$", MAKEFILE, re.MULTILINE)[0].split())
    for image in named:
        variable = re.fullmatch(r"\$\{(\w+):-(\S+)\}", image)
        assert "@sha256:" in image or (variable and pinned[variable[1]] == variable[2]), image
    assert re.findall(r"^ARG (PYTHON_IMAGE=\S+)$", DOCKERFILE, re.MULTILINE) == [
        f"PYTHON_IMAGE={pinned['PYTHON_IMAGE']}"
    ]
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON_IMAGE}"}
    production = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    assert "make images" in production and [name for name in pinned if name not in production] == []


@pytest.mark.parametrize(("says", "code"), [("postgres@sha256:" + "ab" * 32, 0), ("", 2)])
def test_make_images_prints_lines_for_the_env_file_and_fails_without_a_digest(
    tmp_path: Path, says: str, code: int
) -> None:
    (tmp_path / "docker").write_text(f'#!/bin/sh\n[ "$1" = pull ] || echo "{says}"\n', encoding="ascii")
    (tmp_path / "docker").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["make", "--silent", "images"],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    lines = re.findall(r"^(\w+)=(\S+)@sha256:([0-9a-f]{64})$", done.stdout, re.MULTILINE)
    assert [name for name, _, _ in lines] == ([] if code else ["POSTGRES_IMAGE", "VALKEY_IMAGE", "PYTHON_IMAGE"])


def given(service: str, env_file: dict[str, str]) -> dict[str, str]:
    """Return what a container of `service` finds in its environment: what stands there goes before the file."""
    found = {**env_file, **environment(service)}
    return {
        name: re.sub(r"\$\{(\w+):\?.*?\}", lambda match: env_file[match[1]], value) for name, value in found.items()
    }


def test_every_role_gets_the_keys_that_it_needs_and_no_other_secret_of_ours(tmp_path: Path) -> None:
    assert run(["keys", "new", "-o", str(tmp_path / "env")]) == 0
    env_file = dict(
        line.split("=", 1) for line in (tmp_path / "env").read_text(encoding="utf-8").splitlines() if line[0] != "#"
    )
    env_file |= {
        "NEWSLETTER_BASE_URL": "https://news.example",
        "NEWSLETTER_SMTP_URL": "smtp://u:marked-word@mail.example",
    }
    env_file |= {
        "NEWSLETTER_PREVIOUS_SECRET_KEYS": "7=a secret of last year",
        "NEWSLETTER_WEBHOOK_SECRETS": "x=marked-words",
    }
    secret = env_file["NEWSLETTER_SECRET_KEY"]
    for service, role in (
        ("worker", ProcessRole.WORKER),
        ("inbound", ProcessRole.INBOUND),
        ("scheduler", ProcessRole.SCHEDULER),
    ):
        found = given(service, env_file)
        held = " ".join(found.values())
        assert secret not in held and "last year" not in held, service
        values = {"signing_keys": found["NEWSLETTER_SIGNING_KEYS"], "secret_key": found["NEWSLETTER_SECRET_KEY"]}
        settings = Settings(data_dir=tmp_path, _env_file=None, **values)
        assert Parts(settings, SystemClock(), 1, role).signer.purposes == PURPOSES[role]
        others = {f"{r.value}" for r in ProcessRole if env_file.get(f"{r.upper()}_SIGNING_KEYS", "none") in held} - {
            role
        }
        assert others == set(), service
    assert "marked" not in " ".join(given("inbound", env_file).values()), "strangers talk to this one"
    assert given("migrate", env_file)["NEWSLETTER_SECRET_KEY"] == ""
    assert given("web", env_file)["NEWSLETTER_SECRET_KEY"] == secret


def test_the_web_server_believes_the_address_that_published_ports_are_asked_from() -> None:
    """Docker hands a published port on from the gateway of the network; which that is must not be left to chance."""
    [network] = COMPOSE["networks"]["default"]["ipam"]["config"]
    subnet, gateway = ipaddress.ip_network(network["subnet"]), ipaddress.ip_address(network["gateway"])
    assert gateway in subnet and subnet.is_private
    set_to = environment("web")["NEWSLETTER_TRUSTED_PROXIES"]
    default = re.fullmatch(r"\$\{NEWSLETTER_TRUSTED_PROXIES:-(.+)\}", set_to)
    assert default, "an operator may name another one in .env"
    assert [str(trusted) for trusted in read_networks(default[1])] == [f"{gateway}/32"], "no other container"
    assert SERVICES["web"]["ports"] == ["127.0.0.1:8025:8025"]
    assert not any("network_mode" in service or "networks" in service for service in SERVICES.values())
