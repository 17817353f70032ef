"""The inbox and the archive: which feed and date a file belongs to, and permanent storage of its bytes.

Belongs here: names, revisions, business dates, hashes, the content-addressed archive. Does not belong here: the content
of a file (`reading`), how the archive compresses it (`compression`), what has been loaded already (`warehouse`). The
inbox belongs to the platforms: nothing in it is moved, changed or deleted, and links in it are not followed.
"""

import contextlib
import hashlib
import os
import re
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Protocol

from pipelines import progress
from pipelines.contracts.model import Feed
from pipelines.delivery import compression, privacy
from pipelines.delivery.text_table import Held
from pipelines.settings import BEIJING
from pipelines.timings import stage

_IN_PROGRESS = (".part", ".tmp", ".filepart")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BLOCK_BYTES = 1 << 20
_REWRITTEN = ".rewritten"
_READABLE = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
_HASH = re.compile("[0-9a-f]{64}")
# A day less than the calendar has: a receipt is compared with times a day before and after it.
_FIRST_TIME, _LAST_TIME = (datetime(*day, tzinfo=BEIJING).timestamp() for day in ((1, 1, 2), (9999, 12, 30)))


class Reader(Protocol):
    """Reads a large file while it is archived."""

    block_bytes: int

    def read(self, blocks: Iterator[bytes], copy: Path) -> None:
        """Takes the file's blocks, or some of them; after the last one the copy has them all."""


@dataclass(frozen=True)
class Arrival:
    """A file in the inbox. If its name belongs to no feed, feeds is empty and business_date is null.

    stamp changes whenever the file does: a file with a known path and stamp need not be read again. is_closed: this
    user has no right to read it.
    """

    place: str
    folder: str
    file_name: str
    feeds: tuple[Feed, ...]
    business_date: date | None
    revision: int
    received_at: datetime
    stamp: str
    size: int
    is_closed: bool = False

    @property
    def path(self) -> Path:
        """Where the file is. Made when it is needed: a Path costs as much as all else that a scan learns of a file."""
        return Path(self.place)


def scan(
    inbox: Path, feeds: Sequence[Feed], *, with_strays: bool = True, days: tuple[date, date] | None = None
) -> list[Arrival]:
    """Every file of the inbox and of all folders in it, in an order that does not depend on the file system. With
    `with_strays=False` only those of the given feeds, with `days` only those of business dates from the first to the
    last: an old inbox has tens of thousands of files, and asking the disk for each costs most.

    Uploads in progress, hidden files, links, pipes and devices are ignored. So are files with a second name (hard
    links), because another user may own the other name; what is in `closed_folders`; and what vanishes meanwhile.
    """
    names = _Names(feeds)
    found = []
    for entry, folder in _files(inbox):
        file_name = readable_name(entry.name)
        named = names.read(file_name)
        is_wanted = with_strays if named[1] is None else days is None or days[0] <= named[1] <= days[1]
        if is_wanted and (its := _stat(entry)) and its.st_nlink == 1:
            found.append(_arrival(entry.path, its, folder, file_name, named))
    return sorted(_each_in_a_place(found), key=lambda arrival: (arrival.file_name, arrival.folder))


def first_business_date(inbox: Path, feeds: Sequence[Feed], earliest: date, latest: date) -> date | None:
    """The first business date from `earliest` to `latest` of which the inbox has a file of these feeds; null if it has
    none."""
    names = _Names(feeds)
    first: date | None = None
    for entry, _ in _files(inbox):
        day = names.read(readable_name(entry.name))[1]
        if day is None or not earliest <= day <= latest or (first is not None and day >= first):
            continue
        if (its := _stat(entry)) and its.st_nlink == 1:
            first = day
    return first


def hard_links(inbox: Path) -> int:
    """How many files of the inbox are ignored because they have a second name."""
    return sum((its := _stat(entry)) is not None and its.st_nlink > 1 for entry, _ in _files(inbox))


def closed_folders(inbox: Path) -> list[str]:
    """The folders of the inbox that this user has no right to look into."""
    closed: list[str] = []
    for _ in _files(inbox, closed=closed):
        pass
    return sorted(closed)


def _files(inbox: Path, folder: str = "", closed: list[str] | None = None) -> Iterator[tuple["os.DirEntry[str]", str]]:
    """Every file with the name of its folder. closed: gets the names of the folders that cannot be looked into."""
    try:
        found = os.scandir(inbox)
    except (FileNotFoundError, NotADirectoryError):
        return
    with found as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False) and not _in_progress(entry.name):
                yield entry, folder
            elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                name = f"{folder}/{_shown(entry)}".lstrip("/")
                if os.access(entry.path, os.R_OK | os.X_OK):
                    yield from _files(Path(entry.path), name, closed)
                elif closed is not None:
                    closed.append(name)


def _stat(entry: "os.DirEntry[str]") -> os.stat_result | None:
    """What the disk says of a file; null if it is gone since its folder was listed, or may not be asked for."""
    try:
        return entry.stat(follow_symlinks=False)
    except (FileNotFoundError, PermissionError):
        return None


def _shown(folder: "os.DirEntry[str]") -> str:
    """A folder's name is free text. If it contains a person's number, that is redacted and the inode keeps the name
    unique."""
    if _DAY.fullmatch(folder.name):
        return folder.name
    name = readable_name(folder.name)
    shown = privacy.redact_name(name)
    return folder.name if shown == name else f"{shown} {folder.inode()}"


def _in_progress(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(_IN_PROGRESS)


def _arrival(
    place: str, found: os.stat_result, folder: str, file_name: str, named: tuple[tuple[Feed, ...], date | None, int]
) -> Arrival:
    feeds, business_date, revision = named
    return Arrival(
        place=place,
        folder=readable_name(folder),
        file_name=file_name,
        feeds=feeds,
        business_date=business_date,
        revision=revision,
        received_at=received_at(found),
        stamp=f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}",
        size=found.st_size,
        # What everyone may read need not be asked for.
        is_closed=found.st_mode & _READABLE != _READABLE and not os.access(place, os.R_OK),
    )


def received_at(found: os.stat_result) -> datetime:
    """When a file was received, in Beijing time: when it was last written. Some servers and disks tell times that no
    calendar has: they count as its first or last day."""
    return datetime.fromtimestamp(min(max(found.st_mtime, _FIRST_TIME), _LAST_TIME), BEIJING).replace(tzinfo=None)


def _each_in_a_place(arrivals: list[Arrival]) -> list[Arrival]:
    """Two clients may spell one name in UTF-8 and in GB18030: these are two files. What is not in UTF-8 has a folder of
    its own then."""
    times = Counter((one.folder, one.file_name) for one in arrivals)
    if len(times) == len(arrivals):
        return arrivals
    return [
        replace(one, folder=f"{one.folder} (GB18030)".lstrip())
        if times[one.folder, one.file_name] > 1 and not _is_utf8(one.place)
        else one
        for one in arrivals
    ]


def _is_utf8(place: str) -> bool:
    # What is not UTF-8 comes from the file system as halves of characters.
    return place.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in place)


def readable_name(name: str) -> str:
    """A readable name: old Windows and FTP servers write names in GB18030; other invalid bytes are spelled out."""
    if name.isascii():
        return name
    raw = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return raw.decode("utf-8", "backslashreplace")


def named(file_name: str, feeds: Sequence[Feed]) -> tuple[tuple[Feed, ...], date | None, int]:
    """The feeds, business date and revision that a file's name says; no feed and no date if it belongs to none."""
    return _Names(feeds).read(file_name)


def part_of(feed: Feed, file_name: str) -> str:
    """Which of the files of its business date it is; empty if the day comes in one file."""
    for one in (feed, *feed.earlier):
        if one.parts:
            found = _Names([replace(one, earlier=())]).match(file_name)
            if found is not None:
                return found["part"].lower()
    return ""


class _Names:
    """The feeds that a file name belongs to: the contract's template with a date and an optional revision."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self.feeds_of: dict[str, list[Feed]] = {}
        for feed in feeds:
            for template in dict.fromkeys(one.file_template for one in (feed, *feed.earlier)):
                self.feeds_of.setdefault(template, []).append(feed)
        self.patterns = []
        for template in self.feeds_of:
            stem, ending = template.rsplit(".", 1)
            versions = [one for feed in self.feeds_of[template] for one in (feed, *feed.earlier)]
            parts = sorted({part for one in versions if one.file_template == template for part in one.parts})
            any_part = f"(?P<part>{'|'.join(map(re.escape, parts))})"
            before, after = (re.escape(piece).replace(r"\{part\}", any_part) for piece in stem.split("{yyyymmdd}"))
            pattern = rf"{before}(?P<date>[0-9]{{8}}){after}(?:_r(?P<revision>[1-9][0-9]{{0,3}}))?\.{re.escape(ending)}"
            self.patterns.append((re.compile(pattern, re.IGNORECASE), template))

    def match(self, name: str) -> re.Match[str] | None:
        return next((found for pattern, _ in self.patterns if (found := pattern.fullmatch(name))), None)

    def read(self, name: str) -> tuple[tuple[Feed, ...], date | None, int]:
        for pattern, template in self.patterns:
            if match := pattern.fullmatch(name):
                try:
                    day = date.fromisoformat(match["date"])  # a fifteenth of strptime's cost
                except ValueError:
                    continue
                part = match.groupdict().get("part")
                feeds = tuple(
                    feed
                    for feed in self.feeds_of[template]
                    if (version := feed.as_of(day)).file_template == template
                    and (part is None or part.lower() in [one.lower() for one in version.parts])
                )
                # Another version may have a name that differs only in its case.
                if feeds:
                    return feeds, day, int(match["revision"] or 1)
        return (), None, 1


def sweep(folder: Path) -> None:
    """Deletes incomplete copies of a killed run: they are raw personal data without a hash. Only while holding the
    lock."""
    for leftover in (*folder.glob(".incoming-*"), *folder.glob("*/.incoming-*")):
        leftover.unlink()


class StillArriving(OSError):
    """The file changed while it was read: it is not loaded now; the next run tries again."""


def archive(arrival: Arrival, folder: Path, reader: Reader | None = None) -> str:
    """Copies the file into the archive under its SHA-256 and returns the hash; only the owner can read the archive.

    Raises StillArriving if the file changed or vanished meanwhile: then what the reader has read is worth nothing.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as copy:
            try:
                source = os.open(arrival.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            except OSError as error:
                raise StillArriving(f"{arrival.file_name}: {error.strerror}") from error
            with os.fdopen(source, "rb", buffering=0) as original:
                if arrival.size > compression.MOST_BYTES:
                    sha256 = _copied(original, copy, Path(temporary), reader)
                    target = archived(folder, sha256)
                else:
                    with stage("archive"):
                        data = original.readall()
                        sha256 = hashlib.sha256(data).hexdigest()
                        target, kept = _form(folder, sha256, data)
                        copy.write(kept)
                found = os.fstat(original.fileno())
            with stage("archive"):
                copy.flush()
                os.fsync(copy.fileno())
            progress.reached("taking.copied")
        if f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}" != arrival.stamp:
            raise StillArriving(f"{arrival.file_name}: changed while it was read")
        target.parent.mkdir(exist_ok=True, mode=0o700)
        # A replay must not restore a file from which a person was removed.
        if not (is_rewritten(target) and target.exists()):
            Path(temporary).replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
    return sha256


def _copied(original: FileIO, copy: BinaryIO, path: Path, reader: Reader | None) -> str:
    """Copies a file to a path in blocks; its hash. A block is hashed and written while the reader uses it."""
    digest = hashlib.sha256()
    size = reader.block_bytes if reader else _BLOCK_BYTES
    keeping: list[Future[None]] = []

    def keep(block: bytes) -> None:
        with stage("archive"), memoryview(block) as whole:
            # In parts: written at once, 16 MB took 0.9 s more of 400 MB, in the kernel.
            for begin in range(0, len(block), _BLOCK_BYTES):
                part = whole[begin : begin + _BLOCK_BYTES]
                digest.update(part)
                copy.write(part)

    def wait() -> None:
        while keeping:
            keeping.pop().result()

    def blocks(pool: ThreadPoolExecutor) -> Iterator[bytes]:
        while block := original.read(size):
            # Not more than one: memory is for the reader.
            wait()
            keeping.append(pool.submit(keep, block))
            yield block
        wait()
        copy.flush()

    with ThreadPoolExecutor(1) as pool:
        if reader:
            reader.read(blocks(pool), path)
        # What no reader has taken.
        for _ in blocks(pool):
            pass
    return digest.hexdigest()


def _form(folder: Path, sha256: str, data: bytes) -> tuple[Path, bytes]:
    """The path and the bytes of a small file in the archive: compressed if that is worth it, and in the form that the
    archive has already, so that it never has both."""
    there = archived(folder, sha256)
    if compression.is_compressed(there):
        return there, compression.compressed(data)
    if there.exists() or (small := compression.worth_it(data)) is None:
        return there, data
    return there.with_name(sha256 + compression.SUFFIX), small


def rewrite(target: Path, data: bytes) -> None:
    """Replaces archived bytes by bytes without a person. The file name stays the hash of the delivered bytes; the hash
    of the new bytes is written next to the file."""
    kept = compression.compressed(data) if compression.is_compressed(target) else data
    for file, content in ((_beside(target), hashlib.sha256(data).hexdigest().encode()), (target, kept)):
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
        with os.fdopen(handle, "wb") as copy:
            copy.write(content)
            copy.flush()
            os.fsync(copy.fileno())
        Path(temporary).replace(file)


def remove(target: Path) -> None:
    """Deletes archived bytes and the hash next to them."""
    target.unlink(missing_ok=True)
    _beside(target).unlink(missing_ok=True)


def is_intact(target: Path) -> bool:
    """Whether archived bytes are the delivered ones or the rewritten ones."""
    if compression.is_compressed(target):
        try:
            found = hashlib.sha256(compression.contents(target)).hexdigest()
        except Held:
            return False
    else:
        found = sha256_of(target)
    return found in (hash_of(target), _rewritten_as(target))


def is_rewritten(target: Path) -> bool:
    """Whether a person was removed from archived bytes."""
    return _rewritten_as(target) is not None


def hash_of(target: Path) -> str:
    """The hash of the delivered bytes that an archived file has, or had before a person was removed."""
    return target.name.removesuffix(compression.SUFFIX)


def _beside(target: Path) -> Path:
    return target.with_name(hash_of(target) + _REWRITTEN)


def _rewritten_as(target: Path) -> str | None:
    beside = _beside(target)
    return beside.read_text() if beside.exists() else None


def sha256_of(path: Path) -> str:
    """The hash of a file that is not archived."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def archived(folder: Path, sha256: str) -> Path:
    """The path of the bytes with this hash, which `compression` reads; if there are none, a path where nothing is."""
    place = folder / sha256[:2] / sha256
    # A string: a path costs more than the look-up, and a delivery needs several.
    packed = f"{place}{compression.SUFFIX}"
    return Path(packed) if os.path.exists(packed) else place  # noqa: PTH110


def archived_files(folder: Path) -> list[Path]:
    """Every file of the archive, without the hashes next to rewritten ones."""
    return sorted(path for path in folder.glob("??/*") if _HASH.fullmatch(hash_of(path)))
