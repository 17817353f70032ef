"""An invented event export for measurements, in every format: the same seed gives the same bytes.

Belongs here: the content of the files. Does not belong here: measuring; the demo district, which `sihe simulate`
writes. Runs as a separate program, because Linux keeps the parent's peak memory across fork and exec: a child of a
large process is reported at least as large.

    python -m tests.benchmarks.exports FORMAT FOLDER ROWS

FORMAT is csv (in UTF-8 and in GB18030), ndjson, json or xlsx; or large, a csv in UTF-8 that has the rows of ten; or
deliveries, csv in UTF-8, of which `many` are the deliveries of as many days and `one` is one delivery with all their
rows. Next to Sihe's export of one of the four
formats are the same rows in a form that others load without checks: bare.csv, bare.ndjson or bare.json (a plain list),
and types.json (header → SQL type).
"""

import json
import shutil
import sys
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import xlsxwriter

from pipelines.contracts import compiler
from pipelines.contracts.model import Feed, Kind

SEED = 20260101
DAY = date(2025, 12, 31)
"""The business date of the export."""

DELIVERIES, LEAST_ROWS = 400, 50
"""How many small deliveries the same rows are, and how many rows each of them has at least."""

LARGE_PARTS = 10
"""A large csv has the same rows so often, under other numbers, because its frame would need ten times the memory."""

ENCODINGS = ("utf-8", "gb18030")
"""The variants of a csv; any other format has one, with the format's name."""

BROKEN_SHARE, DUPLICATE_SHARE, SUPERSEDED_SHARE = 0.001, 0.0002, 0.0002
PHONE_SHARE, QUOTED_SHARE = 0.05, 0.02
COMMUNITIES = [f"6103020{1 + i % 10:02}{1 + i // 10:03}" for i in range(61)]
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


def events(rng: np.random.Generator, rows: int) -> pl.DataFrame:
    """`rows` correct events of the year before DAY with the contract's headers, all values as text."""

    def pick(values: list[str]) -> pl.Series:
        return pl.Series(values).gather(rng.integers(0, len(values), rows))

    def later(low: int, high: int) -> pl.Series:
        return pl.Series(rng.integers(low, high, rows))

    start = datetime.combine(DAY - timedelta(days=366), time())
    frame = pl.DataFrame(
        {
            "n": pl.int_range(1, rows + 1, eager=True),
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
        # Every seventh event has no grid, as in real exports.
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
    """Rows that break one rule each, duplicates, rows that a later one replaces.

    They break rules, not types: a bare typed load must be able to read the file without error handling.
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


def event_feed(side: str) -> Feed:
    """The feed `command_centre.event`, as if its platform delivered it in this variant."""
    contracts = Path(compiler.__file__).parent
    loaded, _ = compiler.load_contracts(contracts)
    feed = next(feed for contract in loaded for feed in contract.feeds if feed.id == "command_centre.event")
    if side in (*ENCODINGS, "large", "one", "many"):
        return replace(feed, encoding=side if side in ENCODINGS else "utf-8")
    template = f"{feed.file_template.rpartition('.')[0]}.{side}"
    sheet = (feed.title, 2) if side == "xlsx" else (None, 1)
    return replace(feed, format=side, encoding="utf-8", file_template=template, sheet=sheet[0], header_row=sheet[1])


def file_of(side: str, folder: Path, day: date = DAY) -> Path:
    return folder / side / event_feed(side).file_template.replace("{yyyymmdd}", f"{day:%Y%m%d}")


def write(kind: str, folder: Path, rows: int) -> None:
    """The export in all variants of one format, and the files that others load."""
    rng = np.random.default_rng(SEED)
    frame = with_faults(events(rng, rows // LARGE_PARTS if kind == "large" else rows), rng)
    if kind == "large":
        _write_large(frame, folder)
        return
    if kind == "deliveries":
        _write_deliveries(frame, folder)
        return
    feed = event_feed("utf-8")
    types = {column.header: "VARCHAR" if column.codes else column.sql_type for column in feed.columns}
    (folder / "types.json").write_text(json.dumps(types, ensure_ascii=False), encoding="utf-8")
    files = [file_of(side, folder) for side in (ENCODINGS if kind == "csv" else [kind])]
    for file in files:
        file.parent.mkdir()
    if kind in ("csv", "xlsx"):
        frame.write_csv(folder / "bare.csv")
    if kind == "csv":
        shutil.copyfile(folder / "bare.csv", files[0])
        with (folder / "bare.csv").open(encoding="utf-8", newline="") as source, files[1].open("wb") as target:
            while chunk := source.read(1 << 24):
                target.write(chunk.encode("gb18030"))
    elif kind == "xlsx":
        _write_workbook(frame, files[0], event_feed("xlsx"))
    else:
        # Numbers are unquoted in JSON, as platforms write them.
        bare = [column for column in feed.columns if column.kind in (Kind.INTEGER, Kind.NUMBER)]
        frame = frame.with_columns(
            pl.col(column.header).cast(pl.Int64 if column.kind is Kind.INTEGER else pl.Float64) for column in bare
        )
        frame.write_ndjson(folder / "bare.ndjson")
        lines = (folder / "bare.ndjson").read_text(encoding="utf-8").splitlines()
        if kind == "ndjson":
            shutil.copyfile(folder / "bare.ndjson", files[0])
        else:
            (folder / "bare.json").write_text("[" + ",\n".join(lines) + "]\n", encoding="utf-8")
            document = '{"feed": "command_centre.event", "rows": [' + ",\n".join(lines) + "]}\n"
            files[0].write_text(document, encoding="utf-8")


def _write_large(frame: pl.DataFrame, folder: Path) -> None:
    file = file_of("large", folder)
    file.parent.mkdir()
    with file.open("wb") as target:
        for i in range(LARGE_PARTS):
            numbered = pl.col("事件编号").str.replace("^SJ0", f"SJ{i}")
            frame.with_columns(numbered).write_csv(target, include_header=i == 0)


def _write_deliveries(frame: pl.DataFrame, folder: Path) -> None:
    """The same rows as one delivery, and in parts as a delivery of each of the days before DAY."""
    count = max(1, min(DELIVERIES, frame.height // LEAST_ROWS))
    for side in ("one", "many"):
        (folder / side).mkdir()
    frame.write_csv(file_of("one", folder))
    for i in range(count):
        begin, end = frame.height * i // count, frame.height * (i + 1) // count
        frame[begin:end].write_csv(file_of("many", folder, DAY - timedelta(days=i)))


def _write_workbook(frame: pl.DataFrame, file: Path, feed: Feed) -> None:
    """A title, the header, one row per event: numbers as numbers, the rest as text."""
    numbers = {column.header for column in feed.columns if column.kind in (Kind.INTEGER, Kind.NUMBER)}
    book = xlsxwriter.Workbook(file)
    page = book.add_worksheet(feed.sheet)
    page.write_string(0, 0, feed.title)
    page.write_row(feed.header_row - 1, 0, frame.columns)
    for place, name in enumerate(frame.columns):
        write_cell = page.write_number if name in numbers else page.write_string
        values = frame[name].cast(pl.Float64) if name in numbers else frame[name]
        for row, value in enumerate(values, feed.header_row):
            if value is not None:
                write_cell(row, place, value)
    book.close()


if __name__ == "__main__":
    what, where, size = sys.argv[1:4]
    write(what, Path(where), int(size))
