"""The rejected rows of checked files as a workbook: for those who correct them in the source.

Belongs here: a sheet a file, its cells. Does not belong here: finding the rows (`examination`), words (`wording`).
Values are masked, as everywhere; they are text from outside, so that no cell is a formula.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines import reasons
from pipelines.checking.examination import Verdict
from pipelines.reasons import Language

_HEADS = {"zh": ("行号", "问题", "怎么改"), "en": ("Row", "Problem", "How to mend it")}
_NONE = {"zh": "没有被拒的行", "en": "No row is rejected"}
# Excel's limits.
MOST_ROWS, _MOST_SIGNS, _MOST_OF_NAME = 1_048_575, 32_767, 31
_NO_NAME = str.maketrans("[]:*?/\\'", "________")


def write(verdicts: Sequence[Verdict], file: Path, lang: Language) -> int:
    """Writes the rejected rows of all files, a sheet for each that has some; returns how many rows there are."""
    some = [one for one in verdicts if one.rejected_rows.height]
    with xlsxwriter.Workbook(str(file), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        # A cell that begins with = stays text, also after somebody edits it.
        as_text = book.add_format({"quote_prefix": True, "text_wrap": False, "num_format": "@"})
        bold = book.add_format({"bold": True, "bg_color": "#F2F5F8", "bottom": 1})
        for number, one in enumerate(some, 1):
            sheet = book.add_worksheet(_sheet_name(number, one))
            _fill(sheet, one, lang, as_text, bold)
        if not some:
            book.add_worksheet().write_string(0, 0, _NONE[lang])
    return sum(one.rejected_rows.height for one in some)


def _sheet_name(number: int, one: Verdict) -> str:
    """Unlike all others: two files may have the same name."""
    return f"{number} {one.file.stem.translate(_NO_NAME)}"[:_MOST_OF_NAME]


def _fill(sheet: Worksheet, one: Verdict, lang: Language, as_text: Format, bold: Format) -> None:
    assert one.feed is not None
    headers = {column.name: column.header for column in one.feed.columns}
    rows = one.rejected_rows.head(MOST_ROWS)
    raws = [json.loads(raw) for raw in rows["raw"]]
    names = list(dict.fromkeys(name for raw in raws for name in raw))
    for place, head in enumerate((*_HEADS[lang], *(headers.get(name, name) for name in names))):
        sheet.write_string(0, place, head[:_MOST_SIGNS], bold)
    for line, (row_number, broken, raw) in enumerate(zip(rows["row_number"], rows["reasons"], raws, strict=True), 1):
        sheet.write_number(line, 0, row_number)
        said = [_said(reason, headers, lang) for reason in broken]
        texts = ["；".join(what for what, _ in said), "；".join(dict.fromkeys(mend for _, mend in said))]
        texts += ["" if raw.get(name) is None else str(raw[name]) for name in names]
        for place, text in enumerate(texts, 1):
            sheet.write_string(line, place, text[:_MOST_SIGNS], as_text)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(raws), len(names) + 2)
    sheet.set_column(1, 2, 36)
    sheet.set_column(3, len(names) + 2, 16)


def _said(reason: str, headers: dict[str, str], lang: Language) -> tuple[str, str]:
    """A reason of the intake as what is wrong in which column, and how to correct it."""
    name, _, rule = str(reason).partition(": ")
    what, mend = reasons.rule(rule or str(reason), lang)
    return f"{headers.get(name, name)}：{what}" if lang == "zh" else f"{headers.get(name, name)}: {what}", mend
