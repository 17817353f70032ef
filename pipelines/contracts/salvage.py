"""The usable parts of a contract that is broken.

Belongs here: its platform, its feeds' names, types and keys, read line by line. Does not belong here: contracts that
can be used (`compiler`).
"""

import re
from dataclasses import replace
from pathlib import Path

from pipelines.contracts.model import SQL_WORDS, Column, Delivery, Feed, Kind, Treatment


def salvage(file: Path) -> tuple[Feed, ...]:
    """What is known about the feeds of a broken contract: names, types, keys. Nothing is loaded with it.

    It keeps the tables that models read, so that a broken contract leaves out only its own platform. It reads lines,
    not YAML, because the YAML may be broken.
    """
    platform = platform_of(file)
    feeds: list[Feed] = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if start := re.match(r"- name: ([a-z][a-z0-9_]*)\s*$", line):
            feeds.append(
                Feed(platform, start[1], start[1], "", "csv", "utf-8", ",", Delivery.APPEND, "", None, 1, None, ())
            )
        elif feeds and (told := re.match(r"\s*- \{property: (delivery|updatedBy), value: (\w+)\}", line)):
            value = {told[1]: told[2]}
            if value.get("delivery") in list(Delivery):
                feeds[-1] = replace(feeds[-1], delivery=Delivery(value["delivery"]))
            feeds[-1] = replace(feeds[-1], updated_by=value.get("updatedBy", feeds[-1].updated_by))
        elif feeds and (entry := re.match(r"\s*- \{name: ([a-z][a-z0-9_]*),.*?logicalType: (\w+)", line)):
            if entry[1] in SQL_WORDS | {column.name for column in feeds[-1].columns}:
                continue  # no table can have it: it may be why the contract is broken
            kind = Kind(entry[2]) if entry[2] in list(Kind) else Kind.STRING
            treatment = re.search(r"property: privacy, value: (\w+)", line)
            privacy = Treatment(treatment[1]) if treatment and treatment[1] in list(Treatment) else None
            multiple = re.search(r"multipleOf: (?:1|0\.(0{0,5}1))0*\s*[,}]", line)
            decimals = len(multiple[1] or "") if multiple else None
            column = Column(
                name=entry[1], header=entry[1], aliases=(), kind=kind, title=entry[1], required=False,
                is_key="primaryKey: true" in line, pattern=None, codes=None, labels=None, minimum=None, maximum=None,
                decimals=decimals, min_length=None, max_length=None, privacy=privacy, references=None,
            )  # fmt: skip
            feeds[-1] = replace(feeds[-1], columns=(*feeds[-1].columns, column))
    return tuple(feed for feed in feeds if feed.columns)


def platform_named_in(file: Path) -> str | None:
    """The platform that a contract names, even if it is broken."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    named = re.search(r"^id: ([a-z][a-z0-9_]*)\s*$", text, re.MULTILINE)
    return named[1] if named else None


def platform_of(file: Path) -> str:
    """The platform that a contract names, otherwise the one in its file name."""
    return platform_named_in(file) or re.sub(r"\W", "_", file.name.removesuffix(".odcs.yaml"))
