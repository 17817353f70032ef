"""The sections on nights, toy-sized: one cold night of the demo district is run and makes both sections.

The first intake of the base is that of the session's own district: building another one would take a minute.
"""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import DISTRICT_FROM, DISTRICT_TO

from . import compare_nights, night
from .conftest import Found
from .measure import Outcome

DAYS = (DISTRICT_TO - DISTRICT_FROM).days + 1


@pytest.fixture
def base(district: tuple[Path, Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, night.Base]:
    """The code's copy, and an installation as `prepare` makes it, with the exports of the day after."""
    home, _, printed = district
    run = night.sihe

    def sihe(code: Path, command: str, *arguments: object) -> Outcome:
        if command != "run":
            return run(code, command, *arguments)
        shutil.copytree(home, str(arguments[1]), symlinks=True)
        return Outcome(tuple((0.0, line) for line in printed.splitlines()), 0.0, 60.0, 60.0, 500.0)

    monkeypatch.setattr(night, "NIGHT", DISTRICT_TO + timedelta(days=1))
    code = night.copy_code(tmp_path)
    night.write_exports(tmp_path, code, [1])
    (tmp_path / "1-days").rename(tmp_path / f"{DAYS}-days")
    monkeypatch.setattr(night, "sihe", sihe)
    prepared = night.prepare(tmp_path, code, DAYS)
    monkeypatch.setattr(night, "sihe", run)
    # The district has its last day from other files: these would be taken beside the night's.
    shutil.rmtree(prepared.inbox / DISTRICT_TO.isoformat())
    return code, prepared


def test_a_night_is_cut_into_its_stages(
    base: tuple[Path, night.Base], tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, prepared = base
    measured = night.night(tmp_path, code, prepared, is_cold=True)
    monkeypatch.setattr(night, "night", lambda *_, **__: measured)

    sections = [
        compare_nights.night_section(tmp_path, code, prepared, 1),
        compare_nights.growth_section(tmp_path, code, [prepared], 1),
    ]

    numbers = measured.numbers()
    assert set(numbers) == set(night.STAGES)
    # The rests are differences, of times that several clocks told.
    assert [name for name in numbers if not name.endswith("rest") and numbers[name] <= 0] == []
    assert sum(numbers.values()) == pytest.approx(measured.seconds)
    assert min(measured.seconds, measured.processor, measured.peak_mib) > 0
    assert set(found) == {"cold", "warm", f"{DAYS} days"}
    assert all(f"| {title} |" in section for section in sections for title in night.STAGES.values())
    assert f"\n| {DAYS} | {prepared.rows:,} | 60 |" in sections[1]
