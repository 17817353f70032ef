"""The state of an installation, for `sihe status` and `sihe doctor`.

Belongs here: reading the ledger, the folders and the clock; nothing is changed. Does not belong here: printing (`cli`),
checks whose results are published (`feed_checks`).
"""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
from packaging.requirements import Requirement

from pipelines import alerts, keys, machine_errors
from pipelines.collecting import sources
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Contract, due_on
from pipelines.contracts.overriding import numbers_said_twice
from pipelines.delivery import landing, privacy, tombstones
from pipelines.delivery.landing import Arrival
from pipelines.districts import district
from pipelines.gate import audit
from pipelines.gate import store as gate_store
from pipelines.installation import House
from pipelines.intake import parts, treatments, worklist
from pipelines.night import page, wording
from pipelines.night.findings import collect, late_feeds, made_before
from pipelines.publication import publish, query
from pipelines.warehouse import journal, lock, store
from pipelines.warehouse.database_file import Unsound, offline_config

OK, WARN, FAIL = "ok", "warn", "fail"
LEAST_FREE_BYTES = 5 * 1024**3
HELD_SHOWN, CLOSED_SHOWN = 20, 3
_NOTHING = "nothing yet"


@dataclass(frozen=True)
class FeedStatus:
    """One feed: its newest accepted business date, how many days that is late, and what needs attention."""

    feed: str
    title: str
    newest: str | None
    days_behind: int | None
    deliveries: int
    held: int
    rejected_rows: int


@dataclass(frozen=True)
class Status:
    """One installation at one moment; `sihe status --json` prints `as_dict`. generation: what readers get. unreadable:
    the newest one, if it is damaged and another stands in."""

    at: str
    home: str
    inbox: str
    generation: str | None
    unreadable: str | None
    built_at: str | None
    data_from: str | None
    data_through: str | None
    is_demo: bool
    pending_files: int
    unbuilt_feed_days: int
    feeds: tuple[FeedStatus, ...]
    late: tuple[tuple[str, str], ...]
    held: tuple[tuple[str, str], ...]
    rejected: tuple[tuple[str, str, int, str], ...]
    findings: tuple[dict[str, Any], ...]
    contract_errors: tuple[str, ...]
    kpi_errors: tuple[str, ...]
    to_do: tuple[str, ...]
    night: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def status(here: House) -> Status:
    """The current state; raises Busy if another process writes for longer than a few seconds."""
    now = here.settings.clock()
    read = query.in_force(here.settings.published)
    with here.writing("sihe status", wait_seconds=3) as opened:
        arrivals = landing.scan(here.settings.inbox, here.feeds)
        found = worklist.pending(arrivals, opened.stamps(), now.date())
        rows = opened.connection.execute(
            "select platform || '.' || feed, max(business_date) filter (where state = 'loaded'), count(*),"
            " count(*) filter (where state = 'held'), coalesce(sum(rows_rejected), 0)"
            " from ledger.delivery where feed is not null group by 1"
        ).fetchall()
        held = opened.connection.execute(
            "select file_name, reason from ledger.delivery where state in ('held', 'rejected')"
            " order by received_at desc, file_name limit ?",
            [HELD_SHOWN],
        ).fetchall()
        rejected = opened.connection.execute(
            "select platform || '.' || feed, reason, count(*), max(file_name)"
            " from (select platform, feed, file_name, unnest(reasons) as reason from ledger.rejected_row"
            "       inner join ledger.delivery using (delivery_id))"
            " group by 1, 2 order by 3 desc, 1, 2 limit ?",
            [HELD_SHOWN],
        ).fetchall()
        findings = [one for one in opened.findings() if one["business_date"] is None]
        late = late_feeds(opened, here.contracts, now)
        whole = {feed.id: parts.newest_whole(opened, feed) for feed in here.feeds if feed.parts}
        unbuilt = opened.pending_changes()
        to_do = collect(here, opened)
        night = page.text(page.look(here, opened, to_do))
    of_feed = {row[0]: row[1:] for row in rows}
    feeds = []
    for contract in here.contracts:
        for feed in contract.feeds:
            newest, deliveries, held_count, rejected_rows = of_feed.get(feed.id, (None, 0, 0, 0))
            newest = whole.get(feed.id, newest)
            behind = max(0, (due_on(contract, now) - newest).days) if newest else None
            day = newest.isoformat() if newest else None
            feeds.append(FeedStatus(feed.id, feed.title, day, behind, deliveries, held_count, int(rejected_rows)))
    return Status(
        at=f"{now:%Y-%m-%d %H:%M:%S}",
        home=str(here.settings.home),
        inbox=str(here.settings.inbox),
        **published(read),
        is_demo=here.settings.is_demo,
        pending_files=len({a.path for days in found.values() for files in days.values() for a in files}),
        unbuilt_feed_days=unbuilt,
        feeds=tuple(feeds),
        late=tuple(late),
        held=tuple((name, reason or "") for name, reason in held),
        rejected=tuple((feed, reason, count, example) for feed, reason, count, example in rejected),
        findings=tuple(findings),
        contract_errors=tuple(map(str, here.errors)),
        kpi_errors=tuple(map(str, here.registry.errors)),
        to_do=tuple(wording.line(one) for one in to_do),
        night=night,
    )


def meanwhile(here: House, busy: str) -> dict[str, Any]:
    """What can be said while another process writes, from the publication alone: who it is, what is published, and the
    newest business date of each feed in it."""
    read = query.in_force(here.settings.published)
    feeds: list[dict[str, Any]] = []
    if read.generation:
        asked = query.ask(
            here.settings.published,
            "select concat(platform, '.', feed), max(business_date) filter (where state = 'loaded')::varchar"
            " from meta.delivery where feed is not null group by 1 order by 1",
        )
        feeds = [{"feed": feed, "newest": newest} for feed, newest in asked.rows]
    return {"busy": busy, "home": str(here.settings.home), **published(read), "feeds": feeds}


def published(read: query.InForce) -> dict[str, Any]:
    """What readers get, for a program."""
    return {name: value for name, value in asdict(read).items() if name != "file"}


def as_published(told: Mapping[str, Any]) -> str:
    """The same as text, with what to do if the newest generation is damaged."""
    generation, unreadable = told["generation"], told["unreadable"]
    if not generation:
        return (
            f"nothing that readers can open: {unreadable} is damaged; sihe run publishes again"
            if unreadable
            else _NOTHING
        )
    said = f"generation {generation}, {days_of(told['data_from'], told['data_through'])}"
    if not unreadable:
        return said
    return f"{said}: it stands in for {unreadable}, which is damaged; sihe run publishes again"


def linked_files(count: int) -> str:
    """Files of the inbox that are ignored, because another user may own their other name."""
    return f"{count} files have a second name (hard links) and are not taken: copy them"


def days_of(first: str | None, last: str | None) -> str:
    """The days of a publication as text. A publication without any data has none."""
    return f"data from {first} through {last}" if first and last else "no data yet"


def as_lines(told: Mapping[str, Any]) -> str:
    """The same as text."""
    said = f"busy        {told['busy']}\nhome        {told['home']}\npublished   {as_published(told)}"
    feeds = "".join(f"\n{feed['feed']:38} {feed['newest'] or 'never'}" for feed in told["feeds"])
    return f"{said}\n\n{'feed':38} newest published{feeds}" if feeds else said


@dataclass(frozen=True)
class Finding:
    """One result of `sihe doctor`; if it is not ok, `text` says what to do."""

    what: str
    state: str
    text: str


def examine(here: House, *, only_looks: bool = False) -> Iterator[Finding]:
    """Versions, folders, disk, contracts, KPIs, owners, key, lock, working database with its accounts, publication,
    audit. only_looks: a damaged database is not mended, and no table follows a contract.

    Never raises for what it looks for.
    """
    yield from examine_code(here)
    yield from _sources(here)
    try:
        with (here.looking if only_looks else here.writing)("sihe doctor", wait_seconds=3) as opened:
            yield Finding("lock", OK, "nobody is writing")
            yield _key(here, opened.key_ids())
            yield from _accounts(opened)
            yield _district(here, opened)
            yield _erasures(here)
            yield from _treatments(here, opened)
            yield _build(here, opened)
    except lock.Busy as busy:
        yield Finding("lock", WARN, f"{busy}: look again when it has ended")
    except Unsound as error:
        yield Finding("working database", WARN, f"{here.settings.working_db}: {error}: the next run rebuilds it")
    except (duckdb.Error, store.OutOfStep, journal.Unreadable, keys.KeyUnusable) as error:
        yield Finding("working database", FAIL, f"{here.settings.working_db}: {str(error).splitlines()[0]}")
    except OSError as error:
        said = machine_errors.told(error, here.settings.home) or str(error)
        yield Finding("working database", FAIL, f"it could not be looked at: {said}")
    aside = here.settings.set_aside
    if aside.exists() and (names := ", ".join(sorted(path.name for path in aside.iterdir()))):
        text = f"moved aside and rebuilt: {names} in {aside}: delete it when it is understood"
        yield Finding("working database", WARN, text)
    yield publication(here)
    yield from audited(here.settings.home)


def examine_code(here: House) -> Iterator[Finding]:
    """Versions, folders, disk, contracts, KPIs, owners: what a city has as a district has it."""
    yield from _versions()
    yield from _folders(here)
    for error in here.errors:
        yield Finding("contracts", FAIL, f"{error}: its platform is left out until this is mended")
    if not here.errors:
        yield Finding("contracts", OK, f"{len(here.contracts)} contracts, {len(here.feeds)} feeds{_unchecked(here)}")
    if told := own_contracts(here.contracts, here.settings.contracts):
        yield Finding("contracts", OK, f"{told}: in {', '.join(map(str, here.settings.contract_folders))}")
    yield from (Finding("contracts", WARN, told) for told in numbers_said_twice(here.feeds))
    if unconnected := sum(not feed.is_connected for feed in here.feeds):
        text = f"{len(here.feeds) - unconnected} of {len(here.feeds)} feeds, by {here.settings.district_file}"
        yield Finding("connected", OK, f"{text}: KPIs that need the others are off")
    for broken in here.registry.errors:
        yield Finding("KPIs", FAIL, f"{broken}: it is left out until this is mended")
    if not here.registry.errors:
        yield Finding("KPIs", OK, f"{len(here.registry.kpis)} KPIs")
    yield from _owners(here)


def _owners(here: House) -> Iterator[Finding]:
    """Who gets which mail; nothing where no owner is named."""
    try:
        named = alerts.owners(here.settings)
    except alerts.OwnersError as error:
        yield Finding("owners", FAIL, f"{error}: no alert is sent by mail until this is mended")
        return
    if named:
        text = f"{len(named)} owners get what they can mend by mail"
        missing = "" if here.settings.mail else ", as soon as SIHE_MAIL_SERVER is set"
        yield Finding("owners", OK, text + missing)


def _sources(here: House) -> Iterator[Finding]:
    """Where files are fetched from: the file and its secrets. Nothing is connected."""
    found = sources.load(here.settings.home)
    yield from (Finding("sources", FAIL, f"{error}: it is left out until this is mended") for error in found.errors)
    wrong = [f"{name}: {problem}" for name, source in found.named.items() for problem in sources.unreadable(source)]
    yield from (Finding("sources", FAIL, problem) for problem in wrong)
    if found.named and not wrong:
        yield Finding("sources", OK, f"{len(found.named)} sources, their secrets are their owner's alone")


def _build(here: House, opened: store.Warehouse) -> Finding:
    """Whether all that was taken in is published. A build by the command leaves a log, with success or without."""
    if not opened.last_line() or not here.needs_build(opened):
        return Finding("build", OK, "all that was taken in is published")
    logs = sorted(here.settings.logs.glob("*-build_marts.log"))
    # Both are named after the moment: a log after the publication in force is of a build that published nothing.
    published = str((publish.current(here.settings.published) or {}).get("generation", ""))
    if not logs or logs[-1].name < published:
        return Finding(
            "build", WARN, "what is published is older than what was taken in, or than this version: sihe run builds it"
        )
    text = f"the last build failed or was stopped, and what was taken in is not published: look at {logs[-1]}"
    # No failure of the home: another version of Sihe, which is only installed where nothing fails, may mend it.
    return Finding("build", WARN, f"{text}; sihe run tries again")


def audited(home: Path) -> Iterator[Finding]:
    """Whether the gate's audit is whole; nothing where there is no gate."""
    if not gate_store.exists(home):
        return
    try:
        verdict = audit.verify_home(home)
    except (OSError, sqlite3.Error) as error:
        yield Finding("audit", FAIL, f"{home / 'gate'} could not be looked at: {error}")
        return
    if verdict.problem:
        text = f"{verdict.problem}: keep a copy of {home / 'gate'} and find out who could write there"
        yield Finding("audit", FAIL, text)
    else:
        yield Finding("audit", OK, f"{verdict.lines} lines since {verdict.since or 'never'}, as they were written")


def _versions() -> Iterator[Finding]:
    wrong = []
    for text in metadata.requires("sihe") or []:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate():
            try:
                found = metadata.version(wanted.name)
            except metadata.PackageNotFoundError:
                found = "nothing"
            if found == "nothing" or not wanted.specifier.contains(found, prereleases=True):
                wrong.append(f"{wanted.name} {found} is installed, {wanted.specifier} is needed")
    python = ".".join(map(str, sys.version_info[:3]))
    if wrong:
        yield Finding("versions", FAIL, f"Python {python}; {'; '.join(wrong)}: run make setup")
    else:
        yield Finding("versions", OK, f"Python {python}, DuckDB {duckdb.__version__}, all packages as asked for")


def own_contracts(contracts: Sequence[Contract], packaged_in: Path) -> str:
    """The feeds that contracts of the installation replace or add, with their file; empty if there are none."""
    shipped, _ = load_contracts(packaged_in)
    packaged = {feed.id for contract in shipped for feed in contract.feeds}
    mine = [feed for contract in contracts for feed in contract.feeds if feed.own_contract]
    parts = [
        f"{what} {', '.join(f'{feed.id} ({feed.own_contract})' for feed in feeds)}"
        for what, feeds in (
            ("in place of the packaged", [feed for feed in mine if feed.id in packaged]),
            ("added", [feed for feed in mine if feed.id not in packaged]),
        )
        if feeds
    ]
    return "; ".join(parts)


def _unchecked(here: House) -> str:
    """Platforms that this installation does not have although rows refer to them."""
    platforms = {contract.platform for contract in here.contracts}
    referred = {
        column.references.partition(".")[0] for feed in here.feeds for column in feed.columns if column.references
    }
    missing = sorted(referred - platforms)
    return f"; no contract of {', '.join(missing)}: references to it are not checked" if missing else ""


def _folders(here: House) -> Iterator[Finding]:
    where = here.settings
    if not where.inbox.is_dir():
        yield Finding("inbox", WARN, f"{where.inbox} is no folder: make it, or name another with --inbox")
    elif not os.access(where.inbox, os.R_OK | os.X_OK):
        yield Finding("inbox", FAIL, f"{where.inbox} cannot be read by this user")
    elif linked := landing.hard_links(where.inbox):
        yield Finding("inbox", WARN, f"{where.inbox}: {linked_files(linked)}")
    elif told := closed(here, landing.scan(where.inbox, here.feeds)):
        yield Finding("inbox", WARN, f"{where.inbox}: {told}")
    else:
        yield Finding("inbox", OK, str(where.inbox))
    for folder in (where.home, where.published):
        if not os.access(folder, os.W_OK | os.X_OK):
            yield Finding("folders", FAIL, f"{folder} cannot be written by this user")
    for private in (where.archive, where.journal.parent, where.working_db.parent, where.key_file.parent):
        if private.exists() and private.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding("folders", FAIL, f"{private} is open to other users: chmod 700 it")
    free = shutil.disk_usage(where.home).free
    state = OK if free >= LEAST_FREE_BYTES else WARN
    yield Finding("disk", state, f"{free / 1024**3:.1f} GiB free at {where.home}")


def closed(here: House, arrivals: Sequence[Arrival]) -> str:
    """The files and folders of the inbox that this user may not read, and what to do; empty if there are none."""
    names = landing.closed_folders(here.settings.inbox)
    for one in (one for one in arrivals if one.is_closed):
        shown = one.file_name if one.feeds else privacy.redact_name(one.file_name)
        names.append(f"{one.folder}/{shown}".lstrip("/"))
    more = f" and {len(names) - CLOSED_SHOWN} more" if len(names) > CLOSED_SHOWN else ""
    return f"{', '.join(names[:CLOSED_SHOWN])}{more}: {worklist.CLOSED}" if names else ""


def _key(here: House, made_with: set[str]) -> Finding:
    if not made_with and not here.settings.key_file.exists():
        return Finding("key", OK, "none yet: the first intake makes it")
    try:
        key = keys.load_key(here.settings.key_file, may_create=False)
    except keys.KeyUnusable as error:
        return Finding("key", FAIL, str(error))
    if made_with and key.id not in made_with:
        return Finding("key", FAIL, f"{here.settings.key_file}: is not the key that the data were made with")
    return Finding("key", OK, f"{here.settings.key_file}, id {key.id}: keep a copy of it off this machine")


def _accounts(opened: store.Warehouse) -> Iterator[Finding]:
    lines, unaccounted = opened.connection.execute(
        "select count(*), count(*) filter (where rows_counted <>"
        " rows_loaded + rows_rejected + rows_duplicate + rows_superseded) from ledger.delivery"
    ).fetchall()[0]
    astray = 0
    for platform, feed in opened.connection.execute("select platform, feed from ledger.feed").fetchall():
        # What the ledger says is loaded must be in the feed's table, by business date, and the reverse.
        astray += opened.connection.execute(
            f"select count(*) from (select business_date, sum(rows_loaded)::bigint as told from ledger.delivery"
            f" where state = 'loaded' and platform = ? and feed = ? group by 1) as lines"
            f" full join (select _business_date, count(*) as found from raw.{platform}__{feed} group by 1) as stored"
            " on business_date = _business_date where coalesce(told, 0) <> coalesce(found, 0)",
            [platform, feed],
        ).fetchall()[0][0]
    if unaccounted or astray:
        yield Finding(
            "accounts", FAIL,
            f"{unaccounted} of {lines} deliveries have rows without a fate, {astray} feed-days other rows than told:"
            " take them again with sihe backfill",
        )  # fmt: skip
    else:
        yield Finding("accounts", OK, f"{lines} deliveries: every row has one fate, every loaded row is there")


def _district(here: House, opened: store.Warehouse) -> Finding:
    """Whether the exports are from the district of district.yaml."""
    named = district.load(here.settings)
    if named is None:
        return Finding("district", OK, "no district.yaml: names come from the national register (sihe init writes one)")
    is_built = opened.connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name = 'dim_org'"
    ).fetchall()[0][0]
    question = "select org_code from marts.dim_org where org_level = 'community' order by 1"
    delivered = [code for (code,) in opened.connection.execute(question).fetchall()] if is_built else []
    whose = f"{named.name} {named.code}"
    if strange := [code for code in delivered if not code.startswith(named.code)]:
        text = f"{len(strange)} of {len(delivered)} communities are not in {whose}, first {strange[0]}"
        return Finding("district", WARN, f"{text}: correct {here.settings.district_file}, or ask the platform")
    listed = {row.code for row in district.known_divisions(here.settings)}
    if listed and (strange := [code for code in delivered if code not in listed]):
        text = f"{len(strange)} of {len(delivered)} communities are not listed, first {strange[0]}"
        return Finding("district", WARN, f"{text}: add them to {here.settings.local_seeds / district.DIVISION}")
    return Finding("district", OK, f"{whose}, {len(delivered)} communities in the exports")


def _erasures(here: House) -> Finding:
    stones = tombstones.tombstones(here.settings.tombstones)
    if unfinished := sum(stone.done_at is None for stone in stones):
        return Finding("erasures", FAIL, f"{unfinished} of {len(stones)} did not end: ask sihe erase for them again")
    return Finding("erasures", OK, f"{len(stones)} numbers of persons are left out of all that is delivered")


def _treatments(here: House, opened: store.Warehouse) -> Iterator[Finding]:
    """What was stored, or published, before a contract treated a column otherwise."""
    for one in treatments.noted(opened, here.contracts):
        columns = f"{one.feed}: {', '.join(one.columns)}"
        if not one.is_treated:
            text = f"of {one.days} days are as an earlier contract treated them: sihe backfill --feed {one.feed}"
            yield Finding("treatment", WARN, f"{columns} {text} --from {one.first} --to {one.last} takes them again")
        elif older := made_before(here, one):
            text = f"not in clear any more, but in {len(older)} generations of before, the newest {older[0]}"
            yield Finding("treatment", WARN, f"{columns}: {text}: sihe rotate-key deletes them")


def publication(here: House) -> Finding:
    """Whether the pointer's generation can be read."""
    pointer = publish.current(here.settings.published)
    if pointer is None:
        read = query.in_force(here.settings.published)
        text = as_published(published(read)) if read.unreadable else "nothing is published yet: sihe run"
        return Finding("publication", WARN, text)
    file = here.settings.published / str(pointer.get("file"))
    try:
        with duckdb.connect(str(file), read_only=True, config=offline_config()) as reader:
            (generation,) = reader.execute("select generation from meta.build").fetchall()[0]
    except duckdb.Error as error:
        return Finding("publication", FAIL, f"{file}: {str(error).splitlines()[0]}: sihe run publishes again")
    if generation != pointer.get("generation"):
        return Finding("publication", FAIL, f"{file} is generation {generation}, the pointer says another")
    return Finding("publication", OK, f"generation {generation}, data through {pointer.get('data_through')}")
