"""One installation with its contracts: every command, asset and sensor works on it.

Belongs here: combining settings, contracts and the warehouse, what is pending, and reporting that a database was
rebuilt. Does not belong here: Dagster, so that a command that finds nothing to do need not import it (two seconds of
five).
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb

from pipelines import alerts, dbt_bridge, keys, settings
from pipelines.contracts import compiler, salvage
from pipelines.contracts.model import Contract, ContractError, Feed
from pipelines.delivery import landing
from pipelines.delivery.landing import Arrival
from pipelines.districts import district
from pipelines.districts.district import DistrictError
from pipelines.intake import recovery, treatments
from pipelines.publication import publish
from pipelines.registry import expressions, loading
from pipelines.registry.loading import Registry
from pipelines.settings import LOCK_WAIT_SECONDS, Settings
from pipelines.warehouse import database_file, lock, looking, spool, store
from pipelines.warehouse.store import Warehouse

log = logging.getLogger("sihe")


@dataclass(frozen=True)
class _Kept:
    """A warehouse that stays open, the files that were in the inbox, and what closes the warehouse."""

    opened: Warehouse
    arrivals: Sequence[Arrival]
    closing: ExitStack

    def given(self) -> Iterator[Warehouse]:
        """After an error of the database no step gets it again: it is closed as after any such error, and the next step
        opens it."""
        try:
            yield self.opened
        except duckdb.Error as error:
            with self.closing.pop_all():
                raise error


_kept: dict[tuple[Path, int], _Kept] = {}
"""By home and thread."""


@dataclass(frozen=True)
class House:
    """salvaged: what is known about the feeds of broken contracts. Their tables stay; nothing is loaded into them.

    version: `dbt_bridge.code_version` when the contracts were read, empty where nothing is built.
    """

    settings: Settings
    contracts: tuple[Contract, ...]
    errors: tuple[ContractError, ...]
    salvaged: tuple[Feed, ...]
    version: str = ""

    @cached_property
    def registry(self) -> Registry:
        """The KPIs and facts; a broken KPI is left out and is in its errors."""
        return loading.load()

    def failing_kpis(self) -> list[str]:
        """The KPIs whose SQL fails on the built tables, with file, line and key; called after a failed build."""
        facts = {entry.name: entry for entry in self.registry.facts}
        with self.writing("looking for the KPI that failed") as opened:
            return [
                str(one.fail(place, problem))
                for one in self.registry.kpis
                for place, problem in expressions.failing(opened.connection, one.kpi, facts)
            ]

    @property
    def feeds(self) -> list[Feed]:
        return [feed for contract in self.contracts for feed in contract.feeds]

    @contextmanager
    def writing(self, what: str, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[Warehouse]:
        """Opens the warehouse for writing, exclusively, including everything in the journal; raises Busy if another
        process holds the lock longer than `wait_seconds`, and DistrictError for a city, whose inbox is that of many
        districts. Within `writing_throughout` it gives the warehouse that is open."""
        if (kept := _kept.get(self._here)) is not None:
            yield from kept.given()
            return
        if self.settings.city_file.exists():
            problem = "this is the home of a city, which has no rows: name that of a district, districts/<code>"
            raise DistrictError(self.settings.city_file, "", None, problem)
        with (
            lock.exclusive(self.settings, wait_seconds, what),
            store.opened(self.settings, self.contracts, self.salvaged) as opened,
        ):
            landing.sweep(self.settings.archive)
            spool.sweep(self.settings.working_db.parent)
            self._keep_up_treatments(opened)
            self._recover(opened)
            yield opened

    @contextmanager
    def looking(self, what: str, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[Warehouse]:
        """The warehouse as this version and its contracts would have it; nothing in the home is changed. Raises Busy,
        and Unsound if it is damaged."""
        with (
            lock.exclusive(self.settings, wait_seconds, what),
            looking.looked_at(self.settings, self.contracts, self.salvaged) as opened,
        ):
            yield opened

    @contextmanager
    def writing_throughout(self, what: str, arrivals: Sequence[Arrival]) -> Iterator[None]:
        """Within it, all `writing` of this thread opens the warehouse once, and `arrivals` are these. With a thousand
        days, each of the ten steps of an intake takes 0.2 s to open and close it, and 0.1 s to look into the inbox."""
        with ExitStack() as stack:
            _kept[self._here] = _Kept(stack.enter_context(self.writing(what)), arrivals, stack)
            stack.callback(_kept.pop, self._here, None)
            yield

    def arrivals(self, feeds: Sequence[Feed] | None = None, days: tuple[date, date] | None = None) -> Sequence[Arrival]:
        """The files of the inbox; with `feeds` at least those of these feeds, with `days` those of business dates from
        the first to the last."""
        if (kept := _kept.get(self._here)) is None:
            wanted = self.feeds if feeds is None else feeds
            return landing.scan(self.settings.inbox, wanted, with_strays=feeds is None, days=days)
        found = kept.arrivals
        if days is not None:
            found = [one for one in found if one.business_date and days[0] <= one.business_date <= days[1]]
        return found

    @property
    def _here(self) -> tuple[Path, int]:
        return self.settings.home, threading.get_ident()

    def _keep_up_treatments(self, opened: Warehouse) -> None:
        """First of all: what is loaded afterwards is treated already."""
        now = self.settings.clock()
        treated = treatments.keep_up(opened, self.contracts, now, lambda: self.key(opened, may_create=False))
        if treated:
            log.warning("%s: treated otherwise than before: %s", self.settings.working_db, ", ".join(treated))

    def _recover(self, opened: Warehouse) -> None:
        """Fills the database from archive and journal if it was moved aside, is missing or old, or lacks what a killed
        writer had started; sends an alert."""
        is_new = opened.has_read_no_journal()
        if opened.rebuilt_because:
            self._tell(f"{self.settings.working_db}: {opened.rebuilt_because}")
        recovered = recovery.recover(opened, self.contracts, self.settings, lambda: self.key(opened, may_create=False))
        if recovered.deliveries:
            what = f"{recovered.deliveries} deliveries taken again from archive and journal"
            waiting = f"; {recovered.waiting} wait for a usable contract of their platform" if recovered.waiting else ""
            if is_new:
                self._tell(f"{self.settings.working_db} was rebuilt: {what}{waiting}")
            else:
                log.warning("%s: %s: a writer before was killed%s", self.settings.working_db, what, waiting)
        if recovered.lost:
            self._tell(f"held, because the archive cannot give them back: {', '.join(recovered.lost)}")

    def _tell(self, what: str) -> None:
        log.error(what)
        alerts.send(self.settings, alerts.of_recovery(what))

    def key(self, opened: Warehouse, *, may_create: bool = True) -> keys.Key:
        """The key for pseudonyms, created at the first start; raises KeyUnusable if data were made with another key."""
        made_with = opened.key_ids()
        self._finish_rotation(made_with)
        key = keys.load_key(self.settings.key_file, may_create=may_create and not made_with)
        if made_with and key.id not in made_with:
            raise keys.KeyUnusable(f"{self.settings.key_file}: is not the key that the data were made with")
        return key

    def _finish_rotation(self, made_with: set[str]) -> None:
        """Completes a rotation that was killed between its two steps: the tokens are already those of the new key."""
        coming = self.settings.key_file.with_suffix(".next")
        if coming.exists() and keys.load_key(coming, may_create=False).id in made_with:
            coming.replace(self.settings.key_file)

    def needs_build(self, opened: Warehouse) -> bool:
        """Whether what readers see differs from ledger and code: something changed, a build or its publication did not
        finish, or the publication is gone."""
        is_built = opened.is_whole() and opened.built_version() == dbt_bridge.code_version(self.settings)
        pointer = publish.current(self.settings.published) or {}
        stamp = database_file.stamp_of(self.settings.published / str(pointer.get("file")))
        is_published = (
            opened.published_generation() == pointer.get("generation") is not None
            and stamp is not None
            # The file is unchanged since it was checked: a damaged one is published again.
            and opened.published_stamp() in (None, stamp)
        )
        return opened.pending_changes() > 0 or not is_built or not is_published


def load(home: Path | None = None, inbox: Path | None = None) -> House:
    """The installation that the arguments or the environment name. Broken contracts leave out their platform.

    Raises DistrictError for a district.yaml that cannot be used.
    """
    here = settings.load(home, inbox)
    settings.apply(here)
    # Before the contracts are read: what changes meanwhile belongs to the next version.
    version = dbt_bridge.code_version(here)
    return replace(of(here), version=version)


def of(here: Settings) -> House:
    """The same for settings that this process and its children do not take over: to look at, not to build."""
    contracts, errors = compiler.load_contracts(here.contracts, *here.contract_folders)
    salvaged = _salvaged(contracts, _broken(here, errors))
    return House(here, _with_connection(here, contracts, salvaged), errors, salvaged)


def _with_connection(here: Settings, contracts: Sequence[Contract], salvaged: Sequence[Feed]) -> tuple[Contract, ...]:
    """The contracts, with feeds that say whether they are connected; raises DistrictError."""
    named = district.load(here)
    known = [feed.id for contract in contracts for feed in contract.feeds] + [feed.id for feed in salvaged]
    district.refuse_unknown(here, named, known)
    return tuple(
        replace(
            contract,
            feeds=tuple(replace(feed, is_connected=district.is_connected(named, feed.id)) for feed in contract.feeds),
        )
        for contract in contracts
    )


def _broken(here: Settings, errors: Sequence[ContractError]) -> list[Path]:
    """The files of broken contracts. An own one leaves out its platform: the packaged one says which tables it has."""
    files = [error.file for error in errors]
    shipped = [here.contracts / f"{salvage.platform_of(file)}.odcs.yaml" for file in files if file.is_file()]
    return list(dict.fromkeys([*shipped, *files]))


def _salvaged(contracts: Sequence[Contract], broken: Sequence[Path]) -> tuple[Feed, ...]:
    """The feeds of platforms without a usable contract."""
    # If a platform has another contract that is valid, that one is used.
    known = {one.platform for one in contracts}
    told = [(file, feed) for file in broken if file.is_file() for feed in salvage.salvage(file)]
    found: dict[str, Feed] = {}
    # If a contract has a copy with the same id, the file named after the platform defines the tables.
    for _, feed in sorted(told, key=lambda one: one[0].name != f"{one[1].platform}.odcs.yaml"):
        if feed.platform not in known:
            before = found.get(feed.id, feed)
            names = [column.name for column in before.columns]
            more = [replace(column, is_key=False) for column in feed.columns if column.name not in names]
            found[feed.id] = replace(before, columns=(*before.columns, *more))
    return tuple(found.values())
