"""Why a row was rejected or a file was held, in words: one catalogue for reports, alerts and status.

Belongs here: recognising the texts of the intake, their Chinese words and remedies; the same as a seed, from which the
dashboard has them (`meta.reason`). Does not belong here: finding the reasons (`delivery`, `intake`).
"""

import re
from typing import Literal

Language = Literal["zh", "en"]
_BETWEEN_NOTES = "; "  # As the intake joins them in the ledger.

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
    (
        "appears twice in one object",
        ("在一个对象里出现两次", "appears twice in one object"),
        ("每个键只写一次", "write each key once"),
    ),
    (
        "is not the beginning of community_code",
        ("不是社区编码的开头", "not the beginning of the community's code"),
        ("核对街道与社区的编码", "check the codes of street and community"),
    ),
    (
        "later than 24 hours after the file was received",
        ("比收到文件的时间晚 24 小时以上", "more than 24 hours after the file was received"),
        ("核对导出系统的时钟", "check the clock of the exporting system"),
    ),
    ("multipleOf.*", ("小数位数过多", "too many decimals"), ("按约定的位数填写", "write it in the agreed form")),
    (
        "a formula without a stored result",
        ("公式没有存下结果", "a formula without a stored result"),
        ("在 Excel 中打开、保存后重新导出", "open and save it in Excel, and export again"),
    ),
    (
        "a number formatted as a percentage",
        ("是百分比格式的数字", "a number formatted as a percentage"),
        ("把单元格设为常规格式后重新导出", "set the cell to general and export again"),
    ),
    (".*", ("不符合数据契约", "not as contracted"), ("对照数据契约修改", "mend it according to the contract")),
)
# Why a file is held, recognised by the intake's text; each with a remedy. The first that fits holds.
_HELD: tuple[tuple[str, str], ...] = (
    (r"required columns are missing: (?P<a>[^:]+).*", "缺少必填列：{a}。请补上这些列；若改了列名，请告知接入方"),
    (r"columns stand twice: (?P<a>[^:]+).*", "列重复：{a}。请只保留一列"),
    (r"the header names columns (?P<a>[\d, ]+) alike.*", "表头第 {a} 列同名，是否缺少表头？请给每列不同的名称"),
    (r"a column is named (?P<a>\S+), a name that is taken.*", "列名 {a} 已被占用。请改名"),
    (r"line (?P<a>\d+): (?P<b>\d+) fields, the header has (?P<c>\d+).*", "第 {a} 行有 {b} 列，表头有 {c} 列。"
     "请给含分隔符的内容加引号，表头之上、数据之下不要有其他内容"),
    (r"line (?P<a>\d+): is cut off.*", "第 {a} 行不完整，文件被截断。请重新导出完整文件"),
    (r"line (?P<a>\d+): a quote within a quoted field.*",
     "第 {a} 行引号内的引号没有写成两个。请把内容里的每个引号写成两个"),
    (r"line (?P<a>\d+): a quote stands in a field.*",
     "第 {a} 行有引号的内容没有加引号。请给整个内容加引号，里面的引号写成两个"),
    (r"line (?P<a>\d+): the quoted field .*",
     "第 {a} 行开始的引号没有结束：文件被截断，或内容里的引号没有写成两个。请重新导出"),
    (r"line (?P<a>\d+): a carriage return .*", "第 {a} 行中间有回车符。请统一换行的写法，或给该内容加引号"),
    (r"line (?P<a>\d+): a field is longer than (?P<b>\d+) signs.*",
     "第 {a} 行有一个内容超过 {b} 个字。请检查是否缺少引号"),
    (r"line (?P<a>\d+): a NUL byte: is this a csv in (?P<b>[\w-]+).*",
     "第 {a} 行有空字节，编码不是 {b}。请按 {b} 重新导出"),
    (r"line (?P<a>\d+): holds half of a character: export the file again as (?P<b>[\w-]+)",
     "第 {a} 行有残缺的字符。请按 {b} 重新导出"),
    (r".*cannot be decoded as (?P<a>[\w-]+).*", "不能按 {a} 解码。请另存为 {a} 编码"),
    (r"is UTF-16, its contract says (?P<a>[\w-]+).*", "编码是 UTF-16。请另存为 {a} 编码"),
    (r"line 1: Excel's 'sep=' line .*", "表头之上有 Excel 的 sep= 行。请去掉后导出"),
    (r"line 1: the header cannot be read.*", "第 1 行不能作为表头读取。请检查表头"),
    (r"the (lines|records) cannot be told apart.*", "行与行无法分清。请重新导出"),
    (r"(line|row) (?P<a>\d+): is no JSON object.*", "第 {a} 行不是 JSON 对象。请每行写一个对象"),
    (r"line (?P<a>\d+): is not JSON.*", "第 {a} 行不是正确的 JSON。请重新导出"),
    (r"the document: is not JSON \(column (?P<a>\d+) of line (?P<b>\d+).*",
     "第 {b} 行第 {a} 列不是正确的 JSON。请重新导出"),
    (r"the document: is not JSON.*", "不是正确的 JSON。请重新导出"),
    (r"is no JSON object with a list 'rows'.*", "不是含 feed 和 rows 的 JSON 对象。请按数据契约的格式导出"),
    (r"says that its export failed \((?P<a>[^)]+)\).*", "文件写明导出失败（{a}）。请重新导出"),
    (r"does not say which feed it is.*", "没有写明是哪个数据集。请写上 feed 后导出"),
    (r"says that it is another feed, not (?P<a>[^:]+).*", "写明的不是数据集 {a}。请每个数据集导出一个文件"),
    (r"says .+, but has (?P<a>\d+) rows.*", "写明的行数与实际的 {a} 行不同：只是几页中的一页，或被截断。请导出所有行"),
    (r"says '(?P<a>\w+)' twice.*", "“{a}”出现两次，不知以哪个为准。请重新导出"),
    (r"a key has no name of its own.*", "有的键没有自己的名称。请给每个键不同的名称"),
    (r"is empty: there is no workbook.*", "文件是空的。请重新导出"),
    (r".*(is empty|no header:|there is no header).*", "没有表头。没有数据的日子也要导出表头"),
    (r"is an old or encrypted Excel file.*", "是旧版或加密的 Excel。请另存为不带密码的 xlsx"),
    (r"is no Excel workbook.*", "不是 Excel 工作簿。请导出为 xlsx"),
    (r"is cut off or no Excel workbook.*", "文件不完整，或不是 Excel 工作簿。请重新导出为 xlsx"),
    (r"is in the Strict form of xlsx.*", "是“Strict”格式的 xlsx。请另存为普通的 xlsx"),
    (r"unpacks to more than 1 GiB.*", "解压后超过 1 GiB。请减少行数，或改用其他格式"),
    (r"the workbook took longer than (?P<a>\d+) s.*", "工作簿 {a} 秒内没有读完。请减少行数"),
    (r"the workbook (is damaged|cannot be read).*", "工作簿已损坏。请用 Excel 或 WPS 打开，另存为 xlsx"),
    (r"has no sheet '(?P<a>.+)'.*", "缺少工作表“{a}”。请核对工作表名称"),
    (r"the sheet '(?P<a>.+)' is damaged.*", "工作表“{a}”已损坏。请用 Excel 或 WPS 打开，另存为 xlsx"),
    (r"the sheet '(?P<a>.+)' has no header in row (?P<b>\d+).*", "工作表“{a}”的第 {b} 行没有表头。请在该行写列名"),
    (r"the sheet claims (?P<a>\d+) columns and (?P<b>\d+) rows.*", "工作表有 {a} 列 {b} 行。请删除远离表格的内容"),
    (r"cell (?P<a>\w+): a value stands right of the header.*", "单元格 {a} 在表头之外。请给该列写列名，或删除内容"),
    (r"is .+, not (?P<a>\w+): export it as .*", "格式与扩展名不符。请导出为 {a}"),
    (r"cannot be parsed \((?P<a>\w+)\).*", "不能读取（{a}）。请重新导出，并把这一行告知接入方"),
    (r"the archive's copy is damaged", "归档的文件已损坏。请从备份恢复归档"),
    (r"the archive keeps it no more", "归档里没有这个文件。请从备份恢复归档，或重新导出"),
    (r"Sihe has no right to read it.*",
     "四合没有读取它的权限。请给运行四合的账户读取权限（属组或访问控制列表），下一次接收时自动入库"),
    (r"business date out of range: (?P<a>\S+) is in the future", "业务日期 {a} 在将来"),
    (r"business date out of range: (?P<a>\S+).*", "业务日期 {a} 过早"),
    (r"no feed has files of this name", "没有来源用这样的文件名。请核对文件名和存放的文件夹"),
    (r"the same bytes as (?P<a>.+)", "内容与 {a} 相同"),
)  # fmt: skip
_NOTES: tuple[tuple[str, str], ...] = (
    (r"unknown columns, not loaded: (?P<a>.+)", "契约里没有的列，不入库：{a}"),
    (r"the total row says .*", "合计行与逐行相加不符"),
    (r"half of a character, read as '\?': (?P<a>.+)", "有残缺的字符，读作“?”：{a}"),
    (r"empty (lines|rows), left out: (?P<a>.+) \((?P<b>\d+) in all\)", "空行 {b} 行，不入库：第 {a} 行"),
    (r"merged cells, their value counts for every row: (?P<a>.+) \((?P<b>\d+) in all\)",
     "合并的单元格 {b} 处，每一行都取其值：{a}"),
    (r"(?P<a>\d+) (?P<b>.+) with a wrong check digit", "{b} 有 {a} 个校验位不对"),
    (r"dates that mean none .*, read as no value: (?P<a>.+)", "表示“无”的日期，当作空值：{a}"),
    (r"names an erased person and cannot be rewritten.*",
     "含有已删除的人，又无法改写：归档已删除这个文件，不能再给出其中的行。请去掉此人后重新导出"),
    (r"times without an offset, read as Beijing time: (?P<a>.+)", "没有时区的时间，当作北京时间：{a}"),
)  # fmt: skip


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
    """What was noticed in a file that was loaded. The ledger has several notes as one text."""
    if lang == "en":
        return text
    return "；".join(_said(one, _NOTES, lang, "请留意") for one in text.split(_BETWEEN_NOTES))


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
