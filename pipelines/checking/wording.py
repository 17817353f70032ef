"""The verdict on a file in words: Chinese for vendors, English by a switch.

Belongs here: the words for a verdict. Does not belong here: the words for rules and for the reasons of held files
(`pipelines.reasons`), finding out (`examination`), layout (`report`).
"""

from pipelines import reasons
from pipelines.checking.columns import Seen
from pipelines.checking.examination import CLEAN, UNUSABLE, Problem, Verdict
from pipelines.reasons import Language

_WORDS_SAID = 12
_SIGNS = {"\t": "Tab"}


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
    return reasons.held(one.held_because or "", lang)


def form(one: Verdict, lang: Language) -> tuple[str, bool]:
    """What the file is written in, and whether that is not what the contract says; empty if it is no text."""
    if one.form is None:
        return "", False
    found, feed = one.form, one.feed
    is_text = found.format == "csv"
    said = _written(found.format, found.encoding, found.delimiter)
    if feed is None:
        return said, False
    # Only ASCII is right in either encoding, and a byte order mark is read over.
    is_same_encoding = found.is_ascii or found.encoding.removesuffix("-sig") == feed.encoding.removesuffix("-sig")
    is_other = (found.format, found.delimiter if is_text else "") != (feed.format, feed.delimiter if is_text else "")
    is_other |= is_text and not is_same_encoding
    if not is_other:
        return said, False
    contracted = _written(feed.format, feed.encoding, feed.delimiter)
    return {"zh": f"{said}；契约要求 {contracted}", "en": f"{said}; the contract says {contracted}"}[lang], True


def _written(kind: str, encoding: str, delimiter: str) -> str:
    name = {"utf-8-sig": "UTF-8 (BOM)"}.get(encoding, encoding.upper())
    return f"{kind} · {name} · “{_SIGNS.get(delimiter, delimiter)}”" if kind == "csv" else kind


def rule(problem: Problem, lang: Language) -> tuple[str, str]:
    """What the rule means, and how to correct it."""
    means, mend = reasons.rule(problem.rule, lang)
    if problem.allowed:
        more = {"zh": "等", "en": " …"}[lang] if len(problem.allowed) > _WORDS_SAID else ""
        mend += (
            {"zh": "：", "en": ": "}[lang] + {"zh": "、", "en": ", "}[lang].join(problem.allowed[:_WORDS_SAID]) + more
        )
    return means, mend


def missing(seen: Seen, lang: Language) -> tuple[str, str]:
    """What it means that a contract's column is missing, and how to correct it."""
    is_needed = seen.column is not None and seen.column.required
    means = {
        "zh": "缺少必填列，整个文件不入库" if is_needed else "缺少选填列，按空值入库",
        "en": "a required column is missing: nothing is loaded" if is_needed else "missing: loaded without values",
    }
    if seen.guessed:
        mend = {
            "zh": f"“{seen.guessed}”可能就是这一列：请核对后告知接入方，或改用契约的列名",
            "en": f"“{seen.guessed}” may be this column: confirm it, or use the contract's name",
        }
    else:
        mend = {
            "zh": "补上这一列；若改了列名，请告知接入方",
            "en": "add the column; if it has another name now, say so",
        }
    return means[lang], mend[lang]
