"""The published files that analysts take with them.

Belongs here: which files there are. Does not belong here: who may take them (`door`).
"""

from pathlib import Path

from pipelines.publication import generations, publish


def listed(published: Path) -> list[tuple[str, int]]:
    """Name below `published/` and size in bytes: every generation, newest first, then the copies of the one in
    force."""
    kept = generations.listed(published)
    found = [(one.file.name, one.file.stat().st_size) for one in kept if one.file.exists()]
    now = (publish.current(published) or {}).get("generation")
    for one in kept:
        if one.name == now:
            copies = one.file.with_suffix("")
            found += [
                (file.relative_to(published).as_posix(), file.stat().st_size)
                for file in sorted(copies.rglob("*"))
                if file.is_file() and not file.is_symlink() and not file.name.startswith(".")
            ]
    return found


def find(published: Path, name: str) -> Path | None:
    """The file of a name, if it is one of those that are listed."""
    return published / name if name in {known for known, _ in listed(published)} else None
