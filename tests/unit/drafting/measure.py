"""How many columns of other vendors are recognised, how many are taken alone, and how many of these wrongly; printed.

python -m tests.unit.drafting.measure
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Feed
from pipelines.demo.simulate import simulate
from pipelines.drafting import vocabulary
from pipelines.drafting.columns import guess
from pipelines.drafting.matching import match
from pipelines.drafting.samples import Sample, read_samples
from pipelines.drafting.vocabulary import Vocabulary
from pipelines.settings import SHIPPED_CONTRACTS
from tests.unit.drafting import dialects, newcomers, strangers, unread
from tests.unit.drafting.dialects import Export

ROWS = 100


@dataclass
class Score:
    """Of one vendor: columns that its feeds have, and what became of them."""

    columns: int = 0
    right: int = 0
    taken: int = 0
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    missed: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, made: Export, words: Vocabulary) -> None:
        guesses = [guess(header, made.frame[header].head(ROWS), words) for header in made.frame.columns]
        self.columns += len(made.truth)
        found = {one.one.header: one for one in match(guesses, made.feed, words).matches}
        for header, one in found.items():
            is_right = made.truth.get(header) == one.column.name
            self.right += is_right
            self.taken += one.is_sure
            if one.is_sure and not is_right:
                self.wrong.append((made.feed.id, header, one.column.name))
        self.missed += [
            (made.feed.id, header, found[header].column.name if header in found else "")
            for header, name in made.truth.items()
            if header not in found or found[header].column.name != name
        ]


def exports(feeds: Mapping[str, Feed], of_feed: Mapping[str, Sample]) -> Iterator[tuple[str, Export]]:
    """Every vendor's export of every feed that it has."""
    for made, headers, names in (
        (dialects.export, dialects.HEADERS, dialects.DIALECTS),
        (strangers.export, strangers.HEADERS, strangers.VENDORS),
        *((newcomers.export, headers, names) for names, headers in newcomers.GROUPS.items()),
    ):
        for name in names:
            for feed_id in headers:
                yield name, made(name, feeds[feed_id], of_feed[feed_id])
    for name, headers_of_feed in unread.VENDORS.items():
        for feed_id in headers_of_feed:
            yield name, unread.export(name, feeds[feed_id], of_feed[feed_id])


def scores(feeds: Mapping[str, Feed], of_feed: Mapping[str, Sample], words: Vocabulary) -> Mapping[str, Score]:
    found: dict[str, Score] = {}
    for name, made in exports(feeds, of_feed):
        found.setdefault(name, Score()).add(made, words)
    return found


def main() -> None:
    contracts, _ = load_contracts(SHIPPED_CONTRACTS)
    feeds = {feed.id: feed for contract in contracts for feed in contract.feeds}
    with tempfile.TemporaryDirectory() as folder:
        simulate(contracts, Path(folder), date(2025, 12, 4), date(2025, 12, 5))
        found, _ = read_samples(sorted(Path(folder).rglob("*_2*.*")))
        by_form = {(one.template, one.form.sheet): one for one in found}
        of_feed = {feed.id: by_form[feed.file_template, feed.sheet] for feed in feeds.values()}
    for name, one in scores(feeds, of_feed, vocabulary.load()).items():
        print(
            f"{name:20} {one.columns:4} columns, right {one.right / one.columns:6.1%},"
            f" taken alone {one.taken / one.columns:6.1%}, of these wrong {len(one.wrong)}"
        )
        for feed_id, header, column in one.wrong:
            print(f"    wrong   {feed_id}: {header} → {column}")
        for feed_id, header, column in one.missed:
            print(f"    missed  {feed_id}: {header} → {column or '(none)'}")


if __name__ == "__main__":
    main()
