"""One installation with its contracts: what every command, asset and sensor works on.

Belongs here: putting settings, contracts and the warehouse together, and what is pending. Does not belong here:
Dagster, so that a command which finds nothing to do need not import it (two seconds of five).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines import contract, landing, privacy, publish, settings, transform, warehouse
from pipelines.contract import Contract, ContractError, Feed
from pipelines.settings import LOCK_WAIT_SECONDS, Settings
from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class House:
    """salvaged: what can still be told of the feeds of broken contracts; their tables stay, nothing is taken in."""

    settings: Settings
    contracts: tuple[Contract, ...]
    errors: tuple[ContractError, ...]
    salvaged: tuple[Feed, ...]

    @property
    def feeds(self) -> list[Feed]:
        return [feed for contract in self.contracts for feed in contract.feeds]

    @contextmanager
    def writing(self, what: str, wait_seconds: float = LOCK_WAIT_SECONDS) -> Iterator[Warehouse]:
        """The warehouse for writing, alone; raises Busy where another process keeps it longer than that."""
        with (
            warehouse.exclusive(self.settings, wait_seconds, what),
            warehouse.opened(self.settings, self.contracts, self.salvaged) as opened,
        ):
            landing.sweep(self.settings.archive)
            yield opened

    def key(self, opened: Warehouse) -> privacy.Key:
        """The key for pseudonyms, made at first start; raises KeyUnusable where data were made with another."""
        made_with = opened.key_ids()
        self._finish_rotation(made_with)
        key = privacy.load_key(self.settings.key_file, may_create=not made_with)
        if made_with and key.id not in made_with:
            raise privacy.KeyUnusable(f"{self.settings.key_file}: is not the key that the data were made with")
        return key

    def _finish_rotation(self, made_with: set[str]) -> None:
        """A rotation that was killed between its two steps: the tokens are those of the new key already."""
        coming = self.settings.key_file.with_suffix(".next")
        if coming.exists() and privacy.load_key(coming, may_create=False).id in made_with:
            coming.replace(self.settings.key_file)

    def needs_build(self, opened: Warehouse) -> bool:
        """Whether what readers see is not what the ledger and the code say: something changed, a build did not end, or
        its publication did not, or is gone."""
        is_built = opened.is_whole() and opened.built_version() == transform.code_version(self.settings)
        pointer = publish.current(self.settings.published) or {}
        is_published = (
            opened.published_generation() == pointer.get("generation") is not None
            and (self.settings.published / str(pointer.get("file"))).exists()
        )
        return opened.pending_changes() > 0 or not is_built or not is_published


def load(home: Path | None = None, inbox: Path | None = None) -> House:
    """The installation that the arguments, else the environment, name. Broken contracts leave their platform out."""
    here = settings.load(home, inbox)
    settings.apply(here)
    contracts, errors = contract.load_contracts(here.contracts)
    broken = {feed.id: feed for error in errors if error.file.is_file() for feed in contract.salvage(error.file)}
    # A platform whose other contract is whole goes on with that one.
    known = {one.platform for one in contracts}
    salvaged = tuple(feed for feed in broken.values() if feed.platform not in known)
    return House(here, contracts, errors, salvaged)
