"""What is said where Spark cannot be started."""

from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import settings
from pipelines.commands.cli import main
from pipelines.lake import readiness


def with_libraries(monkeypatch: pytest.MonkeyPatch, *installed: str) -> None:
    def version(library: str) -> str:
        if library not in installed:
            raise metadata.PackageNotFoundError(library)
        return "4.0.1"

    monkeypatch.setattr(metadata, "version", version)


def java_in(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.touch(mode=0o755)
    monkeypatch.setenv("JAVA_HOME", str(folder))
    return java


@pytest.mark.parametrize(("installed", "said"), [((), "pyspark is not"), (("pyspark",), "dbt-spark is not installed")])
def test_a_library_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], said: str
) -> None:
    with_libraries(monkeypatch, *installed)
    assert said in str(readiness.missing())
    assert "pip install 'sihe[spark]'" in str(readiness.missing())


def test_java_is_that_of_java_home_and_missing_where_it_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_libraries(monkeypatch, "pyspark", "dbt-spark")
    java = java_in(monkeypatch, tmp_path / "jdk")
    assert settings.java() == str(java)
    assert readiness.missing() is None
    java.unlink()
    assert "openjdk-17-jre-headless" in str(readiness.missing())


@pytest.mark.parametrize("command", ["run", "build"])
def test_a_command_says_it_before_any_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str) -> None:
    with_libraries(monkeypatch)
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    home.mkdir()
    inbox.mkdir()
    monkeypatch.setenv("SIHE_INBOX", str(inbox))
    ran = CliRunner().invoke(main, [command, "--engine", "spark", "--home", str(home)])
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: pyspark is not installed")
    assert list(home.iterdir()) == []
