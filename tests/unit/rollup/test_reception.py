"""Which parcels are in force: a district that is late, early or sends nonsense touches itself alone."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipelines.districts.above import Area
from pipelines.districts.district import Title
from pipelines.registry.loading import Registry
from pipelines.rollup.reception import MOST_TRIED, Received, Reception, receive
from tests.unit.rollup import parcels
from tests.unit.rollup.parcels import DAY

TODAY = DAY + timedelta(days=1)
A, B, C, D = DISTRICTS = ("990101", "990102", "990103", "990104")
AREA = Area(code="9901", name="某市", title=Title(zh="某市", en="City"), letter="某", districts=list(DISTRICTS))


def received(inbox: Path, today: date = TODAY) -> tuple[Reception, dict[str, Received]]:
    found = receive(inbox, AREA, today)
    return found, {one.district: one for one in found.districts}


def in_force(of: Received) -> Path | None:
    return of.chosen.file if of.chosen else None


def states(found: Reception) -> list[str]:
    return [one.state(found.day) for one in found.districts]


def test_who_has_not_delivered_is_missing_and_who_is_behind_is_late(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry)
    parcels.make(tmp_path, B, registry)
    parcels.make(tmp_path, C, registry, through=DAY - timedelta(days=2))
    found, _ = received(tmp_path)
    assert (found.day, states(found)) == (DAY, ["delivered", "delivered", "late", "missing"])


def test_nothing_delivered_has_no_day(tmp_path: Path) -> None:
    found, _ = received(tmp_path / "nowhere")
    assert (found.day, states(found)) == (None, ["missing"] * 4)


def test_a_damaged_parcel_leaves_the_one_before_in_force(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry)
    before = parcels.make(tmp_path, B, registry, through=DAY - timedelta(days=1))
    newest = parcels.make(tmp_path, B, registry)
    newest.write_bytes(newest.read_bytes()[:500])
    found, of = received(tmp_path)
    assert in_force(of[B]) == before
    assert [one.kind for one in of[B].refused] == ["damaged"] and of[A].refused == []
    assert states(found)[:2] == ["delivered", "late"]


def test_a_district_with_only_unusable_files_is_refused_and_not_missing(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry)
    parcels.make(tmp_path, B, registry).write_bytes(b"PK")
    found, _ = received(tmp_path)
    assert states(found) == ["delivered", "refused", "missing", "missing"]


@pytest.mark.parametrize("how", ["foreign folder", "foreign name"])
def test_a_parcel_of_another_district_is_refused(tmp_path: Path, registry: Registry, how: str) -> None:
    file = parcels.make(tmp_path, A, registry)
    name = file.name.replace(A, B) if how == "foreign folder" else "parcel.zip"
    (tmp_path / B).mkdir()
    (tmp_path / B / name).write_bytes(file.read_bytes())
    _, of = received(tmp_path)
    assert of[B].chosen is None and [one.kind for one in of[B].refused] == ["foreign"]


def test_days_to_come_are_refused(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry, through=TODAY + timedelta(days=1))
    _, of = received(tmp_path)
    assert of[A].chosen is None and [one.kind for one in of[A].refused] == ["clock"]


def test_days_before_any_platform_are_refused(tmp_path: Path, registry: Registry) -> None:
    """The calendar of the area begins on the first day of a parcel."""
    parcels.make(tmp_path, A, registry)
    parcels.make(tmp_path, B, registry, through=date(1999, 3, 10))
    found, of = received(tmp_path)
    assert [one.kind for one in of[B].refused] == ["contents"]
    assert (found.day, in_force(of[B])) == (DAY, None)


def test_one_that_is_early_does_not_make_the_others_late(tmp_path: Path, registry: Registry) -> None:
    early = parcels.make(tmp_path, A, registry, through=TODAY)
    for district in (B, C):
        parcels.make(tmp_path, district, registry)
    found, of = received(tmp_path)
    assert found.day == DAY and in_force(of[A]) == early
    parcels.make(tmp_path, A, registry)
    found, of = received(tmp_path)
    chosen = of[A].chosen
    assert chosen is not None and chosen.manifest.data_through == DAY
    assert [one.file for one in of[A].passed_over] == [early] and states(found)[:3] == ["delivered"] * 3


def test_half_of_the_districts_move_the_day(tmp_path: Path, registry: Registry) -> None:
    for district, through in ((A, TODAY), (B, TODAY), (C, DAY), (D, DAY)):
        parcels.make(tmp_path, district, registry, through=through)
    found, _ = received(tmp_path)
    assert (found.day, states(found)) == (TODAY, ["delivered", "delivered", "late", "late"])


def test_a_newer_generation_of_the_same_day_counts_whenever_it_came(tmp_path: Path, registry: Registry) -> None:
    newer = parcels.make(tmp_path, A, registry, generation="20260311-070000")
    older = parcels.make(tmp_path, A, registry)
    os.utime(newer, (0, 0))
    _, of = received(tmp_path)
    assert in_force(of[A]) == newer != older


def test_of_generations_of_one_second_the_later_one_counts(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry)
    later = parcels.make(tmp_path, A, registry, generation="20260311-060000-2")
    _, of = received(tmp_path)
    assert in_force(of[A]) == later


def test_many_other_files_do_not_hide_a_parcel(tmp_path: Path, registry: Registry) -> None:
    made = parcels.make(tmp_path, A, registry)
    for day in range(MOST_TRIED + 5):
        (made.parent / f"导出{day:03}.zip").write_bytes(b"PK")
    _, of = received(tmp_path)
    assert in_force(of[A]) == made
    assert {one.kind for one in of[A].refused} == {"foreign"} and len(of[A].refused) == MOST_TRIED


def test_folders_of_no_district_are_named(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path, A, registry)
    parcels.make(tmp_path, "880101", registry)
    (tmp_path / "note.txt").write_text("x")
    (tmp_path / A / "upload.part").write_text("x")
    found, of = received(tmp_path)
    assert [one.name for one in found.strangers] == ["880101", "note.txt"] and of[A].refused == []


def test_a_link_to_another_folder_is_not_followed(tmp_path: Path, registry: Registry) -> None:
    parcels.make(tmp_path / "elsewhere", A, registry)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / A).symlink_to(tmp_path / "elsewhere" / A)
    _, of = received(tmp_path / "inbox")
    assert of[A].chosen is None
