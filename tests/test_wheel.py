"""Is all in the wheel that the ledger needs to run, and does it run from there, with no checkout beside it?"""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path

import pytest

from tests.conftest import open_folder

ROOT = Path(__file__).parent.parent
FLOORS = ("ledger", "projections", "api")


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    """Built from a copy of the sources, for building leaves folders behind."""
    with open_folder() as folder:
        sources = folder / "sources"
        for floor in FLOORS:
            shutil.copytree(ROOT / floor, sources / floor, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, sources / name)
        build = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--no-index",
        ]
        built = subprocess.run(
            [*build, "--wheel-dir", folder, sources], capture_output=True, text=True, check=False
        )
        assert built.returncode == 0, built.stderr
        (found,) = folder.glob("*.whl")
        yield found


def test_every_file_of_the_three_floors_is_in_the_wheel(wheel: Path) -> None:
    """SQL, templates, assets, the example: what is read while it runs, as well as the code."""
    there = {
        str(file.relative_to(ROOT))
        for floor in FLOORS
        for file in (ROOT / floor).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert {"api/terminal/example/session.json", "ledger/store/schema/0001_ledger.sql"} <= there
    assert there - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_wheel_says_under_which_licences_it_comes_and_brings_their_texts(wheel: Path) -> None:
    files = zipfile.ZipFile(wheel)
    (name,) = [name for name in files.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = Parser().parsestr(files.read(name).decode())
    assert metadata["License-Expression"] == "Apache-2.0 AND OFL-1.1"
    texts = metadata.get_all("License-File") or []
    assert sorted(texts) == ["LICENSE", "api/pages/assets/source-serif-4.OFL.txt"]
    for text in texts:
        assert files.read(name.replace("METADATA", f"licenses/{text}")) == (ROOT / text).read_bytes()


@pytest.mark.slow
def test_the_demonstration_runs_from_the_wheel_in_an_empty_folder(wheel: Path) -> None:
    with open_folder() as folder:
        installed, empty = folder / "installed", folder / "empty"
        zipfile.ZipFile(wheel).extractall(installed)
        empty.mkdir()
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"PYTHONPATH": str(installed), "ONCE": "1", "FACTLEDGER_PORT": "0"}
        started = (
            "import api, sys; print(api.__file__, file=sys.stderr)\n"
            "from api.terminal.command_line import main; main()"
        )
        ran = subprocess.run(
            [sys.executable, "-c", started, "demo"],
            cwd=empty,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    assert str(installed) in ran.stderr
    assert "filed over HTTP: 69 calls recorded, 0 were there before" in ran.stderr
    assert "DESK AND READERS: " in ran.stdout
