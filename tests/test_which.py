"""Where tests lie: in the folder of what they test, and each module has some."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.which import PACKAGES, ROOT, chosen_for, mirrored, modules

OF_THE_WHOLE = {
    "tests/chaos": "processes that are killed",
    "tests/journeys": "what a person does, from door to door",
    "tests/parts": "what tests are made of",
    "tests/referees": "real mail servers",
    "tests/migrations": "the folder of that name beside newsletter/",
}
"""Folders of tests without a folder of the product of the same name."""


def folders() -> list[str]:
    return sorted({str(path.parent.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")} - {"tests"})


def test_each_module_has_tests() -> None:
    assert [module for module in modules() if not chosen_for(module)] == [], "no test imports it, nor what imports it"


@pytest.mark.parametrize("folder", folders())
def test_each_folder_of_tests_has_the_name_of_what_it_tests(folder: str) -> None:
    if folder not in OF_THE_WHOLE:
        place = folder.removeprefix("tests/")
        assert any((ROOT / home).is_dir() for home in (f"newsletter/{place}", place)), "rename it as its code is named"


def test_no_excuse_is_left_over() -> None:
    assert set(OF_THE_WHOLE) <= set(folders())
    assert not [folder for folder in OF_THE_WHOLE if (ROOT / "newsletter" / Path(folder).name).is_dir()]


def test_the_one_at_the_mirrored_path_comes_first_and_those_that_import_the_module_follow() -> None:
    found = chosen_for("newsletter/tokens.py")
    assert found[0] == mirrored("newsletter/tokens.py") == "tests/test_tokens.py"
    assert "tests/conftest.py" not in found
    assert len(found) > 1


def test_where_no_test_imports_a_module_those_of_its_importers_are_named() -> None:
    for module in modules():
        name = module.removesuffix(".py").replace("/", ".")
        found = chosen_for(module)
        if not any(name.rpartition(".")[2] in (ROOT / test).read_text(encoding="utf-8") for test in found):
            assert found
            break
    else:
        pytest.fail("every module is imported by a test: simplify tests/which.py")


def test_a_module_that_nobody_imports_has_none() -> None:
    assert chosen_for("newsletter/nowhere.py") == []


def test_it_can_be_asked_by_a_command() -> None:
    command = [sys.executable, "-m", "tests.which", f"{PACKAGES[0]}/tokens.py"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[0] == "tests/test_tokens.py"
