"""Sample files without a contract → text rows, with what had to be found out to read them and why.

Belongs here: format, encoding, delimiter, sheet, header row, the name's template, and grouping files by the feed that
they seem to be of. Does not belong here: reading itself (`delivery`), the meaning of columns (`columns`), what a feed
is (`tables`).
"""

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from pipelines.contracts.model import Delivery, Feed
from pipelines.delivery.decoding import ZIP
from pipelines.delivery.privacy import numbers_in
from pipelines.delivery.reading import read
from pipelines.delivery.signs import is_blank
from pipelines.delivery.text_table import ROW_NUMBER, Held, TextTable
from pipelines.delivery.workbook_reader import Workbooks

CHECK = "CHECK: "
"""Begins a remark that a person has to answer."""
_DELIMITERS = (",", "\t", ";", "|")
_HEADER_ROWS = 20
_FILLED = 0.8
_DAY = re.compile(r"(?<![0-9])(20[0-9]{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12][0-9]|3[01])(?![0-9])")
_VALUE = re.compile(r"[-+]?[0-9][0-9.,:/ T年月日时分秒-]*|[A-Za-z]{1,4}[0-9]{5,}")
_UNNAMED = re.compile("column [0-9]+")
_REVISION = re.compile(r"_r[1-9][0-9]{0,3}$")


class Mixed(ValueError):
    """Samples that cannot be in one contract."""


@dataclass(frozen=True)
class Form:
    """How a file is written. remarks: what each guess stands on, by the property of the contract that it is for."""

    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    header_row: int = 1
    feed_id: str | None = None
    remarks: tuple[tuple[str, str], ...] = ()
    is_ascii: bool = False

    def feed(self, template: str) -> Feed:
        """A feed without columns, for the readers."""
        platform, _, name = (self.feed_id or "PLATFORM.FEED").partition(".")
        return Feed(
            platform, name, name, "", self.format, self.encoding, self.delimiter, Delivery.APPEND, template, self.sheet,
            self.header_row, None, (),
        )  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """One file, or one sheet of a workbook, as text. business_date: as its name says. template: the file's name with
    its date replaced, and the word in which it differs from others of its feed. name_remark: what its name lacks to be
    a delivery's. parts: all these words, where a day comes in several files."""

    file: Path
    form: Form
    template: str
    business_date: date | None
    table: TextTable
    name_remark: str
    parts: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(name for name in self.table.frame.columns if name != ROW_NUMBER)

    @property
    def rows(self) -> pl.DataFrame:
        return self.table.frame.drop(ROW_NUMBER)


def read_samples(files: Sequence[Path]) -> tuple[list[Sample], list[str]]:
    """The files' tables, and why the other files, or sheets, are left out.

    Raises OSError if a file cannot be read.
    """
    found: list[Sample] = []
    left_out: list[str] = []
    with Workbooks() as workbooks:
        for file in files:
            try:
                for one in _samples_of(file, workbooks):
                    if isinstance(one, Sample):
                        found.append(one)
                    else:
                        left_out.append(f"{file.name}: {one}")
            except Held as held:
                left_out.append(f"{file.name}: {held}")
    return found, left_out


def by_feed(samples: Sequence[Sample]) -> list[list[Sample]]:
    """The samples of each feed, in the order of their business dates: files named alike, and their sheets."""
    groups: dict[tuple[str, str | None, str | None], list[Sample]] = {}
    for one in samples:
        groups.setdefault((one.template, one.form.sheet, one.form.feed_id), []).append(one)
    return [sorted(group, key=lambda one: (one.business_date or date.min, one.file.name)) for group in groups.values()]


def refuse_mixed(samples: Sequence[Sample], platform: str) -> None:
    """Raises Mixed if the samples differ in what a contract says once, or say that they are another platform's."""
    forms: dict[tuple[str, str, str], str] = {}
    for one in samples:
        # A file that has only ASCII fits every encoding.
        forms.setdefault((one.form.format, _known_encoding(one, samples), one.form.delimiter), one.file.name)
        said, dot, _ = (one.form.feed_id or f"{platform}.").partition(".")
        if said != platform or not dot:
            raise Mixed(
                f"{one.file.name} says that its feed is {one.form.feed_id!r}: a feed is named PLATFORM.FEED, and the"
                " contract like the platform"
            )
    if len(forms) > 1:
        told = "; ".join(f"{name}: {', '.join(form)}" for form, name in forms.items())
        raise Mixed(f"a contract has one format, encoding and delimiter, the samples have several ({told}): draft each")


def _known_encoding(one: Sample, samples: Sequence[Sample]) -> str:
    if one.form.encoding != "utf-8":
        # The readers take UTF-8 with and without its mark.
        return "utf-8" if one.form.encoding == "utf-8-sig" else one.form.encoding
    others = {other.form.encoding for other in samples if not other.form.is_ascii}
    return others.pop() if one.form.is_ascii and len(others) == 1 else one.form.encoding


def template_of(name: str) -> tuple[str, date | None, str]:
    """(`event_20261120_r2.csv`) → (`event_{yyyymmdd}.csv`, its date, what is to be said about the name)."""
    stem, _, ending = name.rpartition(".")
    stem = _REVISION.sub("", stem)
    found = _DAY.search(stem)
    if found is None:
        return (
            f"{stem}_{{yyyymmdd}}.{ending}",
            None,
            f"{CHECK}{name} has no date: the platform must write one",
        )
    try:
        day = datetime.strptime(f"{found[1]}{found[3]}{found[4]}", "%Y%m%d").date()
    except ValueError:
        return f"{stem}_{{yyyymmdd}}.{ending}", None, f"{CHECK}{name} has no date that exists"
    template = f"{stem[: found.start()]}{{yyyymmdd}}{stem[found.end() :]}.{ending}"
    if found[2]:
        return (
            template,
            day,
            f"{CHECK}{name} writes its date with '{found[2]}': the intake reads 20261120",
        )
    return template, day, f"from {name}"


def _samples_of(file: Path, workbooks: Workbooks) -> Iterator[Sample | Held]:
    with file.open("rb") as opened:
        start = opened.read(4)
    template, day, remark = template_of(file.name)
    if start == ZIP:
        yield from _sheets(file, workbooks, (template, day, remark))
        return
    form = form_of(file.read_bytes())
    table = read(file, form.feed(template))
    _refuse_row_as_header(table)
    yield Sample(file, form, template, day, table, remark)


def is_value(name: str) -> bool:
    """Whether a header looks like a value of a row: a number, a date, a code, a person's number."""
    return _VALUE.fullmatch(name) is not None or bool(numbers_in(name))


def _refuse_row_as_header(table: TextTable) -> None:
    """A row in the header's place is data, perhaps a person's: it must not become names of columns."""
    if any(map(is_value, table.frame.columns)):
        raise Held("its first line looks like a row: is the header line missing?")
    if 2 * sum(map(bool, map(_UNNAMED.fullmatch, table.frame.columns))) > table.frame.width - 1:
        raise Held("its first line names few columns: is it a title? Export without it, the header comes first")


# ---------------------------------------------------------------- workbooks


def _sheets(file: Path, workbooks: Workbooks, named: tuple[str, date | None, str]) -> Iterator[Sample | Held]:
    template, day, remark = named
    for sheet, cells in workbooks.whole(file).items():
        row = _header_row(cells)
        if row is None:
            yield Held(f"sheet '{sheet}': no row looks like a header")
            continue
        number, filled = row
        remarks = (("sheet", "the workbook's"), ("headerRow", f"the first row with {filled} filled cells"))
        form = Form("xlsx", sheet=sheet, header_row=number, remarks=remarks)
        (table,) = workbooks.read(file, [form.feed(template)])
        if isinstance(table, Held):
            yield table
            continue
        _refuse_row_as_header(table)
        yield Sample(file, form, template, day, table, remark)


def _header_row(cells: pl.DataFrame) -> tuple[int, int] | None:
    """The number of the first row that is as wide as the table and names every column differently, and its width."""
    rows = cells.head(_HEADER_ROWS).rows()
    widths = [sum(1 for cell in row[1:] if cell and not is_blank(cell)) for row in rows]
    widest = max(widths, default=0)
    for (number, *texts), width in zip(rows, widths, strict=True):
        named = [text for text in texts if text and not is_blank(text)]
        if width >= max(2, _FILLED * widest) and len(set(named)) == width:
            return int(number), width
    return None


# ---------------------------------------------------------------- text


def form_of(data: bytes) -> Form:
    """Of a text file: its format, encoding and delimiter by its bytes."""
    encoding, why = _encoding_of(data)
    remarks, is_ascii = (("encoding", why),), data.isascii()
    if encoding == "utf-16":
        data = data.decode(encoding, "replace").encode()
    start = data.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if start in (b"{", b"["):
        # The readers take UTF-8 with and without its mark.
        text = data.decode("gb18030" if encoding == "gb18030" else "utf-8-sig", "replace")
        found = _json_form(text, "utf-8" if encoding == "utf-8-sig" else encoding)
        return replace(found, remarks=remarks, is_ascii=is_ascii)
    found = Form("csv", encoding, is_ascii=is_ascii)
    best = max(_DELIMITERS, key=lambda one: (_columns(data, replace(found, delimiter=one)), one == ","))
    return replace(found, delimiter=best, remarks=(*remarks, ("delimiter", f"{best!r} divides the header line most")))


def _encoding_of(data: bytes) -> tuple[str, str]:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "begins with a byte order mark"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "begins with the mark of UTF-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return "gb18030", f"line {line} is not UTF-8; GB18030 is the usual other encoding"
    return "utf-8", "only ASCII" if data.isascii() else "every byte is UTF-8"


def _columns(data: bytes, form: Form) -> int:
    """How many columns the header line has with the form's delimiter."""
    line = data.split(b"\n", 1)[0]
    return len(line.split(form.delimiter.encode()))


def _json_form(text: str, encoding: str) -> Form:
    """A document with its feed's id, or an object a line."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Form("ndjson", encoding)
    if isinstance(document, dict) and "rows" not in document and "\n" not in text.strip():
        return Form("ndjson", encoding)
    named = document.get("feed") if isinstance(document, dict) else None
    return Form("json", encoding, feed_id=named if isinstance(named, str) else None)
