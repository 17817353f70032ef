"""Every reason that the intake can give has Chinese words: the sources are searched for them, so that none is missed.

Belongs here: which texts there are, and that the catalogue knows each. Does not belong here: when the intake gives
which (`unit/delivery`, `unit/intake`).
"""

import ast
import re
from collections.abc import Iterator

import pytest

from pipelines import reasons
from pipelines.contracts.model import Feed, Kind
from pipelines.delivery import row_rules, sheet_xml, text_table, values, workbook_process
from pipelines.intake import digests
from pipelines.settings import PROJECT_DIR
from pipelines.warehouse import ledger

# Stands for what a text says of a file: fits a number, a name, a cell.
SOME = "7"
# Of what is known by a name only, an example.
EXAMPLES = {"where": "the document", "place": "cell A7"}
FILES = [file for room in ("delivery", "intake") for file in sorted((PROJECT_DIR / "pipelines" / room).glob("*.py"))]
TREES = {file.name: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
# A file is held with these, or a function returns what another one is held with.
RAISED = {"Held", "Refused", "TimeoutError"}
# What is held with a text that is made elsewhere: in these functions, or the constants of the module itself.
MADE_IN: dict[tuple[str, str], tuple[str, ...]] = {
    ("csv_reading.py", "_odd_line(text, feed, width)"): ("_odd_line",),
    ("json_reading.py", "failure"): ("_failure",),
    # The child's `Refused`, `TimeoutError` and `_UNREADABLE`: all of them are found.
    ("workbook_reader.py", "answer"): (),
    # `_line … found.fault[1]`: the constants, with the line before them.
    ("csv_reading.py", "f'line {_line_of(text, found.fault[0])}: {found.fault[1]}'"): (),
}
FAULTS = ("_UNDOUBLED", "_UNQUOTED", "_UNCLOSED", "_LONE_RETURN")


def constants(tree: ast.Module) -> dict[str, str]:
    """The texts that a module gives a name."""
    found: dict[str, str] = {}
    for node in (one for one in tree.body if isinstance(one, ast.Assign)):
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[name.id] = value.value
    return found


KNOWN = {name: text for tree in TREES.values() for name, text in constants(tree).items()}
# Another name of the same text.
KNOWN["_DAMAGED"] = KNOWN["DAMAGED"]
# A text of the intake that the journal has to know.
KNOWN["OUT_OF_RANGE"] = ledger.OUT_OF_RANGE


def said(node: ast.expr) -> str | None:
    """The text of an expression, with SOME in place of what is only known later; null if it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return KNOWN.get(node.id) or EXAMPLES.get(node.id)
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        return "".join((said(part) if isinstance(part, ast.Constant | ast.Name) else None) or SOME for part in parts)
    return None


def returned(name: str, tree: ast.Module) -> Iterator[str]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name == name:
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None and (text := said(node.value)):
                    yield text


def held() -> Iterator[tuple[str, str]]:
    """Module and text of every reason to hold a file."""
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED):
                continue
            (argument,) = node.args
            source = ast.unparse(argument)
            if (module, source) in MADE_IN:
                for function in MADE_IN[module, source]:
                    yield from ((module, text) for text in returned(function, tree))
                continue
            text = said(argument)
            assert text is not None, f"{module}:{node.lineno}: say in MADE_IN where the text {source} is made"
            yield module, text
    yield from (("csv_reading.py", f"line {SOME}: {KNOWN[name]}") for name in FAULTS)
    yield from (("workbook_reader.py", KNOWN[name]) for name in ("_UNREADABLE",))
    yield from (("taking.py", KNOWN[name]) for name in ("DAMAGED",))
    # The strays, whose names or dates are none, and what was received twice.
    yield from (("worklist.py", text) for text in returned("date_out_of_range", TREES["worklist.py"]))
    yield from (("worklist.py", text) for text in ("no feed has files of this name", KNOWN["CLOSED"]))
    for node in ast.walk(TREES["precedence.py"]):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("with_no_rows"):
            text = said(node.args[1])
            yield from [("precedence.py", text)] if text is not None else []


HELD = sorted(set(held()))


def test_the_search_finds_what_the_sources_say() -> None:
    texts = {text for _, text in HELD}
    assert {"is empty: there is no workbook: export it again", "the archive keeps it no more"} <= texts
    assert f"the workbook took longer than {SOME} s to read: deliver fewer rows" in texts
    assert f"the same bytes as {SOME}" in texts and f"business date out of range: {SOME} is in the future" in texts
    assert len(texts) > 50
    # What a file of lines is held with is named so in its module; another one has to be added to FAULTS.
    assert set(constants(TREES["csv_reading.py"])) == set(FAULTS)


@pytest.mark.parametrize(("module", "text"), HELD)
def test_every_reason_to_hold_a_file_is_said_in_chinese(module: str, text: str) -> None:
    patterns = [pattern for pattern, _ in reasons._HELD]
    assert any(re.fullmatch(pattern, text, re.DOTALL) for pattern in patterns), f"{module} says {text!r}"
    chinese = reasons.held(text, "zh")
    assert re.search("[一-鿿]", chinese)
    # Names of formats are words of both languages, and so is what stands for a value.
    assert not set(re.findall("[A-Za-z]{3,}", chinese)) - {
        "Excel", "JSON", "WPS", "xlsx", "UTF", "GiB", "sep", "feed", "rows", "Strict", "csv",
        "success", "false", "row", "number",
    }, chinese  # fmt: skip


def test_no_reason_is_known_that_nobody_gives() -> None:
    texts = [text for _, text in HELD]
    # The place is one of two.
    texts.append("line 3: is not JSON (x): export it again")
    first = {next((p for p, _ in reasons._HELD if re.fullmatch(p, text, re.DOTALL)), None): text for text in texts}
    assert {pattern for pattern, _ in reasons._HELD} == set(first)


# ---------------------------------------------------------------- notes and rows

MERGED = sheet_xml.Merged("A2:A4", 2, 1, 4, 1)
NOTES = [
    text_table.left_out("lines", [3, 5]),
    text_table.left_out("rows", list(range(20))),
    workbook_process._merged_note([MERGED] * 9),
    "the total row says 5 数量, the rows sum to 4",
    "half of a character, read as '?': 姓名 2",
    *row_rules.notes_of([(values.MEANS_NONE, "办结日期", 3), (values.LOCAL_TIME, "上报时间", 4)]),
]


@pytest.mark.parametrize("note", NOTES)
def test_every_note_is_said_in_chinese(note: str) -> None:
    said = reasons.note(note, "zh")
    assert not said.startswith("请留意") and not re.search("[a-z]{3,}", said), said
    # A file's note is no reason to hold it, which the dashboard looks for first.
    assert not any(re.fullmatch(pattern, note, re.DOTALL) for pattern, _ in reasons._HELD)


def test_the_notes_of_one_file_are_said_one_after_another(feeds: dict[str, Feed]) -> None:
    feed = feeds["home_visit.visit"]
    header = feed.columns[0].header
    notes = list(digests.notes_on({header: 2}, ["备注", "来源"], feed))
    assert len(notes) == 2
    said = reasons.note("; ".join(notes), "zh")
    assert said == f"{header} 有 2 个校验位不对；契约里没有的列，不入库：'备注', '来源'"
    assert reasons.note("; ".join(notes), "en") == "; ".join(notes)


RULES = [
    "required", "enum", "pattern ^[0-9]+$", "minimum 0", "maximum 50", "minLength 2", "maxLength 9",
    "multipleOf 0.01", *(f"type {kind.value}" for kind in Kind if kind is not Kind.STRING),
    "scientific notation, digits are gone", "an error value of a spreadsheet", *values._ERROR_RULES.values(),
    "a list or an object in place of a value", "half of a character", "appears twice in one object",
    "is not the beginning of community_code", "later than 24 hours after the file was received",
]  # fmt: skip


def test_every_rule_that_a_row_may_break_has_words_of_its_own_in_both_languages() -> None:
    for rule in RULES:
        assert not set(reasons.rule(rule, "zh")) & set(reasons.rule("something else", "zh")), rule
        assert not set(reasons.rule(rule, "en")) & set(reasons.rule("something else", "en")), rule
    # What the sources say is in the list: a rule is a text that begins a pair, or follows the column's name.
    stated = {
        said(node.elts[0])
        for name in ("values.py", "row_rules.py")
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and not isinstance(node.elts[1], ast.Constant)
    }
    texts = [text.partition(": ")[2] or text for text in stated if text and re.match("[a-z]", text)]
    unknown = {text for text in texts if all(text.split()[0] != rule.split()[0] for rule in RULES)}
    assert not unknown
