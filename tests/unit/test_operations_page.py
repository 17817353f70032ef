"""`docs/operations.md`: its examples are files that the program takes, its messages and variables those of the code.

Belongs here: what can be compared without an installation. Does not belong here: the procedures (`tests/faults`), links
of the documents (`tests/walk/test_docs`).
"""

import re
from datetime import date
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.collecting import sources
from pipelines.collecting.sources import Database, Export
from pipelines.contracts.model import Feed
from pipelines.delivery import landing
from pipelines.gate import rules
from pipelines.settings import PROJECT_DIR

PAGE = (PROJECT_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")}
SOURCES = [
    file.read_text(encoding="utf-8")
    for room in ("pipelines", "dashboards")
    for file in (PROJECT_DIR / room).rglob("*.py")
]


def example(section: str) -> str:
    """The only YAML of a section."""
    (text,) = re.findall(r"```yaml\n(.*?)```", SECTIONS[section], re.DOTALL)
    return str(text)


def test_the_example_of_sources_is_taken_and_each_file_has_a_contract(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    (tmp_path / sources.FILE).write_text(example("Collecting").replace("…", ""), encoding="utf-8")
    found = sources.load(tmp_path)
    assert found.errors == () and len(found.named) == 4
    by_day = [one for one in found.named.values() if isinstance(one, Database | Export)]
    assert len(by_day) == 2
    for source in by_day:
        assert landing.named(source.file_of(date(2026, 11, 20)), list(feeds.values()))[0], source.file


def test_the_example_of_the_gate_is_taken_and_the_profiles_are_those_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(example("The gate"), encoding="utf-8")
    assert rules.load(tmp_path).oidc is not None
    lines = SECTIONS["The gate"].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    told = {row[0]: row[1:] for row in cells}
    for i, name in enumerate(("mlps2", "mlps3")):
        profile = rules.PROFILES[name]
        assert told["passwords: length, kinds of signs, change"][i] == (
            f"{profile.least}, three of four, {profile.password_days} days"
        )
        assert profile.kinds == 3
        assert told["a session ends without a deed after"][i] == f"{profile.idle // 60} min"
    assert f"at least {rules.AUDIT_DAYS} days" in told["log retention"][0]


def messages() -> list[str]:
    """The texts in the first column of the table of troubles, without the places of values."""
    table = [line.split(" | ")[0] for line in SECTIONS["Troubleshooting"].splitlines() if line.startswith("| ")]
    quoted = [text for cell in table for text in re.findall("`([^`]+)`", cell)]
    quoted += [part.strip() for cell in table if " · " in cell for part in re.sub("`.*", "", cell[2:]).split(" · ")]
    pieces = [piece.strip(" :") for text in quoted for piece in re.split("…| N$", text)]
    return sorted({piece for piece in pieces if piece and not piece.startswith("sihe ")})


@pytest.mark.parametrize("message", messages())
def test_a_message_that_is_explained_is_one_of_the_program(message: str) -> None:
    # The process is what the lock's file says.
    words = "held by" if message == "held by process" else message
    assert any(words in source for source in SOURCES)


def test_the_messages_are_found() -> None:
    assert len(messages()) > 15 and {"does not begin as a journal does", "磁盘已满"} <= set(messages())


def test_each_variable_is_read() -> None:
    code = Path(settings.__file__).read_text(encoding="utf-8")
    named = set(re.findall("`(SIHE_[A-Z_]+)`", PAGE))
    assert len(named) >= 8
    assert {name for name in named if f'"{name}"' not in code} == set()


def test_a_backup_of_generations_keeps_their_links() -> None:
    """Otherwise each has a copy of every month that did not change."""
    commands = re.findall(r"rsync [^;#\n]*published/[^;#\n]*", SECTIONS["Backup"] + SECTIONS["Restore"])
    assert len(commands) == 2 and all(command.startswith("rsync -aH ") for command in commands)
