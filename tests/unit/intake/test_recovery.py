"""What a rebuild could not give back: archived files that are missing or damaged, found before anything is moved; and
what it leaves as it was, or reads again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.commands import runs
from pipelines.contracts.model import Contract, Feed
from pipelines.delivery import compression, landing
from pipelines.installation import House
from pipelines.intake import recovery
from pipelines.intake.recovery import Unrestorable
from pipelines.settings import Settings
from tests.unit.desk import Desk
from tests.unit.helpers import POINT, csv_bytes, put

T1 = datetime(2024, 1, 6, 3)
NAME = "service_centre_service_point_202401{:02}.csv"


def deliver(desk: Desk, days: int, points: int = 300) -> list[Path]:
    """A file a day, large enough to be compressed; returns their places in the archive."""
    feed = next(feed for feed in desk.feeds if feed.id == "service_centre.service_point")
    desk.feeds = [feed]
    for day in range(1, days + 1):
        rows = [{**POINT, "point_code": f"ZD{day:02}{n:03}"} for n in range(points)]
        put(desk.settings.inbox, "d", NAME.format(day), csv_bytes(feed, rows), T1)
    desk.take()
    lines = sorted(desk.warehouse.lines(), key=lambda line: line.file_name)
    assert [line.state for line in lines] == ["loaded"] * days
    return [landing.archived(desk.settings.archive, line.sha256) for line in lines]


def said(desk: Desk) -> str:
    with pytest.raises(Unrestorable) as refused:
        recovery.refuse_to_lose(recovery.in_ledger(desk.warehouse.lines()), desk.settings.archive)
    return str(refused.value)


def test_an_archive_that_has_everything_is_enough(desk: Desk) -> None:
    assert all(map(compression.is_compressed, deliver(desk, 2)))
    recovery.refuse_to_lose(recovery.in_ledger(desk.warehouse.lines()), desk.settings.archive)


def test_a_file_that_does_not_decompress_is_another_or_is_gone_is_named(desk: Desk) -> None:
    cut, other, gone, _ = deliver(desk, 4)
    cut.write_bytes(cut.read_bytes()[:-20])
    other.write_bytes(compression.compressed(b"x" * 5000))
    gone.unlink()
    lines = said(desk).splitlines()
    assert lines[0] == (
        f"3 of 4 files are missing or damaged in {desk.settings.archive}, and their rows would be lost:"
    )
    missing = gone.with_name(gone.name.removesuffix(compression.SUFFIX))
    whys = (f"damaged: {cut}", f"damaged: {other}", f"missing: {missing}")
    assert lines[1:-1] == [f"  {NAME.format(day)}: {why}" for day, why in enumerate(whys, 1)]
    assert lines[-1] == "restore them from the backup, or say --anyway to go on without their rows"


def test_a_file_that_is_kept_as_it_came_is_read_too(desk: Desk) -> None:
    (small,) = deliver(desk, 1, points=1)
    assert not compression.is_compressed(small)
    data = small.read_bytes()
    small.write_bytes(data.replace(b"ZD01000", b"ZD01001"))
    assert f"damaged: {small}" in said(desk)
    # Without a person, whose rows were removed on purpose, it is whole again.
    landing.rewrite(small, data.replace(b"ZD01000", b""))
    recovery.refuse_to_lose(recovery.in_ledger(desk.warehouse.lines()), desk.settings.archive)


def test_five_are_named_and_the_others_counted(desk: Desk) -> None:
    for file in deliver(desk, 7):
        file.unlink()
    lines = said(desk).splitlines()
    assert len(lines) == 8 and lines[-2] == "  and 2 more"


def test_a_rebuild_that_would_lose_rows_moves_nothing(settings: Settings, contracts: tuple[Contract, ...]) -> None:
    here = House(settings, tuple(one for one in contracts if one.platform == "service_centre"), (), ())
    with here.writing("a test") as opened:
        (file,) = deliver(Desk(opened, settings, here.feeds, here.key(opened)), 1)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(Unrestorable, match="damaged: "):
        runs.rebuild(here, anyway=False)
    assert not settings.set_aside.exists()
    with here.writing("a test") as opened:
        assert [line.state for line in opened.lines()] == ["loaded"]


@contextmanager
def at_the_desk(here: House) -> Iterator[Desk]:
    with here.writing("a test") as opened:
        desk = Desk(opened, here.settings, here.feeds, here.key(opened))
        desk.at(datetime(2024, 2, 1, 9))
        yield desk


@pytest.fixture
def here(settings: Settings, contracts: tuple[Contract, ...]) -> House:
    settings = replace(settings, clock=lambda: datetime(2024, 2, 1, 9))
    return House(settings, tuple(one for one in contracts if one.platform == "service_centre"), (), ())


def lose_database(here: House) -> None:
    for file in here.settings.working_db.parent.glob(f"{here.settings.working_db.name}*"):
        file.unlink()


@pytest.mark.parametrize("lost", ["nothing", "the journal"])
def test_a_date_in_the_future_stays_held_although_the_archive_has_its_bytes(
    here: House, feeds: dict[str, Feed], lost: str
) -> None:
    """The same register came under today's date too."""
    data = csv_bytes(feeds["service_centre.service_point"], [POINT])
    for day in ("20240105", "20250105"):
        put(here.settings.inbox, "d", f"service_centre_service_point_{day}.csv", data, T1)
    with at_the_desk(here) as desk:
        desk.take()
        before = desk.ledger(), desk.raw()
    if lost == "the journal":
        here.settings.journal.unlink()
        with here.writing("it is written again"):
            pass
    lose_database(here)
    with at_the_desk(here) as desk:
        assert (desk.ledger(), desk.raw()) == before
    # A year later, it is due.
    here = replace(here, settings=replace(here.settings, clock=lambda: datetime(2025, 1, 6, 9)))
    lose_database(here)
    with at_the_desk(here) as desk:
        assert [line.state for line in desk.warehouse.lines()] == ["loaded", "loaded"]


@pytest.mark.parametrize("how", ["it is still there", "exported again", "as a revision", "restored"])
def test_what_the_archive_lost_is_read_when_it_has_it_again(here: House, feeds: dict[str, Feed], how: str) -> None:
    name = "service_centre_service_point_20240105{}.csv"
    data = csv_bytes(feeds["service_centre.service_point"], [POINT])
    file = put(here.settings.inbox, "d", name.format(""), data, T1)
    with at_the_desk(here) as desk:
        desk.take()
        before = desk.raw()
        archived = landing.archived(here.settings.archive, desk.warehouse.lines()[0].sha256)
    kept = archived.read_bytes()
    landing.remove(archived)
    lose_database(here)
    if how != "it is still there":
        file.unlink()
    with at_the_desk(here) as desk:
        assert [line.reason for line in desk.warehouse.lines()] == ["the archive keeps it no more"]
        desk.take()
        if how == "exported again":
            put(here.settings.inbox, "d", name.format(""), data, datetime(2024, 1, 8, 3))
        elif how == "as a revision":
            put(here.settings.inbox, "e", name.format("_r2"), data, datetime(2024, 1, 8, 3))
        elif how == "restored":
            archived.write_bytes(kept)
        desk.take(again=how == "restored")
        assert desk.raw() == [(*row[:-2], *again[-2:]) for row, again in zip(before, desk.raw(), strict=True)]
        assert {line.state for line in desk.warehouse.lines()} <= {"loaded", "duplicate"}
        assert desk.take() == []
