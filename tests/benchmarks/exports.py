"""Invented exports to measure with: the same seed makes the same bytes.

Belongs here: what the files hold. Does not belong here: measuring anything. Runs as a program of its own, since a
process started by a large one is reported at least as large (Linux keeps the parent's peak across fork and exec):

    python -m tests.benchmarks.exports events FOLDER ROWS
    python -m tests.benchmarks.exports days INBOX DAYS
"""

import os
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import openpyxl
import polars as pl

from pipelines.settings import BEIJING

SEED = 20260101
LAST_DAY = date(2025, 12, 30)
"""The newest business date of a prepared inbox; the day after it is the night that is measured."""

BROKEN_SHARE, DUPLICATE_SHARE, SUPERSEDED_SHARE = 0.001, 0.0002, 0.0002
PHONE_SHARE, QUOTED_SHARE = 0.05, 0.02
COMMUNITIES = [f"6103020{1 + i % 10:02}{1 + i // 10:03}" for i in range(61)]
REPORTED_A_DAY = 100
REDELIVERED_AFTER = (0, 1, 3)
"""Days after its report on which an event is in the export: as reported, as dispatched, as closed."""

_SOURCES = ["网格巡查", "网格巡查", "网格巡查", "入户走访", "随手拍", "12345热线", "视频感知", "上级交办"]
_CATEGORIES = ["安全隐患", "矛盾纠纷", "治安防范", "市容环境", "市容环境", "公共设施", "房屋物业", "民生服务"]
_SUBCATEGORIES = ["乱堆乱放", "占道经营", "井盖缺失", "噪音扰民", "电动车飞线充电", "路灯不亮", "违规停车", "邻里纠纷"]
_URGENCIES = ["一般", "一般", "一般", "一般", "紧急", "特急"]
_DEPARTMENTS = ["城管执法中队", "街道平安办", "社区网格站", "住建局", "市政中心"]
_LEVELS = ["社区", "社区", "社区", "街道", "区"]
_FOLLOW_UPS = ["满意", "满意", "满意", "基本满意", "不满意", "未回访"]
_PLACES = ["单元门口", "楼道内", "小区东门", "地下车库入口", "垃圾分类亭旁", "消防通道", "老年活动中心门前"]
_FACTS = [
    "堆放杂物影响通行，居民反映已持续多日，请尽快处理",
    "路面破损积水，雨天老人出行不便",
    "有人违规停车，占用消防通道",
    "垃圾未及时清运，夏季异味较大，物业称已报修但一周无人到场",
    "下水道堵塞返味",
    "夜间施工噪音影响休息，已与施工方沟通未果，请协调",
]
_QUOTED = ', 居民原话: "已经说过很多次了"'


def events(rng: np.random.Generator, rows: int, first_number: int = 1) -> pl.DataFrame:
    """`rows` correct events of the year before LAST_DAY under the contract's headers, all values as text."""

    def pick(values: list[str]) -> pl.Series:
        return pl.Series(values).gather(rng.integers(0, len(values), rows))

    def later(low: int, high: int) -> pl.Series:
        return pl.Series(rng.integers(low, high, rows))

    start = datetime.combine(LAST_DAY - timedelta(days=365), time())
    frame = pl.DataFrame(
        {
            "n": pl.int_range(first_number, first_number + rows, eager=True),
            "seconds": later(0, 360 * 86400),
            "community": pick(COMMUNITIES),
            "grid": later(1, 10),
            "house": later(1, 60),
            "unit": later(1, 7),
            "place": pick(_PLACES),
            "fact": pick(_FACTS),
            "phone": later(0, 10**8),
            "kind": pl.Series(rng.random(rows)),
            "to_accept": later(60, 3600),
            "to_dispatch": later(3600, 10800),
            "to_resolve": later(20000, 250000),
            "is_closed": pl.Series(rng.random(rows) < 0.8),
            "is_excluded": pl.Series(rng.random(rows) < 0.02),
        }
    ).with_columns(reported=pl.lit(start) + pl.duration(seconds=pl.col("seconds")))

    def moment(after: str | int) -> pl.Expr:
        seconds = pl.col(after) if isinstance(after, str) else pl.lit(after)
        return (pl.col("reported") + pl.duration(seconds=seconds)).dt.strftime("%Y-%m-%d %H:%M:%S")

    def if_closed(value: pl.Expr | pl.Series, otherwise: pl.Expr | None = None) -> pl.Expr:
        return pl.when("is_closed").then(value).otherwise(otherwise)

    text = pl.format("{}号楼{}单元{}，{}", "house", "unit", "place", "fact")
    phone = pl.format("{}，联系电话139{}", text, pl.col("phone").cast(pl.String).str.zfill(8))
    is_phoned, is_quoted = pl.col("kind") < PHONE_SHARE, pl.col("kind") > 1 - QUOTED_SHARE
    described = pl.when(is_phoned).then(phone).when(is_quoted).then(text + _QUOTED).otherwise(text)
    return frame.select(
        事件编号=pl.format("SJ{}", pl.col("n").cast(pl.String).str.zfill(14)),
        来源=pick(_SOURCES),
        事件大类=pick(_CATEGORIES),
        事件小类=pick(_SUBCATEGORIES),
        紧急程度=pick(_URGENCIES),
        社区编码="community",
        # Every seventh event has no grid, as most real ones have.
        网格编码=pl.when(pl.col("n") % 7 > 0).then(pl.format("{}00{}", "community", "grid")),
        事件描述=described,
        上报时间=moment(0),
        受理时间=moment("to_accept"),
        派遣时间=moment("to_dispatch"),
        责任单位=pick(_DEPARTMENTS),
        办理层级=pick(_LEVELS),
        处置时限=moment(3 * 86400),
        原处置时限=moment(3 * 86400),
        是否剔除=pl.when("is_excluded").then(pl.lit("是")).otherwise(pl.lit("否")),
        剔除原因=pl.when("is_excluded").then(pl.lit("不在辖区")),
        处置完成时间=if_closed(moment("to_resolve")),
        结案时间=if_closed(moment("to_resolve")),
        状态=if_closed(pl.lit("已结案"), pl.lit("处置中")),
        回访评价=if_closed(pick(_FOLLOW_UPS)),
        返工次数=(later(0, 20) - 16).clip(0).cast(pl.String),
        经度=pl.format("107.{}", later(100000, 999999)),
        纬度=pl.format("34.{}", later(100000, 999999)),
        更新时间=if_closed(moment("to_resolve"), moment("to_dispatch")),
    )


def with_faults(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Rows that break one rule each, rows twice, rows that a later one replaces.

    They break rules, not types: a bare typed load must be able to read the file without looking for errors.
    """
    breaks = [
        ("事件编号", "SJ-作废"),
        ("来源", "微信群"),
        ("社区编码", "6103"),
        ("返工次数", "99"),
        ("经度", "0"),
        ("事件小类", None),
    ]
    which = pl.Series(rng.integers(0, len(breaks), frame.height)).set(
        pl.Series(rng.random(frame.height) >= BROKEN_SHARE), -1
    )
    frame = frame.with_columns(
        pl.when(which == i).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for i, (name, value) in enumerate(breaks)
    )
    good = frame.filter(which == -1)
    doubled = good.sample(fraction=DUPLICATE_SHARE, seed=SEED)
    replaced = good.sample(fraction=SUPERSEDED_SHARE, seed=SEED + 1).with_columns(
        更新时间=pl.lit("2026-01-01 00:00:00")
    )
    kept = frame.head(frame.height - doubled.height - replaced.height)
    return pl.concat([kept, doubled, replaced])


def write_events(folder: Path, rows: int) -> None:
    """`events.utf-8.csv` and `events.gb18030.csv` with the same rows."""
    rng = np.random.default_rng(SEED)
    plain = folder / "events.utf-8.csv"
    with_faults(events(rng, rows), rng).write_csv(plain)
    with plain.open(encoding="utf-8", newline="") as source, (folder / "events.gb18030.csv").open("wb") as target:
        while chunk := source.read(1 << 24):
            target.write(chunk.encode("gb18030"))


def write_days(inbox: Path, days: int) -> None:
    """A folder a business date up to LAST_DAY, and one more beside the inbox (`next`) for the night to come.

    Each holds the two feeds; files are dated at 03:00 of the day after, as platforms deliver them.
    """
    first = LAST_DAY - timedelta(days=days - 1)
    for i in range(days + 1):
        day = first + timedelta(days=i)
        folder = (inbox if day <= LAST_DAY else inbox.parent / "next") / day.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        files = (
            folder / f"command_centre_event_{day:%Y%m%d}.csv",
            folder / f"smart_community_community_{day:%Y%m%d}.xlsx",
        )
        known = [day - timedelta(days=ago) for ago in REDELIVERED_AFTER if day - timedelta(days=ago) >= first]
        changed = pl.concat(_events_of(reported, day) for reported in known)
        files[0].write_bytes(changed.write_csv().encode("gb18030"))
        _write_register(files[1])
        arrived = datetime.combine(day + timedelta(days=1), time(3), BEIJING).timestamp()
        for file in files:
            os.utime(file, (arrived, arrived))


def _events_of(reported: date, day: date) -> pl.DataFrame:
    """The events reported on one day as the export of `day` shows them: closed on the last of their deliveries."""
    number = reported.toordinal() * 1000
    frame = events(np.random.default_rng(number), REPORTED_A_DAY, number)
    times = [name for name in frame.columns if name.endswith(("时间", "时限"))]
    start = datetime.combine(reported, time())
    frame = frame.with_columns(pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S") for name in times).with_columns(
        moved=pl.lit(start) - pl.col("上报时间").dt.truncate("1d")
    )
    frame = frame.with_columns((pl.col(name) + pl.col("moved")).dt.strftime("%Y-%m-%d %H:%M:%S") for name in times)
    is_open = (day - reported).days < REDELIVERED_AFTER[-1]
    until_closed = ["处置完成时间", "结案时间", "回访评价"] if is_open else []
    return frame.drop("moved").with_columns(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in until_closed),
        状态=pl.lit("处置中") if is_open else pl.col("状态"),
        更新时间=pl.lit(f"{day} 20:00:00"),
    )


def _write_register(file: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "社区"
    sheet.append(["社区基本信息表"])
    heads = "社区编码 社区名称 街道编码 街道名称 社区类型 户数 常住人口 面积(平方公里) 是否标杆社区 书记姓名 联系电话"
    sheet.append(heads.split())
    for i, code in enumerate(COMMUNITIES):
        households = 1500 + 40 * i
        row = [code, f"第{i + 1}社区", code[:9], f"第{1 + i % 10}街道", "老旧小区型", households, households * 3, 0.8]
        sheet.append([*row, "是" if i % 9 == 0 else "否", "张某", "13900000000"])
    book.save(file)


if __name__ == "__main__":
    what, where, size = sys.argv[1:4]
    {"events": write_events, "days": write_days}[what](Path(where), int(size))
