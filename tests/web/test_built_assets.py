"""What is built by Node is committed, with its sources; and nobody forgot to build it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.test_floors import ROOT

ASSETS = ROOT / "assets"


def test_the_editor_is_built_of_the_sources_that_lie_there() -> None:
    done = subprocess.run([sys.executable, str(ASSETS / "seal.py"), "--check"], check=False)
    assert done.returncode == 0, "make assets"


def test_the_lock_names_versions_and_digests_and_no_host() -> None:
    text = (ASSETS / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: held for name, held in json.loads(text)["packages"].items() if name}
    assert "://" not in text and all(held["version"] and held["integrity"] for held in packages.values())


def test_what_others_wrote_is_named_with_its_licence() -> None:
    listed = (ROOT / "newsletter/web/static/THIRD_PARTY.md").read_text(encoding="utf-8")
    packages = json.loads((ASSETS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    bundled = {name: held for name, held in packages.items() if name and not held.get("dev")}
    missing = [
        name
        for name, held in bundled.items()
        if f"`{name.removeprefix('node_modules/')}` {held['version']}" not in listed
    ]
    assert missing == []
    assert {held["license"] for held in bundled.values()} == {"MIT"}
