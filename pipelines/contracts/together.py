"""Contracts beside each other: which of them contradict, versions of one platform, one contract made of several.

Belongs here: checks that need more than one contract. Does not belong here: reading one (`compiler`), what an
installation's own contract may change of a packaged one (`overriding`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import yaml
from packaging.version import Version

from pipelines import documents
from pipelines.contracts.model import Column, Contract, ContractError, Feed, Treatment
from pipelines.contracts.salvage import platform_named_in, platform_of, salvage
from pipelines.settings import SHIPPED_CONTRACTS

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Loaded:
    """A contract with its file, for checks that need all contracts of a folder."""

    file: Path
    root: yaml.Node
    contract: Contract

    def fail(self, place: Sequence[str | int], problem: str) -> ContractError:
        return ContractError(self.file, documents.spell(place), documents.line_of(self.root, place), problem)


def rival_claims(loaded: Sequence[Loaded], *, is_own: bool = False) -> Iterator[ContractError]:
    """Errors of contracts that are the same version of one platform, or that name another platform's files. is_own: an
    installation's own contracts, of which several may each have some of a platform's feeds."""
    for one in loaded:
        mine = one.contract
        others = [other for other in loaded if other is not one]
        rivals = [other for other in others if _is_same_version(mine, other.contract)]
        if rivals := [other for other in rivals if not is_own or _shared(mine, other.contract)]:
            yield one.fail(
                ["id"],
                f"{mine.platform!r}, version {mine.version}, is also in {_files(rivals)}: none of them is loaded;"
                " a copy for another platform needs an id of its own, a newer version a higher version and appliesFrom",
            )
        for i, feed in enumerate(mine.feeds):
            takers = [
                other
                for other in others
                if other.contract.platform != mine.platform
                and feed.file_template in [taken.file_template for taken in other.contract.feeds]
            ]
            if takers:
                yield one.fail(
                    ["schema", i, "customProperties"],
                    f"files named {feed.file_template!r} are also another platform's, in {_files(takers)}:"
                    " none of them is loaded; a platform needs file names of its own",
                )


def _is_same_version(one: Contract, other: Contract) -> bool:
    """Whether nothing decides which of the two is in force on a business date."""
    is_undated = one.applies_from is None and other.applies_from is None
    return one.platform == other.platform and (is_undated or Version(one.version) == Version(other.version))


def _shared(one: Contract, other: Contract) -> set[str]:
    return {feed.name for feed in one.feeds} & {feed.name for feed in other.feeds}


def _files(loaded: Sequence[Loaded]) -> str:
    return ", ".join(one.file.name for one in loaded)


def unanswerable_references(loaded: Sequence[Loaded], broken: Sequence[Path]) -> Iterator[ContractError]:
    """Errors of references to a feed or column that is in no contract; such a reference would never be checked.

    A reference to a platform with a broken contract is accepted, because a broken contract must not affect other
    platforms; so is a reference to a platform of Sihe that this installation does not have.
    """
    known: dict[str, Column] = {}
    salvaged = [feed for file in broken if file.is_file() for feed in salvage(file)]
    for feed in (*(feed for one in loaded for feed in one.contract.feeds), *salvaged):
        known.update({f"{feed.id}.{column.name}": column for column in feed.columns})
    platforms = {one.contract.platform for one in loaded}
    in_doubt = {platform_of(file) for file in broken}
    is_any_in_doubt = not all(platform_named_in(file) for file in broken)

    def problem(reference: str) -> str | None:
        platform = reference.partition(".")[0]
        if reference in known:
            is_dropped = known[reference].privacy is Treatment.DROP
            return f"{reference!r} is dropped at the door: nothing can be looked up in it" if is_dropped else None
        if platform in in_doubt or (platform not in platforms and (is_any_in_doubt or _is_shipped(reference))):
            return None
        return f"no contract has {reference!r}, as platform.feed.column{documents.nearest(reference, known)}"

    for one in loaded:
        for i, feed in enumerate(one.contract.feeds):
            for j, column in enumerate(feed.columns):
                if column.references is not None and (told := problem(column.references)):
                    yield one.fail(["schema", i, "properties", j, "relationships", 0, "to"], told)


def _is_shipped(reference: str) -> bool:
    """Whether one of Sihe's own contracts has the column."""
    platform, _, rest = reference.partition(".")
    file = SHIPPED_CONTRACTS / f"{platform}.odcs.yaml"
    if not _NAME.fullmatch(platform) or not file.is_file():
        return False
    return rest in {f"{feed.name}.{column.name}" for feed in salvage(file) for column in feed.columns}


def folded(loaded: Sequence[Loaded], *, is_own: bool = False) -> tuple[dict[str, Contract], tuple[ContractError, ...]]:
    """One contract a platform, made of its versions, and the errors of versions that contradict. is_own: also of
    several contracts that each have some of its feeds."""
    found: dict[str, Loaded] = {}
    errors: list[ContractError] = []
    # A platform's versions are sorted by version, independent of their file names.
    for one in sorted(loaded, key=lambda one: (one.contract.platform, Version(one.contract.version))):
        other = found.get(one.contract.platform)
        try:
            if other is None:
                found[one.contract.platform] = one
            elif is_own and not _shared(one.contract, other.contract):
                found[one.contract.platform] = replace(one, contract=_beside(one, other))
            else:
                found[one.contract.platform] = replace(one, contract=_with_earlier(one, other))
        except ContractError as error:
            errors.append(error)
    return {platform: one.contract for platform, one in found.items()}, tuple(errors)


def _beside(one: Loaded, other: Loaded) -> Contract:
    """The feeds of two contracts of a platform: it promises one time of arrival, and has one owner and name."""
    for name, place in (("available_at", "slaProperties"), ("keeps_files_days", "slaProperties"), ("title", "name"),
                        ("owner", "team")):  # fmt: skip
        mine, others = getattr(one.contract, name), getattr(other.contract, name)
        if mine != others:
            problem = f"{mine!s} here and {others!s} in {other.file.name}: a platform has one"
            raise one.fail([place], problem)
    return replace(one.contract, feeds=(*other.contract.feeds, *one.contract.feeds))


def _with_earlier(one: Loaded, other: Loaded) -> Contract:
    """The newer of two contracts of a platform; its feeds have their earlier versions."""
    newer, older = one.contract, other.contract
    starts = older.applies_from or date.min
    if newer.applies_from is None or newer.applies_from <= starts:
        raise one.fail(
            ["customProperties"],
            f"appliesFrom: version {newer.version} needs a date after {older.version}'s, in {other.file.name}",
        )
    before = {feed.name: feed for feed in older.feeds}
    feeds = []
    for i, feed in enumerate(newer.feeds):
        was = before.pop(feed.name, None)
        if was is not None:
            types = {column.name: column.sql_type for column in was.table_columns}
            for column in feed.table_columns:
                if types.get(column.name, column.sql_type) != column.sql_type:
                    line = documents.line_of(one.root, ["schema", i, "properties", feed.columns.index(column)])
                    raise ContractError(
                        one.file, f"schema.{feed.name}.{column.name}", line,
                        f"is {column.sql_type} in version {newer.version} and {types[column.name]} in {older.version}:"
                        " a column keeps its type, another one needs another name",
                    )  # fmt: skip
        feeds.append(replace(feed, earlier=(replace(was, earlier=()), *was.earlier)) if was else feed)
    found = replace(newer, feeds=(*feeds, *before.values()))
    for i, feed in enumerate(feeds):
        for twin, template in twins(feed, found.feeds):
            raise one.fail(
                ["schema", i, "customProperties"],
                f"files named {template!r} are also {twin.id}'s, by {other.file.name}: each would be loaded twice;"
                f" a feed has one name in all versions ({twin.name!r}?), or file names of its own",
            )
    return found


def twins(feed: Feed, feeds: Sequence[Feed]) -> Iterator[tuple[Feed, str]]:
    """The feeds that would take files of this one too, on some business date, and these files' names."""
    for other in feeds:
        pairs = ((mine, its) for mine in _in_time(feed) for its in _in_time(other))
        shared = [mine[0].file_template for mine, its in pairs if _is_one_file(*mine, *its)]
        if other is not feed and shared:
            yield other, shared[0]


def _in_time(feed: Feed) -> Iterator[tuple[Feed, date, date]]:
    """The versions of a feed, each with its first business date and the first one of the next."""
    until = date.max
    versions = (feed, *feed.earlier)
    for one in versions:
        since = one.applies_from if one.applies_from and one is not versions[-1] else date.min
        yield one, since, until
        until = min(until, since)


def _is_one_file(one: Feed, since: date, until: date, other: Feed, its_since: date, its_until: date) -> bool:
    is_apart = one.platform == other.platform and None not in (one.sheet, other.sheet) and one.sheet != other.sheet
    is_named_alike = one.file_template.lower() == other.file_template.lower()
    return is_named_alike and not is_apart and max(since, its_since) < min(until, its_until)
