"""A finding in words: what, why, what it costs, what to do. Chinese first, as its readers are.

Belongs here: the words of findings. Does not belong here: finding them (`findings`), the reasons of held files
(`pipelines.reasons`).
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from pipelines import reasons
from pipelines.night.findings import Code, Finding

KPIS_NAMED, NAMES_SHOWN = 3, 5
_OF_REFERENCES = re.compile(r"(.+): different values that nothing has: ([0-9]+)")

NAMES: dict[Code, str] = {
    Code.ACCOUNTS: "行数不平",
    Code.CONTRACT: "数据契约不可用",
    Code.KPI: "指标停止计算",
    Code.SOURCE: "采集来源停用",
    Code.CLEAR: "曾以明文入库",
    Code.TREATMENT: "仍按原契约处理",
    Code.HELD: "文件挂起",
    Code.CLOSED: "没有读取权限",
    Code.LATE: "未按时到达",
    Code.MISSING: "缺一天的数据",
    Code.AWAITED: "接入后从未到达",
    Code.REJECTED: "拒收过多",
    Code.VOLUME: "数据量异常",
    Code.REFERENCES: "引用查不到",
    Code.DRIFT: "与契约不一致",
}
_ENGLISH: dict[Code, str] = {
    Code.ACCOUNTS: "rows without a fate",
    Code.CONTRACT: "contract left out",
    Code.KPI: "KPI left out",
    Code.SOURCE: "source left out",
    Code.CLEAR: "was stored in clear",
    Code.TREATMENT: "treated by an earlier contract",
    Code.HELD: "file held",
    Code.CLOSED: "no right to read",
    Code.LATE: "late",
    Code.MISSING: "a day is missing",
    Code.AWAITED: "connected, never delivered",
    Code.REJECTED: "rows rejected",
    Code.VOLUME: "volume",
    Code.REFERENCES: "unknown references",
    Code.DRIFT: "not as contracted",
}
_REMEDIES: dict[Code, str] = {
    Code.ACCOUNTS: "保留一份 home 的副本，执行 sihe rebuild，并报告给开发方",
    Code.CONTRACT: "改正契约文件；改正前该平台的文件不入库",
    Code.KPI: "改正指标文件，用 sihe registry 核对",
    Code.SOURCE: "改正 sources.yaml，用 sihe doctor 核对；改正前不从那里取文件",
    Code.CLEAR: "不应留在以前的发布中的，执行 sihe rotate-key，以前的发布随之删除",
    Code.TREATMENT: "执行 sihe backfill --feed {about} --from {first} --to {last}，按现在的契约重新入库",
    Code.HELD: "请平台改正后以下一个修订号（_r2、_r3）重新导出",
    Code.CLOSED: "给运行四合的账户读取权限（属组或访问控制列表），下一次接收时自动入库",
    Code.LATE: "联系平台，补传缺的文件",
    Code.MISSING: "联系平台，补传这一天的文件；当天没有记录的，补传只有表头的文件",
    Code.AWAITED: "联系平台；尚未接入的，从 district.yaml 的 connected 中去掉",
    Code.REJECTED: "请平台改正后以下一个修订号重新导出；被拒的行见“数据质量”",
    Code.VOLUME: "请平台核对导出是否完整；不完整的以下一个修订号重新导出",
    Code.REFERENCES: "先看被引用的登记表是否已到；再请平台核对编码",
    Code.DRIFT: "若平台改了列名或代码，在契约中登记（docs/extending.md）",
}


def line(one: Finding, address: str = "") -> str:
    """The finding in one line; address: where people open the dashboard."""
    said = dict(one.facts)
    day = f" {one.day:%-m月%-d日}" if one.day else ""
    what = f"【{NAMES[one.code]}】{said.get('title', one.about)}{day}：{_what(one, said)}"
    parts = [what.rstrip("。"), _costs(one.kpis), f"处理：{_remedy(one, said)}"]
    return "。".join(filter(None, parts)) + "。" + (f" {address}/data" if address else "")


def title(findings: Sequence[Finding], owner: str) -> str:
    kinds = dict.fromkeys(one.code for one in findings)
    zh = "、".join(NAMES[code] for code in kinds)
    en = ", ".join(_ENGLISH[code] for code in kinds)
    return f"四合：{len(findings)} 件事请处理（{owner}）：{zh} · to do: {en}"


def mended(lines: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Title and lines about findings that are gone."""
    return f"四合：{len(lines)} 件事已解决 · mended", tuple(lines)


def _remedy(one: Finding, said: dict[str, Any]) -> str:
    remedy = _REMEDIES[one.code]
    return remedy.format(about=one.about, **said) if one.code is Code.TREATMENT else remedy


def _costs(kpis: tuple[str, ...]) -> str:
    if not kpis:
        return ""
    more = f"等 {len(kpis)} 个指标" if len(kpis) > KPIS_NAMED else ""
    return f"影响{'、'.join(kpis[:KPIS_NAMED])}{more}"


def _each(said: dict[str, Any], worded: Callable[[str], str]) -> str:
    return "；".join(map(worded, said["detail"].split("\n")))


def _unknown(detail: str) -> str:
    """What `feed_checks` says of one column's references."""
    found = _OF_REFERENCES.fullmatch(detail)
    return f"{found[1]}，不同的值 {found[2]} 个" if found else detail


def _noticed(detail: str) -> str:
    """What was noticed in one file."""
    file, _, note = detail.partition(": ")
    return f"{file}：{reasons.note(note, 'zh')}"


def _treated_otherwise(one: Finding, said: dict[str, Any]) -> str:
    return f"{'、'.join(said['columns'])} 在 {said['first']} 至 {said['last']} 中 {one.size:.0f} 天已入库的值"


def _what(one: Finding, said: dict[str, Any]) -> str:
    match one.code:
        case Code.HELD:
            return "；".join(f"{name} 未入库，{reasons.held(reason, 'zh')}" for name, reason in said["files"])
        case Code.CLEAR:
            return f"契约改为不留原值：{_treated_otherwise(one, said)}已按新契约处理，以前的发布中还有原值"
        case Code.TREATMENT:
            return f"契约改了处理方式：{_treated_otherwise(one, said)}仍是按原契约处理的值"
        case Code.CLOSED:
            more = f" 等 {one.size:.0f} 个" if one.size > NAMES_SHOWN else ""
            return f"收件箱中的 {'、'.join(said['names'][:NAMES_SHOWN])}{more} 不能读取"
        case Code.LATE:
            lacks = f"缺 {'、'.join(said['lacking'])} 的文件" if said.get("lacking") else "还没有可用的文件"
            newest = f"最新的一天是 {said['newest']}" if said["newest"] else "还没有一天到齐"
            return f"应在 {said['at']:%H:%M} 前到的 {said['due']} 的数据{lacks}，{newest}，已晚 {one.size:.0f} 天"
        case Code.MISSING:
            lacking = (f"{title}（缺 {'、'.join(some)}）" if some else title for title, some in said["feeds"])
            return f"之后的日期已到，这一天还没有可用的文件：{'、'.join(lacking)}"
        case Code.AWAITED:
            return f"已写明接入，但自 {said['since']} 起还没有可用的文件：{'、'.join(said['feeds'])}"
        case Code.REJECTED:
            share = 100 * one.size / said["counted"]
            return (
                f"{said['file']} 的 {said['counted']:,} 行中拒收 {one.size:,.0f} 行（{share:.1f} %，"
                f"约定不超过 {said['limit']:g} %）"
            )
        case Code.VOLUME:
            return f"{said['observed']:,.0f} 行，同一星期几平常约 {said['expected']:,.0f} 行"
        case Code.REFERENCES:
            return f"{said['expected']:,.0f} 个引用中 {said['observed']:,.0f} 个查不到（{_each(said, _unknown)}）"
        case Code.DRIFT:
            return _each(said, _noticed)
        case Code.ACCOUNTS:
            return f"{one.size:,.0f} 行没有去向（{_each(said, str)}）"
        case _:
            return str(said["text"])
