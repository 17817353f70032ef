"""A platform's contract in another vendor's form: its headers, words of codes, file name and format.

Belongs here: what of a contract changes for a matching, and what has to be asked. Does not belong here: the matching
(`matching`), layout (`writing`).
"""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines import documents
from pipelines.contracts.model import Column, Feed, Kind, Treatment
from pipelines.delivery.privacy import redact_name
from pipelines.documents import DocumentError
from pipelines.drafting import parts
from pipelines.drafting.codes import map_codes
from pipelines.drafting.matching import Match, Matching
from pipelines.drafting.samples import CHECK, Form, Sample
from pipelines.drafting.vocabulary import Vocabulary
from pipelines.drafting.writing import ASK, Document, Place

_MOST_WORDS = 24
_UTF_8 = ("utf-8", "utf-8-sig")


def contract_of(feed: Feed, folders: Sequence[Path]) -> dict[str, Any]:
    """The document that a feed is from, looked for in the last folder first; raises DocumentError if it is gone."""
    for file in (file for folder in reversed(folders) for file in sorted(folder.glob("*.odcs.yaml"))):
        _, document = documents.read(file)
        names = [one.get("name") for one in document.get("schema") or []]
        # Of an installation's own contracts, two may have one number.
        is_its = feed.own_contract in ("", file.name) and feed.name in names
        if is_its and (document.get("id"), str(document.get("version"))) == (feed.platform, feed.version):
            return document
    raise DocumentError(folders[-1], "", None, f"no contract of {feed.platform} with version {feed.version}")


def of_matching(
    source: Mapping[str, Any], feed: Feed, samples: Sequence[Sample], found: Matching, words: Vocabulary
) -> Document:
    """source: the platform's document. Its other feeds stay as they are, if they can: a contract has one format."""
    values = copy.deepcopy(dict(source))
    form = samples[0].form
    comments: dict[Place, list[str]] = {
        (): [f"{feed.platform} as another vendor delivers {feed.id}, in place of the packaged contract of this id."],
    }
    own = next(entry for entry in values["schema"] if entry["name"] == feed.name)
    if not _is_same_form(form, feed):
        others = [entry["name"] for entry in values["schema"] if entry is not own]
        values["servers"] = [_server(values["servers"][0], form)]
        values["schema"] = [own]
        if others:
            comments[("servers", 0)] = [
                f"{ASK}how do the platform's other feeds arrive? They are left out, because a contract has one format:"
                f" {', '.join(others)}"
            ]
    place: Place = ("schema", values["schema"].index(own))
    comments[place] = _said_of_feed(feed, samples, found)
    own["customProperties"] = _properties(own["customProperties"], samples[0], place, comments)
    headers = {header for one in samples for header in one.headers}
    by_name = {one.column.name: one for one in found.matches}
    kept = {f"{feed.platform}.{entry['name']}" for entry in values["schema"]}
    for i, entry in enumerate(own["properties"]):
        lines = comments.setdefault((*place, "properties", i), [])
        _drop_reference(entry, feed.platform, kept, lines)
        column, one = feed.column(entry["name"]), by_name.get(entry["name"])
        if one is None:
            lines.append(_said_of_missing(column))
        elif one.is_sure:
            _take(entry, one, headers, words, lines)
        else:
            lines.append(_question(one))
    return Document(values, {at: lines for at, lines in comments.items() if lines})


def _is_same_form(form: Form, feed: Feed) -> bool:
    if form.format != feed.format:
        return False
    encodings = {"utf-8" if one in _UTF_8 else one for one in (form.encoding, feed.encoding)}
    is_same_text = len(encodings) == 1 or form.is_ascii
    return form.format == "xlsx" or (is_same_text and (form.format != "csv" or form.delimiter == feed.delimiter))


def _server(server: Mapping[str, Any], form: Form) -> dict[str, Any]:
    kept = {name: value for name, value in server.items() if name not in ("format", "encoding", "delimiter")}
    kept["format"] = form.format
    if form.format != "xlsx":
        kept["encoding"] = form.encoding
    if form.format == "csv":
        kept["delimiter"] = form.delimiter
    return kept


def _said_of_feed(feed: Feed, samples: Sequence[Sample], found: Matching) -> list[str]:
    sure = sum(one.is_sure for one in found.matches)
    lines = [f"{sure} of {len(feed.columns)} columns are taken alone, {len(found.matches) - sure} are asked"]
    if found.unmatched:
        names = ", ".join(repr(redact_name(one.header)) for one in found.unmatched)
        lines.append(f"not loaded, like no column of the contract: {names}")
    said = samples[0].form.feed_id
    if said is not None and said != feed.id:
        lines.append(f"{ASK}the document must say that its feed is {feed.id!r}; it says another, and is held")
    return lines


def _properties(
    old: Sequence[Mapping[str, Any]], sample: Sample, place: Place, comments: dict[Place, list[str]]
) -> list[dict[str, Any]]:
    """The feed's own properties, with the vendor's file name, sheet and header row."""
    kept = [dict(one) for one in old if one["property"] not in ("sheet", "headerRow", "parts")]
    for i, one in enumerate(kept):
        if one["property"] == "file":
            one["value"] = sample.template
            remark = sample.name_remark
            comments[(*place, "customProperties", i)] = [
                ASK + remark.removeprefix(CHECK) if remark.startswith(CHECK) else remark
            ]
    if sample.parts:
        comments[(*place, "customProperties", len(kept))] = [ASK + parts.ASKED]
        kept.append({"property": "parts", "value": list(sample.parts)})
    if sample.form.format == "xlsx":
        kept.append({"property": "sheet", "value": sample.form.sheet})
        kept.append({"property": "headerRow", "value": sample.form.header_row})
    return kept


def _drop_reference(entry: dict[str, Any], platform: str, kept: set[str], lines: list[str]) -> None:
    """A reference to a feed that is left out would be refused."""
    for link in entry.get("relationships", []):
        target = str(link.get("to", "")).rpartition(".")[0]
        if target.startswith(f"{platform}.") and target not in kept:
            lines.append(f"refers to {link['to']}, which is left out")
            del entry["relationships"]
            return


def _said_of_missing(column: Column) -> str:
    if column.required:
        return f"{ASK}which column is {column.title}? None is like it, and without it every file is held"
    return f"no column is like {column.title}: it stays empty"


def _question(one: Match) -> str:
    others = f"; or is it {', '.join(one.others)}?" if one.others else ""
    return f"{ASK}is {_shown(one)} {one.column.title}? Then write it as physicalName. {one.why}{others}"


def _shown(one: Match) -> str:
    return repr(redact_name(one.one.header))


def _take(entry: dict[str, Any], one: Match, headers: set[str], words: Vocabulary, lines: list[str]) -> None:
    """The vendor's header in place of the contract's, which stays a synonym if the vendor does not use it."""
    lines.append(f"{_shown(one)}: {one.why}")
    old = entry.get("physicalName", entry["name"])
    if one.one.header != old:
        entry["physicalName"] = one.one.header
        said = [synonym for synonym in entry.get("synonyms", []) if synonym["synonym"] not in headers]
        if old not in headers:
            said.append({"synonym": old})
        entry.pop("synonyms", None)
        if said:
            entry["synonyms"] = said
    _take_codes(entry, one, words, lines)


def _take_codes(entry: dict[str, Any], one: Match, words: Vocabulary, lines: list[str]) -> None:
    codes = map_codes(one.one, one.column, words)
    if codes is None:
        return
    if one.column.kind is Kind.BOOLEAN and "enum" not in entry:
        if set(codes.known) <= {"true", "false"}:
            return
        entry["enum"] = [{"id": code, "value": code, "label": code} for code in ("true", "false")]
    said = {code: word for word, code in codes.known.items()}
    # A word of the contract that means another code at this vendor's is no longer this one's.
    for item in entry["enum"]:
        old = str(item["value"])
        item["value"] = said.get(str(item["id"]), f"({item['id']})" if old in codes.known else old)
    changed = [f"{word} → {code}" for word, code in codes.known.items() if (one.column.codes or {}).get(word) != code]
    if changed:
        lines.append("codes: " + ", ".join(changed))
    is_shown = one.one.privacy in (None, Treatment.REDACT) and len(codes.asked) <= _MOST_WORDS
    if codes.asked:
        asked = ", ".join(map(redact_name, codes.asked)) if is_shown else f"{len(codes.asked):,} words"
        lines.append(f"{ASK}which codes are {asked}? Rows with them are rejected until the contract says it")
