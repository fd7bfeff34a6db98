"""Are the README and the pages of docs/ true? Their sessions are typed into a shell, against a server that runs."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.conftest import open_folder

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_A_SESSION = [page for page in PAGES if "```console" in page.read_text()]
SCRIPTS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def demonstration() -> Iterator[dict[str, str]]:
    """The environment of a terminal beside a `factledger demo` that serves."""
    with open_folder() as home:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "ONCE", "FORCE_COLOR")
        }
        environment |= {
            "FACTLEDGER_HOME": str(home),
            "FACTLEDGER_PORT": "0",
            "PATH": f"{SCRIPTS}:{os.environ['PATH']}",
        }
        command = [str(SCRIPTS / "factledger"), "demo"]
        demo = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert demo.stdout is not None
        printed = []
        for line in demo.stdout:
            printed.append(line)
            if line.endswith("/facts/4\n"):
                break
        told = "".join(printed)
        url, key = re.findall(r"^  (?:url|key)  (\S+)$", told, re.MULTILINE)
        try:
            yield environment | {"KEY": key, "BASE": url.removesuffix("/docs"), "TOLD": told}
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=10)
            assert demo.returncode == 0


def session(page: Path) -> list[tuple[str, str]]:
    """(command, expected output) of each step of the page's console blocks, which are one session."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL)
    steps: list[tuple[str, str]] = []
    for line in "".join(blocks).splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], ""))
        elif line.startswith("> "):
            steps[-1] = (f"{steps[-1][0]}\n{line[2:]}", "")
        else:
            steps[-1] = (steps[-1][0], f"{steps[-1][1]}{line}\n")
    return steps


def test_the_readme_and_the_page_on_the_api_have_a_session() -> None:
    assert [page.name for page in WITH_A_SESSION] == ["README.md", "api.md"]


@pytest.mark.parametrize("page", WITH_A_SESSION, ids=lambda page: page.name)
def test_the_session_works_as_printed(demonstration: dict[str, str], page: Path) -> None:
    marker = "==== next step ===="
    script = "\n".join(f"{command}\necho {shlex.quote(marker)}" for command, _ in session(page))
    script = script.replace("KEY=flk_…", f"KEY={demonstration['KEY']}")
    script = script.replace("http://127.0.0.1:8321", demonstration["BASE"]).replace(
        "$PWD/.venv/bin", str(SCRIPTS)
    )
    ran = subprocess.run(
        ["bash", "-eu"], input=script, env=demonstration, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    for (command, expected), printed in zip(session(page), ran.stdout.split(f"{marker}\n")[:-1], strict=True):
        pattern = ".*".join(map(re.escape, expected.rstrip("\n").split("…")))
        assert re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL), (
            f"$ {command}\n{printed}\nnot\n{expected}"
        )


@pytest.mark.thorough
def test_the_session_that_records_something_can_be_repeated(demonstration: dict[str, str]) -> None:
    test_the_session_works_as_printed(demonstration, WITH_A_SESSION[1])


def test_the_demonstration_shows_four_moments_that_differ_as_the_example_says(
    demonstration: dict[str, str],
) -> None:
    filed, dated, corrected, updated = demonstration["TOLD"].split("AS IT STOOD: ")[1:]
    assert "“on Monday afternoon” → not resolved" in filed
    assert "Kremlin spokesman (not named)" in filed
    assert "“on Monday afternoon” → 2023-09-11 (provisional)" in dated
    assert "CORRECTION: We had Kim leave Pyongyang on Monday afternoon." in corrected
    assert "“on Sunday afternoon” → 2023-09-10 (provisional)" in corrected
    assert "event · version 2 · Dmitry Peskov" in corrected
    assert "RETRACTION" in updated
    assert "UPDATE: What was planned has happened." in updated
    lines = [line for line in demonstration["TOLD"].splitlines() if "/sign-in?link=" not in line]
    assert max(map(len, lines)) <= 80  # but for an address, which nobody could copy in two lines


def test_the_demonstration_shows_what_readers_see_beside_what_the_desk_sees(
    demonstration: dict[str, str],
) -> None:
    turns = demonstration["TOLD"].split("DESK AND READERS: ")[1:]
    answers = [re.findall(r"│ (200|404|410) ", turn) for turn in turns]
    assert [status for (status,) in answers] == [
        *["200"] * 2,
        "404",
        "200",
        "200",
        "410",
        "410",
        "200",
        "200",
    ]


def test_the_demonstration_takes_an_item_of_each_format_and_shows_it_corrected_and_withdrawn(
    demonstration: dict[str, str],
) -> None:
    taken, seen, told = re.split("NEWS OF OTHERS|AN AGENCY CORRECTS|WHOEVER WAS AWAY", demonstration["TOLD"])[
        1:
    ]
    formats = re.findall(r"^(\S.*?) +published: \S", taken, re.MULTILINE)
    assert formats == ["ninjs", "NewsML-G2", "NITF", "WordPress", "schema.org in a page", "Markdown"]
    assert "table of facts (CSV)  2 facts of: ferry" in taken
    answers = re.findall(r"(\S+) → (\w+); readers are answered (\d+)", seen)
    assert answers == [
        ("1-ninjs.json", "published", "200"),
        ("ferry-corrected.json", "published", "200"),
        ("ferry-canceled.json", "killed", "410"),
    ]
    assert "CORRECTION BY THE AGENCY: Corrects the number of people aboard to 121, not 112." in seen
    kinds = re.findall(r"^ *\d+ (\S+) +\S+ ✓$", told, re.MULTILINE)
    assert sorted(kinds) == ["publication"] * 5 + ["withdrawal"]


def test_the_demonstration_signs_in_whoever_its_jobs_take(demonstration: dict[str, str]) -> None:
    base = demonstration["BASE"]
    links = re.findall(rf"^  (\w+) +{base}(/sign-in\?link=\S+)$", demonstration["TOLD"], re.MULTILINE)
    assert [role for role, _ in links] == ["editor", "standards", "auditor"]
    assert all(httpx2.get(base + link).status_code == 200 for _, link in links)


@pytest.mark.thorough
def test_a_second_demonstration_files_nothing(demonstration: dict[str, str]) -> None:
    again = subprocess.run(
        [SCRIPTS / "factledger", "demo"],
        env=demonstration | {"ONCE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0
    assert "filed over HTTP: 0 calls recorded, 67 were there before" in again.stderr


def anchors(page: Path) -> set[str]:
    """The headings of a page, as a link names them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def written() -> list[Path]:
    """Every page of the project, but for those that tools have put there."""
    floors = ("ledger", "projections", "api", "tests", "benchmarks", "docs", "examples")
    return [*ROOT.glob("*.md"), *(page for floor in floors for page in (ROOT / floor).rglob("*.md"))]


def test_every_link_of_every_page_leads_somewhere() -> None:
    astray = []
    for page in written():
        for path, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", page.read_text()):
            to = page.parent / path if path else page
            if not to.exists() or (anchor and anchor not in anchors(to)):
                astray.append((str(page.relative_to(ROOT)), path, anchor))
    assert astray == []


def test_every_test_that_a_page_names_is_there() -> None:
    named = {name for page in PAGES for name in re.findall(r"`(tests/[a-z_]+\.py)`", page.read_text())}
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_is_one_page() -> None:
    assert 50 <= README.count("\n") <= 80
    assert len(re.findall(r"\]\([^)]+\)", README)) == 5


def test_every_promise_is_held_by_tests_that_are_there() -> None:
    here = Path(__file__).parent
    held = (here / "README.md").read_text().partition("## What holds which promise")[2]
    made = (ROOT / "docs" / "promises.md").read_text().partition("## ")[0]
    assert held.count("\n| ") == made.count("\n| ") > 1
    written = "".join(file.read_text() for file in here.glob("*.py"))
    assert [name for name in re.findall(r"`(\w+)`", held) if f"def {name}(" not in written] == []


def test_every_make_verb_and_command_that_a_page_names_exists() -> None:
    from api.terminal.command_line import main

    makefile = (ROOT / "Makefile").read_text()
    pages = "".join(page.read_text() for page in [*PAGES, ROOT / "CONTRIBUTING.md"])
    assert [
        verb
        for verb in re.findall(r"(?:`|^)make ([a-z-]+)", pages, re.MULTILINE)
        if not re.search(rf"^{verb}:", makefile, re.MULTILINE)
    ] == []
    assert {"demo", "test"} <= set(re.findall(r"^make ([a-z-]+) ", README, re.MULTILINE))
    named = set(re.findall(r"(?:`|^\$ )factledger ([a-z]+)", pages, re.MULTILINE))
    assert named <= set(main.commands)
    assert {"show", "diff", "blame"} <= named
