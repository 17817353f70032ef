"""`sihe init`: what it writes of flags and of answers, and what it refuses before it writes anything."""

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.commands.cli import main
from pipelines.districts import district
from pipelines.settings import Settings
from tests.conftest import SIHE

CODE = "610303"
TARGETS = "valid_from,kpi_id,org_code,red_line,target,stretch,band_low,band_high,weight,reason\n"
ROW = "2026-01-01,event_on_time_close_rate,,80,90,97,,,2,own plan\n"
PASSWORD = "Klee-blatt-9-Wiese"


def init(home: Path, *arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(main, ["init", "--home", str(home), *arguments], input=said)


def test_flags_write_the_home_the_targets_the_units_and_the_first_admin(tmp_path: Path) -> None:
    home, inbox, targets = tmp_path / "home", tmp_path / "in", tmp_path / "targets.csv"
    targets.write_text(TARGETS + ROW, encoding="utf-8")
    done = init(
        home, "--district", CODE, "--platform", "command_centre", "--platform", "home_visit.visit",
        "--inbox", str(inbox), "--address", "https://sihe.example.gov.cn", "--targets", str(targets),
        "--user", "wang=admin", "--user", "li=leader", "--stdin", said=f"{PASSWORD}\n{PASSWORD}-2\n",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    where = Settings(home, inbox, tmp_path)
    named = district.load(where)
    assert named is not None
    assert (named.code, named.connected) == (CODE, ["command_centre", "home_visit.visit"])
    assert [row.kpi_id for row in district.targets_of(home / "seeds" / "kpi_override.csv")] == [
        "event_on_time_close_rate"
    ]
    assert inbox.is_dir()
    assert f"sihe run --home {home} --inbox {inbox}\n" in done.output
    environment = (home / "units" / "sihe.env").read_text(encoding="utf-8")
    for line in (f"SIHE_HOME={home}", f"SIHE_INBOX={inbox}", "SIHE_ADDRESS=https://sihe.example.gov.cn"):
        assert f"{line}\n" in environment
    for unit in ("sihe-daemon.service", "sihe-serve.service"):
        text = (home / "units" / unit).read_text(encoding="utf-8")
        assert "/opt/sihe" not in text and "/var/lib/sihe" not in text
        # Into an inbox elsewhere the services fetch files.
        assert f"ReadWritePaths={home} -{inbox}\n" in text
        assert f"RequiresMountsFor={home} {inbox}\n" in text
    listed = CliRunner().invoke(main, ["user", "list", "--home", str(home)]).output
    assert [line.split()[:3] for line in listed.splitlines()] == [["li", "leader", CODE], ["wang", "admin", CODE]]
    assert "no password" not in listed
    # The doctor has the last word.
    assert "5 of 33 feeds, by" in done.output and "publication" in done.output.splitlines()[-2]


def test_the_services_write_only_the_home_where_the_inbox_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIHE_INBOX", raising=False)
    assert init(tmp_path, "--district", CODE).exit_code == 0
    for unit in (tmp_path / "units").glob("*.service"):
        assert f"ReadWritePaths={tmp_path}\n" in unit.read_text(encoding="utf-8")


@pytest.mark.parametrize(("said", "why"), [("1234\n", "at least 10 signs"), ("", "stopped")])
def test_a_user_whose_password_is_not_taken_can_be_added_as_it_says(tmp_path: Path, said: str, why: str) -> None:
    """The same command again is refused, because its files are there."""
    stdin = ("--stdin",) if said else ()
    done = init(tmp_path, "--district", CODE, "--user", "wang=leader", "--user", "li=admin", *stdin, said=said)
    assert done.exit_code == 2 and "the first user is an admin" in done.output
    done = init(tmp_path, "--district", CODE, "--user", "wang=admin", *stdin, said=said)
    assert done.exit_code == 1 and why in done.output
    assert "goes on from there" not in done.output
    command = done.output.split("the user is added by sihe ")[1].split()
    added = CliRunner().invoke(main, [*command, "--stdin"], input=f"{PASSWORD}\n")
    assert added.exit_code == 0 and "added  wang" in added.output


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_each_user_has_a_line_of_standard_input_in_any_locale(tmp_path: Path, locale: str) -> None:
    command = [str(SIHE), "init", "--home", str(tmp_path / "home"), "--district", CODE, "--stdin", "--no-ask"]
    done = subprocess.run(
        [*command, "--user", "wang=admin", "--user", "li=leader", "--user", "zhao=analyst"],
        input="".join(f"{PASSWORD}-{n}\n" for n in range(3)), text=True, capture_output=True, check=False, timeout=120,
        env={"PATH": os.environ["PATH"], "LC_ALL": locale},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("added  ") == 3


def test_it_asks_for_what_is_not_given(tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    answers = ["渭滨区", CODE, "home_visit, snap_report", str(inbox), "", "wang", PASSWORD, PASSWORD]
    done = init(tmp_path / "home", "--ask", said="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "\n  610302  陕西省宝鸡市渭滨区\n" in done.output
    named = district.load(Settings(tmp_path / "home", inbox, tmp_path))
    assert named is not None and named.connected == ["home_visit", "snap_report"]
    assert inbox.is_dir()
    assert "added  wang" in done.output
    assert PASSWORD not in done.output
    # No address: the line of the settings stays a comment.
    assert "\n# SIHE_ADDRESS=" in (tmp_path / "home" / "units" / "sihe.env").read_text(encoding="utf-8")


def test_again_it_keeps_users_and_the_settings_of_the_units(tmp_path: Path) -> None:
    home = tmp_path / "home"
    flags = ("--district", CODE, "--user", "wang=admin", "--stdin")
    assert init(home, *flags, said=PASSWORD).exit_code == 0
    environment = home / "units" / "sihe.env"
    environment.write_text("SIHE_WEBHOOK=https://robot.example.gov.cn\n", encoding="utf-8")
    again = init(home, *flags, "--overwrite")
    assert again.exit_code == 0, again.output
    assert "wang is there already" in again.output
    assert environment.read_text(encoding="utf-8") == "SIHE_WEBHOOK=https://robot.example.gov.cn\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give --district CODE, or --city CODE"),
        (("--district", CODE, "--city", "6103"), "a city takes no --district"),
        (("--district", CODE, "--platform", "home_visits"), "no contract has it; did you mean 'home_visit'?"),
        (("--district", CODE, "--address", "sihe.example.gov.cn"), "begins with https://"),
        (("--district", CODE, "--user", "wang=admni"), "did you mean 'admin'?"),
        (("--district", CODE, "--user", "li=leader"), "the first user is an admin"),
        (("--district", "999999"), "not a district in the national register"),
    ],
)
def test_wrong_flags_are_refused_before_anything_is_written(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    home = tmp_path / "home"
    refused = init(home, *arguments)
    assert (refused.exit_code, home.exists()) == (2, False), refused.output
    assert said in refused.output


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("80", "eighty", "red_line: "),
        ("event_on", "event_in", "kpi_id: no KPI is called"),
        (",,80", ",610302001,80", "org_code: '610302001' is not in this home, whose codes begin with 610303"),
        ("80", "95", "red_line: red_line 95 (line 2) and target 90 (line 2) are out of order"),
    ],
)
def test_targets_that_cannot_hold_are_refused_with_file_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    targets = tmp_path / "targets.csv"
    targets.write_text(TARGETS + ROW.replace(old, new, 1), encoding="utf-8")
    refused = init(tmp_path / "home", "--district", CODE, "--targets", str(targets))
    assert refused.exit_code == 2
    assert f"targets.csv:2: {said}" in refused.output
    assert not (tmp_path / "home").exists()
