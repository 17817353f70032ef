"""An installation's own contracts in place of the packaged ones: other headers, words, formats and files of a feed.

Belongs here: which feeds are replaced or added, and what a replacement may not change, because models, KPIs and the
protection of persons rely on it. Does not belong here: reading a contract (`compiler`), versions (`together`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipelines.contracts import together
from pipelines.contracts.model import Column, Contract, ContractError, Delivery, Feed
from pipelines.contracts.salvage import platform_of
from pipelines.contracts.together import Loaded
from pipelines.documents import nearest

Place = tuple[str | int, ...]


def marked(contract: Contract, file_name: str) -> Contract:
    """The contract, with feeds that say from which file of the installation they are."""
    return replace(contract, feeds=tuple(replace(feed, own_contract=file_name) for feed in contract.feeds))


def overridden(
    shipped: Mapping[str, Contract],
    own: Sequence[Loaded],
    errors: Sequence[ContractError],
    own_errors: Sequence[ContractError],
) -> tuple[dict[str, Contract], list[ContractError]]:
    """The contracts by platform with the installation's own feeds, and further errors of these.

    A broken one leaves out its platform, also the packaged contract: what the platform delivers would be read
    otherwise than it was meant.
    """
    found: list[ContractError] = []
    usable = []
    for one in own:
        base = shipped.get(one.contract.platform)
        problems = _problems(one.contract, base) if base is not None else iter(())
        if (first := next(problems, None)) is not None:
            found.append(one.fail(*first))
        else:
            usable.append(one)
    folded, contradictions = together.folded(usable, is_own=True)
    found += contradictions
    left_out = {platform_of(error.file) for error in (*errors, *own_errors, *found)}
    merged = {
        platform: _merged(shipped.get(platform), folded.get(platform))
        for platform in (*shipped, *(one for one in folded if one not in shipped))
        if platform not in {platform_of(error.file) for error in (*own_errors, *found)}
        and (platform in shipped or platform not in left_out)
    }
    mine = {one.file.name: one for one in usable}
    for error in _shared_files(merged, mine):
        found.append(error)
        merged.pop(platform_of(error.file), None)
    return merged, found


def _merged(shipped: Contract | None, own: Contract | None) -> Contract:
    """Feeds of the packaged contract keep their order. Time of arrival, owner and name are the installation's own."""
    if shipped is None or own is None:
        one = own or shipped
        assert one is not None
        return one
    by_name = {feed.name: feed for feed in own.feeds}
    feeds = [_in_place(by_name.pop(feed.name, None), feed) for feed in shipped.feeds]
    return replace(own, feeds=(*feeds, *by_name.values()))


def _in_place(own: Feed | None, shipped: Feed) -> Feed:
    """An own contract that applies from a day on leaves the days before to the packaged one."""
    if own is None:
        return shipped
    oldest = (own, *own.earlier)[-1]
    if oldest.applies_from is None:
        return own
    return replace(own, earlier=(*own.earlier, replace(shipped, earlier=()), *shipped.earlier))


def numbers_said_twice(feeds: Sequence[Feed]) -> list[str]:
    """What to say of own contracts whose version has the number of another one of the feed: each is in force on its
    own days, and a line of the ledger, which has the number alone, does not say which one read its file."""
    files: dict[tuple[str, str, str], list[str]] = {}
    for feed in feeds:
        versions = (feed, *feed.earlier)
        for one in versions:
            if one.own_contract and sum(other.version == one.version for other in versions) > 1:
                at = (one.own_contract, one.version, f"{one.applies_from}")
                files.setdefault(at, []).append(feed.id)
    return [
        f"{file}: version {number} from {day} on has the number of the version before it ({', '.join(ids)}):"
        " give it a higher one, so that the ledger says which of them read a file"
        for (file, number, day), ids in files.items()
    ]


def _shared_files(merged: Mapping[str, Contract], own: Mapping[str, Loaded]) -> Iterator[ContractError]:
    """Errors of own contracts whose files another feed claims too."""
    feeds = [feed for contract in merged.values() for feed in contract.feeds]
    for feed in feeds:
        if not feed.own_contract:
            continue
        for other, template in together.twins(feed, feeds):
            problem = f"files named {template!r} are also {other.id}'s: each feed needs its own, or a sheet"
            yield own[feed.own_contract].fail(["schema"], f"{feed.name}: {problem}")


# ---------------------------------------------------------------- what may not be changed


def _problems(own: Contract, shipped: Contract) -> Iterator[tuple[Place, str]]:
    known = {feed.name: feed for feed in shipped.feeds}
    for i, feed in enumerate(own.feeds):
        if feed.name in known:
            for place, problem in _problems_of_feed(feed, known[feed.name]):
                yield ("schema", i, *place), problem


def _problems_of_feed(own: Feed, shipped: Feed) -> Iterator[tuple[Place, str]]:
    if own.delivery is not shipped.delivery:
        yield ("customProperties",), f"delivery: is {shipped.delivery} in the packaged contract, and models read it so"
    if shipped.delivery is Delivery.CHANGES and own.updated_by != shipped.updated_by:
        yield ("customProperties",), f"updatedBy: is {shipped.updated_by} in the packaged contract"
    stored = {column.name: column for column in own.stored_columns}
    added = [column.name for column in own.columns if column.name not in {one.name for one in shipped.columns}]
    for column in shipped.stored_columns:
        if column.name not in stored:
            is_dropped = column.name in {one.name for one in own.columns}
            what = "is dropped" if is_dropped else "is missing"
            yield (
                ("properties",),
                f"{column.name!r} {what}: models and KPIs read it{_meant(column.name, added)};"
                " keep a column that the platform does not have: it stays empty",
            )
    if set(own.key) != set(shipped.key):
        yield ("properties",), f"the key is {', '.join(shipped.key)} in the packaged contract: primaryKey stays there"
    before = {column.name: column for column in shipped.columns}
    for j, column in enumerate(own.columns):
        if column.name in before:
            for problem in _problems_of_column(column, before[column.name]):
                yield ("properties", j), problem


def _meant(name: str, added: Sequence[str]) -> str:
    """The column that was probably meant, if one of the added ones is spelt like it."""
    return next((f"; is {one!r} meant?" for one in added if nearest(one, [name])), "")


def _problems_of_column(own: Column, shipped: Column) -> Iterator[str]:
    if shipped.privacy is not None and own.privacy is not shipped.privacy:
        treated = f"privacy: {own.privacy} here" if own.privacy else "open here"
        yield f"{own.name} is personal and treated by {shipped.privacy} in the packaged contract, {treated}"
    elif own.sql_type != shipped.sql_type:
        yield f"{own.name} is {own.sql_type} here and {shipped.sql_type} in the packaged contract: models rely on it"
    if shipped.required and not own.required:
        yield f"{own.name} is required in the packaged contract: KPIs need it"
    if shipped.codes is not None and own.codes is None:
        yield f"{own.name} has an enum in the packaged contract: KPIs compare its codes"
    elif shipped.labels is not None:
        for code in own.labels or {}:
            if code not in shipped.labels:
                yield f"{own.name}: enum: no KPI knows the id {code!r}{nearest(code, shipped.labels)}"
