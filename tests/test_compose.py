"""docker-compose.yml, read as Docker reads it and held against what the commands need. No Docker is wanted for it."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from newsletter.cli.document import settings
from newsletter.config import SECRETS, Settings
from newsletter.networks import read_networks
from workers.processes import GRACE_SECONDS

ROOT = Path(__file__).resolve().parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "newsletter"}
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


def test_ports_lead_to_those_that_listen_and_the_web_only_from_this_machine() -> None:
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:8025:{environment('web')['NEWSLETTER_PORT']}"]
    assert SERVICES["inbound"]["ports"] == [f"25:{environment('inbound')['NEWSLETTER_INBOUND_PORT']}"]
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
            assert not secret or re.match(r"\$\{\w+:\?", value) or not make_url(value).password, (name, setting)
    assert environment("worker")["PGPASSWORD"] == SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", "data", ".git"} <= set(ignored), "or they would lie in the image"


def test_all_roles_share_one_secret_key_one_ledger_and_one_doorbell() -> None:
    for setting in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "BASE_URL", "SMTP_URL"):
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
    assert int(environment("inbound")["NEWSLETTER_INBOUND_PORT"]) > 1023


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
    assert environment("web").items() >= environment("worker").items()
