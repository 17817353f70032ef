"""What is wrong with a file, in words: Chinese for vendors, English by a switch.

Belongs here: the words for a verdict, for each rule of a row with its remedy, and for the reasons why a file is held.
Does not belong here: finding out (`examination`), layout (`report`).
"""

import re
from typing import Literal

from pipelines.checking.examination import CLEAN, UNUSABLE, Problem, Verdict

Language = Literal["zh", "en"]

# A rule as the intake says it: what it means and how to mend it.
_RULES: tuple[tuple[str, tuple[str, str], tuple[str, str]], ...] = (
    ("required", ("必填列为空", "a required value is missing"), ("填写该列", "fill the column in")),
    ("enum", ("不在代码表内", "not among the codes"), ("改用代码表中的写法", "use a word of the code list")),
    ("type timestamp", ("不是时间", "not a timestamp"), ("写成 2026-11-20 08:15:30", "write 2026-11-20 08:15:30")),
    ("type date", ("不是日期", "not a date"), ("写成 2026-11-20", "write 2026-11-20")),
    ("type integer", ("不是整数", "not an integer"), ("只写数字", "write digits only")),
    ("type number", ("不是数字", "not a number"), ("只写数字，不带单位", "write the number without its unit")),
    ("type boolean", ("不是“是”或“否”", "neither yes nor no"), ("写“是”或“否”", "write 是 or 否")),
    ("pattern.*", ("格式不符", "not of the pattern"), ("按约定的位数与格式填写", "write it in the agreed form")),
    ("minimum.*|maximum.*", ("超出允许范围", "out of limits"), ("核对数值", "check the number")),
    (
        "minLength.*|maxLength.*",
        ("长度不符", "too short or too long"),
        ("核对文字长度", "check the length of the text"),
    ),
    (
        "scientific notation.*",
        ("科学计数法，数字已丢失", "scientific notation: digits are gone"),
        ("在 Excel 中把该列设为文本后重新导出", "set the column to text in Excel and export again"),
    ),
    (
        "an error value.*",
        ("表格的错误值（#N/A 等）", "an error value of a spreadsheet"),
        ("修正公式后重新导出", "mend the formula and export again"),
    ),
    (".*", ("不符合数据契约", "not as contracted"), ("对照数据契约修改", "mend it according to the contract")),
)
# Why a file is held, recognised by the intake's text; each with a remedy.
_HELD: tuple[tuple[str, str], ...] = (
    (r"required columns are missing: (?P<a>[^:]+).*", "缺少必填列：{a}。请补上这些列；若改了列名，请告知接入方"),
    (r"line (?P<a>\d+): (?P<b>\d+) fields, the header has (?P<c>\d+).*", "第 {a} 行有 {b} 列，表头有 {c} 列。"
     "请给含分隔符的内容加引号，表头之上、数据之下不要有其他内容"),
    (r"line (?P<a>\d+): is cut off.*", "第 {a} 行不完整，文件被截断。请重新导出完整文件"),
    (r".*cannot be decoded as (?P<a>[\w-]+).*", "不能按 {a} 解码。请另存为 {a} 编码"),
    (r".*(UTF-16|half of a character|NUL byte).*", "编码不对。请按数据契约的编码重新导出"),
    (r".*(old or encrypted Excel).*", "是旧版或加密的 Excel。请另存为不带密码的 xlsx"),
    (r".*(is no Excel workbook|not xlsx|not csv|not json|not ndjson).*", "格式与扩展名不符。请按数据契约的格式导出"),
    (r".*no sheet.*|.*sheet .* (is missing|not there).*", "缺少约定的工作表。请核对工作表名称"),
    (r"columns stand twice: (?P<a>[^:]+).*", "列重复：{a}。请只保留一列"),
    (r".*(is empty|no header|header cannot|header line).*", "没有表头。没有数据的日子也要导出表头"),
    (r"business date out of range: (?P<a>\S+) is in the future", "业务日期 {a} 在将来"),
    (r"business date out of range: (?P<a>\S+).*", "业务日期 {a} 过早"),
)  # fmt: skip
_NOTES: tuple[tuple[str, str], ...] = (
    (r"unknown columns, not loaded: (?P<a>.+)", "契约里没有的列，不入库：{a}"),
    (r"the total row says .*", "合计行与逐行相加不符"),
)


def verdict(one: Verdict, lang: Language) -> str:
    """The verdict in one sentence."""
    if one.feed is None:
        return {
            "zh": "不可接入：文件名不属于任何数据集，内容也没有哪个数据集认得",
            "en": "Unusable: no feed has files of this name, and no feed can read its content",
        }[lang]
    if one.exit_code == UNUSABLE:
        return {"zh": "不可接入：" + held(one, "zh"), "en": "Unusable: " + held(one, "en")}[lang]
    zh = f"可以接入：{one.row_count:,} 行中 {one.loaded:,} 行入库"
    en = f"Usable: {one.loaded:,} of {one.row_count:,} rows are loaded"
    if one.rejected:
        zh, en = f"{zh}，{one.rejected:,} 行需改", f"{en}, {one.rejected:,} must be mended"
    if one.duplicate or one.superseded:
        zh += f"，{one.duplicate + one.superseded:,} 行与其他行重复或被其替代"
        en += f", {one.duplicate + one.superseded:,} are equal to others or replaced by them"
    if one.exit_code == CLEAN:
        zh, en = f"{zh}，没有问题", f"{en}, nothing to mend"
    return {"zh": zh, "en": en}[lang]


def held(one: Verdict, lang: Language) -> str:
    """Why the file is held. English is the intake's own text."""
    return _said(one.held_because or "", _HELD, lang, "文件不能读取")


def note(text: str, lang: Language) -> str:
    return _said(text, _NOTES, lang, "请留意")


def _said(text: str, known: tuple[tuple[str, str], ...], lang: Language, otherwise: str) -> str:
    if lang == "en":
        return text
    for pattern, zh in known:
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return zh.format(**found.groupdict())
    return f"{otherwise}：{text}"


def rule(problem: Problem, lang: Language) -> tuple[str, str]:
    """What the rule means, and how to mend it."""
    i = 0 if lang == "zh" else 1
    return next((means[i], mend[i]) for pattern, means, mend in _RULES if re.fullmatch(pattern, problem.rule))
