"""Why a row was rejected or a file was held, in words: one catalogue for reports, alerts and status.

Belongs here: recognising the texts of the intake, their Chinese words and remedies; the same as a seed, from which the
dashboard has them (`meta.reason`). Does not belong here: finding the reasons (`delivery`, `intake`).
"""

import re
from typing import Literal

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
        "a number cell of more than 15 digits.*",
        ("数字单元格超过 15 位，数字已丢失", "a number cell of more than 15 digits: digits are gone"),
        ("在 Excel 中把该列设为文本后重新导出", "set the column to text in Excel and export again"),
    ),
    (
        "an identifier in a cell.*",
        ("编码所在单元格不是文本或整数", "an identifier in a cell that is neither text nor a whole number"),
        ("在 Excel 中把该列设为文本后重新导出", "set the column to text in Excel and export again"),
    ),
    (
        "an error value.*",
        ("表格的错误值（#N/A 等）", "an error value of a spreadsheet"),
        ("修正公式后重新导出", "mend the formula and export again"),
    ),
    (
        "a list or an object.*",
        ("是列表或对象，不是一个值", "a list or an object in place of a value"),
        ("每列只导出一个值", "export one value for each column"),
    ),
    (
        "half of a character",
        ("有残缺的字符", "half of a character"),
        ("按 UTF-8 重新导出", "export again as UTF-8"),
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
    (r"no feed has files of this name", "没有来源用这样的文件名。请核对文件名和存放的文件夹"),
    (r"the same bytes as (?P<a>.+)", "内容与 {a} 相同"),
    (r".*(cut off|incomplete).*", "文件不完整。请重新导出完整文件"),
)  # fmt: skip
_NOTES: tuple[tuple[str, str], ...] = (
    (r"unknown columns, not loaded: (?P<a>.+)", "契约里没有的列，不入库：{a}"),
    (r"the total row says .*", "合计行与逐行相加不符"),
    (r"half of a character, read as .*", "有残缺的字符，读作“?”"),
)


COLUMNS = ("kind", "position", "pattern", "zh", "mend_zh", "en", "mend_en")


def catalogue() -> list[tuple[str, int, str, str, str, str, str]]:
    """Every reason, with COLUMNS. kind: row, or file. pattern: of the intake's text, of a row after the column's name;
    the first one in the order of position holds. {a} and its like in the words are the pattern's groups. Files' texts
    have no English words: they are English."""
    rows = [("row", pattern, means[0], mend[0], means[1], mend[1]) for pattern, means, mend in _RULES]
    rows += [("file", pattern, zh, "", "", "") for pattern, zh in (*_HELD, *_NOTES)]
    return [(rows[at][0], at, *rows[at][1:]) for at in range(len(rows))]


def held(text: str, lang: Language) -> str:
    """Why a file is held, with what to do. English is the intake's own text."""
    return _said(text, _HELD, lang, "文件不能读取")


def note(text: str, lang: Language) -> str:
    """What was noticed in a file that was loaded."""
    return _said(text, _NOTES, lang, "请留意")


def rule(text: str, lang: Language) -> tuple[str, str]:
    """What a rule that a row broke means, and how to mend it."""
    i = 0 if lang == "zh" else 1
    return next((means[i], mend[i]) for pattern, means, mend in _RULES if re.fullmatch(pattern, text))


def _said(text: str, known: tuple[tuple[str, str], ...], lang: Language, otherwise: str) -> str:
    if lang == "en":
        return text
    for pattern, zh in known:
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return zh.format(**found.groupdict())
    return f"{otherwise}：{text}"
