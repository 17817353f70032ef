"""A verdict as a page that a vendor forwards, and as JSON.

Belongs here: layout. Does not belong here: words (`wording`), finding out (`examination`), how grave it is
(`findings`). The page is one file without
scripts and without requests; text from the file is escaped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from pipelines import reasons
from pipelines.checking import findings, wording
from pipelines.checking.columns import Seen
from pipelines.checking.comparison import Change
from pipelines.checking.examination import CLEAN, SAMPLES, UNUSABLE, Verdict
from pipelines.checking.findings import Finding, Names, Severity, Told
from pipelines.delivery.signs import in_one_line
from pipelines.reasons import Language

_STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "title": "数据文件检查报告",
        "feed": "数据集",
        "day": "业务日期",
        "size": "大小",
        "form": "格式、编码、分隔符",
        "bytes": "字节",
        "contract": "契约版本",
        "problems": "问题，重的在前",
        "severity": "程度",
        "critical": "严重",
        "major": "重要",
        "minor": "一般",
        "note": "提示",
        "legend": (
            "严重：整个文件不入库；重要：这样的行超过 {percent:g}%；一般：较少的行；提示：都入库。"
            "有问题的行改好之前整行不入库，依赖这个数据集的指标都少算这些行；“影响指标”是直接用到该列的指标"
        ),
        "costs": "影响指标：{names}",
        "costs_none": "没有指标用到该列",
        "costs_all": "影响指标：依赖这个数据集的全部 {n} 个",
        "column": "列",
        "what": "问题",
        "mend": "怎么改",
        "rows": "行数",
        "where": "行号与内容",
        "notes": "请留意（不影响入库）",
        "inside": "会入库的内容",
        "by_day": "按日期",
        "communities": "涉及社区",
        "by_community": "按社区（行数）",
        "first_last": "{first} 至 {last}",
        "change": "与上次入库的文件相比",
        "change_same": "与 {day} 入库的 {file} 内容完全相同：不会重复入库",
        "change_file": "上次入库：{file}（业务日期 {day}）",
        "change_rows": "行数：{before} → {now}（{change}）",
        "change_none": "不变",
        "change_rejected": "需改的行：{before} → {now}",
        "change_new_headers": "新增的列：{names}",
        "change_gone_headers": "不再有的列：{names}",
        "change_new_communities": "新出现的社区 {n} 个：{names}",
        "change_gone_communities": "不再出现的社区 {n} 个：{names}",
        "change_columns": "列没有变化",
        "contact": "联系：{contact}",
        "fates": "行的去向",
        "loaded": "入库",
        "rejected": "拒收",
        "duplicate": "重复",
        "superseded": "被替代",
        "more": "等",
        "misnamed": "文件名不符合契约：应为 {template}",
        "columns": "列对照",
        "expected": "契约的列",
        "found": "文件的列",
        "guessed": "可能是",
        "required": "必填",
        "missing": "缺少",
        "unknown": "契约里没有",
        "likely": "“{header}”",
        "perhaps": "“{header}”？请确认",
        "not_found": "{column}：没有找到，可能是{guess}",
        "kpis": "依赖这个数据集的指标",
        "foot": "由四合（Sihe）按数据契约检查；与正式接入使用同一套代码。内容已遮蔽，不含个人信息。版本 {version}",
    },
    "en": {
        "title": "Report on data files",
        "feed": "Feed",
        "day": "Business date",
        "size": "Size",
        "form": "Format, encoding, delimiter",
        "bytes": "bytes",
        "contract": "Contract",
        "problems": "Problems, the gravest first",
        "severity": "Severity",
        "critical": "critical",
        "major": "major",
        "minor": "minor",
        "note": "note",
        "legend": (
            "critical: nothing of the file is loaded; major: more than {percent:g} % of the rows; minor: fewer rows;"
            " note: all is loaded. A row with a problem is not loaded until it is mended, and every KPI that needs the"
            " feed counts without it; “KPIs” are those that read the column itself"
        ),
        "costs": "KPIs: {names}",
        "costs_none": "No KPI reads the column",
        "costs_all": "KPIs: all {n} that need the feed",
        "column": "Column",
        "what": "Problem",
        "mend": "How to mend it",
        "rows": "Rows",
        "where": "Row and value",
        "notes": "Please note (all the same loaded)",
        "inside": "What would be loaded",
        "by_day": "By day",
        "communities": "Communities",
        "by_community": "By community (rows)",
        "first_last": "{first} to {last}",
        "change": "Against the last accepted file",
        "change_same": "The same content as {file}, accepted for {day}: it is not loaded twice",
        "change_file": "Last accepted: {file} (business date {day})",
        "change_rows": "Rows: {before} → {now} ({change})",
        "change_none": "the same",
        "change_rejected": "Rows to mend: {before} → {now}",
        "change_new_headers": "New columns: {names}",
        "change_gone_headers": "Columns that are gone: {names}",
        "change_new_communities": "{n} new communities: {names}",
        "change_gone_communities": "{n} communities no longer there: {names}",
        "change_columns": "The columns are the same",
        "contact": "Contact: {contact}",
        "fates": "Rows",
        "loaded": "loaded",
        "rejected": "rejected",
        "duplicate": "duplicate",
        "superseded": "superseded",
        "more": "…",
        "misnamed": "The name is not that of the contract: {template}",
        "columns": "Columns",
        "expected": "In the contract",
        "found": "In the file",
        "guessed": "Perhaps",
        "required": "required",
        "missing": "missing",
        "unknown": "not in the contract",
        "likely": "“{header}”",
        "perhaps": "“{header}”? Please confirm",
        "not_found": "{column}: not found, perhaps {guess}",
        "kpis": "KPIs that need this feed",
        "foot": (
            "Checked by Sihe according to the data contract, by the same code as the intake. Values are masked."
            " Version {version}"
        ),
    },
}
_NUMBER = {"rows": ' class="n"'}
_CLASS = {CLEAN: "clean", UNUSABLE: "unusable"}
# A sign and a word: the page is also printed without colours.
SIGNS = {Severity.CRITICAL: "✖", Severity.MAJOR: "▲", Severity.MINOR: "△", Severity.NOTE: "○"}


def as_dict(told: Told, lang: Language) -> dict[str, Any]:
    """What `--json` prints of a verdict. The texts of the intake stay as in the ledger."""
    one = told.verdict
    return {
        "file": one.file.name,
        "size": one.size,
        "sha256": one.sha256,
        "feed": one.feed.id if one.feed else None,
        "business_date": str(one.business_date) if one.business_date else None,
        "is_named_as_contracted": one.is_named,
        "exit_code": one.exit_code,
        "verdict": wording.verdict(one, lang),
        "held_because": one.held_because,
        "format": one.form.format if one.form else None,
        "encoding": one.form.encoding if one.form else None,
        "delimiter": one.form.delimiter if one.form and one.form.format == "csv" else None,
        "notes": list(one.notes),
        "rows_counted": one.row_count,
        "rows_loaded": one.loaded,
        "rows_rejected": one.rejected,
        "rows_duplicate": one.duplicate,
        "rows_superseded": one.superseded,
        "problems": [
            {
                "severity": str(found.severity),
                "column": found.name or None,
                "header": found.column or None,
                "rule": found.code,
                "row_count": found.row_count,
                "samples": [{"row_number": one.row_number, "value": one.value} for one in found.samples],
                "kpis": _named(found.kpis, lang),
            }
            for found in findings.of(told, lang)
        ],
        "rows_by_day": {str(day): count for day, count in one.rows_by_day},
        "communities": one.communities,
        "rows_by_community": dict(one.rows_by_community),
        "columns": [
            {
                "column": seen.column.name if seen.column else None,
                "header": seen.column.header if seen.column else None,
                "required": seen.column.required if seen.column else False,
                "found": seen.found,
                "guessed": seen.guessed,
                "is_sure": seen.is_sure,
            }
            for seen in one.columns
        ],
        "kpis": _named(told.kpis, lang),
        "change": {**asdict(told.change), "since": str(told.change.since)} if told.change else None,
    }


def as_text(told: Told, lang: Language) -> str:
    """For a terminal: the verdict, then a line per problem."""
    one = told.verdict
    of = f" · {one.feed.title}" if one.feed is not None else ""
    lines = [f"{one.file.name}{of}: {wording.verdict(one, lang)}"]
    form, is_other = wording.form(one, lang)
    if is_other:
        lines.append(f"  {WORDS[lang]['form']}: {form}")
    if one.feed is not None and not one.is_named:
        lines.append("  " + WORDS[lang]["misnamed"].format(template=one.feed.file_template))
    lines += [
        "  " + WORDS[lang]["not_found"].format(column=seen.column.header, guess=_guess(seen, lang))
        for seen in one.columns
        if seen.column is not None and seen.guessed
    ]
    lines += ["  " + _as_line(found, lang) for found in findings.of(told, lang) if found.column]
    lines += [f"  {reasons.note(text, lang)}" for text in one.notes]
    lines += [f"  {text}" for text in _changed(told.change, lang)]
    return "\n".join(map(in_one_line, lines))


def _named(kpis: Sequence[Names], lang: Language) -> list[str]:
    return [zh if lang == "zh" else en for zh, en in kpis]


def _as_line(found: Finding, lang: Language) -> str:
    words = WORDS[lang]
    rows = ""
    if found.row_count is not None:
        numbers = ", ".join(str(sample.row_number) for sample in found.samples[:5])
        rows = f" ×{found.row_count:,} ({numbers}{' ' + words['more'] if found.row_count > 5 else ''})"
    costs = f" [{_costs(found, lang, most=3)}]" if found.kpis else ""
    said = f"{SIGNS[found.severity]} {words[found.severity]} {found.column}: {found.means}{rows}"
    return f"{said}; {found.mend}{costs}"


def _costs(found: Finding, lang: Language, most: int | None = None) -> str:
    """The KPIs that read what is wrong; most: how many are named."""
    words = WORDS[lang]
    if not found.column:
        return words["costs_all"].format(n=len(found.kpis)) if found.kpis else ""
    names = _named(found.kpis, lang)
    listed = ("、" if lang == "zh" else ", ").join(names[:most])
    more = f"{words['more']}（{len(names)}）" if most is not None and len(names) > most else ""
    return words["costs"].format(names=listed + more) if names else words["costs_none"]


def as_html(all_told: Sequence[Told], lang: Language, *, version: str = "", contact: str = "") -> str:
    """One page about all files. version: of Sihe. contact: who answers questions."""
    words = WORDS[lang]
    sections = "".join(_section(told, lang) for told in all_told)
    foot = escape(words["foot"].format(version=version))
    if contact:
        foot = f"{escape(words['contact'].format(contact=contact))}<br>{foot}"
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{words['title']}</title><style>{_STYLE}</style></head><body><main><h1>{words['title']}</h1>"
        f"{sections}<footer>{foot}</footer></main></body></html>\n"
    )


def _section(told: Told, lang: Language) -> str:
    words = WORDS[lang]
    one, kpis = told.verdict, told.kpis
    form, is_other = wording.form(one, lang)
    facts = {words["size"]: f"{one.size:,} {words['bytes']}", "SHA-256": one.sha256}
    if form:
        facts = {words["form"]: form, **facts}
    if one.feed is not None:
        version = f" · {words['contract']} {one.feed.version}" if one.feed.version else ""
        facts = {words["feed"]: f"{one.feed.title}（{one.feed.id}）{version}", **facts}
    if one.business_date is not None:
        facts[words["day"]] = str(one.business_date)
    if one.exit_code != UNUSABLE:
        fates = {
            "loaded": one.loaded,
            "rejected": one.rejected,
            "duplicate": one.duplicate,
            "superseded": one.superseded,
        }
        facts[words["fates"]] = " · ".join(f"{words[name]} {count:,}" for name, count in fates.items())
        facts[words["communities"]] = f"{one.communities:,}"
    if kpis:
        facts[words["kpis"]] = ("、" if lang == "zh" else ", ").join(_named(kpis, lang))
    marks = {words["form"]: ' class="unusable"'} if is_other else {}
    listed = "".join(
        f"<dt>{escape(name)}</dt><dd{marks.get(name, '')}>{escape(value)}</dd>" for name, value in facts.items()
    )
    notes = [reasons.note(text, lang) for text in one.notes]
    if one.feed is not None and not one.is_named:
        notes.insert(0, words["misnamed"].format(template=one.feed.file_template))
    return (
        f'<section><h2>{escape(one.file.name)}</h2><p class="verdict {_CLASS.get(one.exit_code, "findings")}">'
        f"{escape(wording.verdict(one, lang))}</p><dl>{listed}</dl>"
        f"{_problems(told, lang)}{_list(words['notes'], notes)}"
        f"{_list(words['change'], _changed(told.change, lang))}{_columns(one.columns, lang)}"
        f"{_days(one, lang)}{_communities(one, lang)}</section>"
    )


def _guess(seen: Seen, lang: Language) -> str:
    return WORDS[lang]["likely" if seen.is_sure else "perhaps"].format(header=seen.guessed) if seen.guessed else ""


def _columns(columns: Sequence[Seen], lang: Language) -> str:
    """Expected, found and guessed side by side, what is missing or strange first; closed if nothing is."""
    if not columns:
        return ""
    words = WORDS[lang]
    rows = ""
    for seen in sorted(columns, key=lambda one: not (one.is_missing or one.column is None)):
        name = ""
        if seen.column is not None:
            name = f"{seen.column.header}（{words['required']}）" if seen.column.required else seen.column.header
        is_needed = seen.is_missing and seen.column is not None and seen.column.required
        found = seen.found or words["missing"]
        guessed = words["unknown"] if seen.column is None else _guess(seen, lang)
        mark = ' class="unusable"' if is_needed else ""
        rows += f"<tr><td>{escape(name)}</td><td{mark}>{escape(found)}</td><td>{escape(guessed)}</td></tr>"
    head = "".join(f"<th>{words[name]}</th>" for name in ("expected", "found", "guessed"))
    is_open = " open" if any(seen.is_missing or seen.column is None for seen in columns) else ""
    return (
        f'<details{is_open}><summary>{words["columns"]}</summary><div class="wide"><table><tr>{head}</tr>{rows}'
        "</table></div></details>"
    )


def _problems(told: Told, lang: Language) -> str:
    """What the verdict says already, of a file that cannot be read at all, is not said a second time."""
    found = [one for one in findings.of(told, lang) if one.column]
    if not found:
        return ""
    words = WORDS[lang]
    rows = "".join(_problem(one, lang) for one in found)
    head = "".join(f"<th>{words[name]}</th>" for name in ("severity", "column", "what", "mend"))
    head += f'<th class="n">{words["rows"]}</th><th>{words["where"]}</th>'
    most = told.verdict.feed.most_rejected_percent if told.verdict.feed is not None else 0.0
    return (
        f'<h3>{words["problems"]}</h3><div class="wide"><table class="cards"><tr>{head}</tr>{rows}</table></div>'
        f'<p class="legend">{escape(words["legend"].format(percent=most))}</p>'
    )


def _problem(one: Finding, lang: Language) -> str:
    words = WORDS[lang]
    samples = "，".join(
        f"{sample.row_number}“{sample.value}”" if sample.value else str(sample.row_number) for sample in one.samples
    )
    name = f"{one.column}（{one.name}）" if one.column != one.name else one.name
    more = words["more"] if one.row_count is not None and one.row_count > len(one.samples) else ""
    cells = {
        "severity": f'<b class="{one.severity}">{SIGNS[one.severity]} {words[one.severity]}</b>',
        "column": escape(name),
        "what": f"{escape(one.means)} <code>{escape(one.code)}</code><br><small>{escape(_costs(one, lang))}</small>",
        "mend": escape(one.mend),
        "rows": "—" if one.row_count is None else f"{one.row_count:,}",
        "where": f"{escape(samples)}{more}",
    }
    shown = "".join(f'<td data-of="{words[key]}"{_NUMBER.get(key, "")}>{cells[key]}</td>' for key in cells)
    return f"<tr>{shown}</tr>"


def _list(title: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h3>{title}</h3><ul>{items}</ul>" if lines else ""


def _days(one: Verdict, lang: Language) -> str:
    if not one.rows_by_day:
        return ""
    words = WORDS[lang]
    days = "".join(f"<span>{day}<b>{count:,}</b></span>" for day, count in one.rows_by_day)
    said = words["first_last"].format(first=one.rows_by_day[0][0], last=one.rows_by_day[-1][0])
    return f'<h3>{words["inside"]} · {words["by_day"]}（{said}）</h3><div class="days">{days}</div>'


def _communities(one: Verdict, lang: Language) -> str:
    """Closed: a district has a hundred of them."""
    if not one.rows_by_community:
        return ""
    rows = "".join(f"<span>{escape(code)}<b>{count:,}</b></span>" for code, count in one.rows_by_community)
    return f'<details><summary>{WORDS[lang]["by_community"]}</summary><div class="days">{rows}</div></details>'


def _changed(change: Change | None, lang: Language) -> list[str]:
    """What changed against the last accepted file, a line each."""
    if change is None:
        return []
    words = WORDS[lang]
    if change.is_same:
        return [words["change_same"].format(file=change.file_name, day=change.since)]
    more = change.rows_now - change.rows_before
    share = f"{more / change.rows_before:+.1%}" if change.rows_before else f"{more:+,}"
    share = share if more else words["change_none"]
    lines = [
        words["change_file"].format(file=change.file_name, day=change.since),
        words["change_rows"].format(before=f"{change.rows_before:,}", now=f"{change.rows_now:,}", change=share),
    ]
    if change.rejected_before or change.rejected_now:
        lines.append(
            words["change_rejected"].format(before=f"{change.rejected_before:,}", now=f"{change.rejected_now:,}")
        )
    listed = "、" if lang == "zh" else ", "
    for name in ("new_headers", "gone_headers", "new_communities", "gone_communities"):
        names = getattr(change, name)
        if names:
            cut = words["more"] if len(names) > SAMPLES else ""
            lines.append(words[f"change_{name}"].format(n=len(names), names=listed.join(names[:SAMPLES]) + cut))
    if not change.new_headers and not change.gone_headers:
        lines.append(words["change_columns"])
    return lines
