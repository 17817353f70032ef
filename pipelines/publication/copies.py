"""Copies of a generation for tools that cannot read DuckDB: Parquet or CSV of its tables, a workbook of its KPIs.

Belongs here: what the copies contain and how they are written, from the finished file. Views are left out, because the
tables have their data. Does not belong here: when copies are made, moved into place and deleted (`publish`, `query`).
"""

import re
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from unicodedata import category

import duckdb
import xlsxwriter

from pipelines.publication.catalog import quoted

WORKBOOK = "kpis.xlsx"

# A sheet of a workbook can have 1,048,576 rows, but nobody reads that many.
MOST_ROWS = 100_000

# Some spreadsheets take a cell that begins like this for a formula: Excel treats full-width characters as ASCII, tabs
# and line ends hide one, and blanks and invisible characters may be removed before the file is opened.
_RISKY = tuple("=+-@＝＋－＠")
_ENDS = ("\t", "\r", "\n")
_UNSEEN_KINDS = frozenset(("Cc", "Cf", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"))
_UNSEEN = "\u115f\u1160\u2800\u3164\uffa0"
# The same for a whole column at once.
_FORMULA = rf"^([\t\r\n]|[\pC\pM\pZ{_UNSEEN}]*[=+@＝＋－＠-])"
_NUMBER_OR_TIME = re.compile(r"U?(BIG|HUGE|SMALL|TINY)?INT(EGER)?$|DECIMAL|DOUBLE$|FLOAT$|BOOLEAN$|DATE$|TIMESTAMP")
_WIDEST = 60

_ABOUT = (
    ("发布代次 Generation", "{generation}"),
    ("截止日 As of", "{data_through}"),
    ("数据起始日 Data from", "{data_from}"),
    ("数据 Data", "{kind}"),
    ("期间 Period", "截止日及之前共30天；存量与窗口指标取截止日 The 30 days to as of; stocks and windows on that day"),
    (
        "状态 Status",
        "small_n 样本数小于5 n below 5；warming_up 窗口未满 window still filling；"
        "not_applicable 分母为0 denominator 0；no_data 没有数据 no data came",
    ),
    ("列 Columns", "含义见 meta.catalog · what they mean stands in meta.catalog"),
)  # fmt: skip
_KPIS = """
from marts.kpi_period as p
inner join marts.kpi_definition as d on p.kpi_id = d.kpi_id
inner join marts.dim_org as o on p.org_code = o.org_code
where p.period = '30d' and p.org_level = '{level}' and p.as_of = (select data_through from meta.build)
order by o.org_code, d.pillar, d.kpi_id
"""
_SHEETS = {
    "全区 District": "select o.org_name, d.pillar, d.kpi_id, d.zh, d.en, p.value, d.unit, p.numerator, p.denominator,"
    " p.low90, p.high90, p.previous_value, p.score, p.status, d.red_line, d.target, d.stretch, d.band_low, d.band_high,"
    " d.numerator_zh, d.denominator_zh, d.caveats_zh " + _KPIS.format(level="district"),
    **{
        sheet: "select o.org_code, o.org_name, d.kpi_id, d.zh, p.value, d.unit, p.n, p.value_smoothed, p.low90,"
        " p.high90, p.band, p.status, p.score, p.previous_value " + _KPIS.format(level=level)
        for sheet, level in (("镇街 Streets", "street"), ("社区 Communities", "community"))
    },
    "指数 Indexes": "select o.org_level, o.org_code, o.org_name, i.pillar, i.score, i.coverage from marts.index_daily i"
    " inner join marts.dim_org as o on i.org_code = o.org_code where i.as_of = (select data_through from meta.build)"
    " order by o.org_code, i.pillar",
    "口径 Definitions": "select * from marts.kpi_definition order by pillar, kpi_id",
}
_NAMES = """
select column_name, any_value(zh) from meta.catalog
where table_name in ('marts.kpi_period', 'marts.kpi_definition', 'marts.dim_org', 'marts.index_daily')
    and column_name is not null
group by column_name
"""


def write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every table of the current database, a generation's finished file, as `<schema>/<table>.parquet`."""
    for schema, table, _ in _tables(connection):
        target = _target(folder, schema, f"{table}.parquet")
        connection.execute(f"copy {schema}.{table} to {target} (format parquet, compression zstd)")


def write_csv(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every table as `<schema>/<table>.csv`, for spreadsheets: with a byte order mark, and no text can be a formula."""
    for schema, table, columns in _tables(connection):
        listed: list[str] = []
        for name, data_type in columns:
            own, text = quoted(name), f"{quoted(name)}::varchar"
            safe_text = f"case when regexp_matches({text}, '{_FORMULA}') then chr(39) || {text} else {text} end"
            # Without the mark before the first name, Excel reads Chinese in the wrong encoding.
            head = quoted(safe(name) if listed else f"\ufeff{safe(name)}")
            listed.append(f"{own if _NUMBER_OR_TIME.match(data_type) else safe_text} as {head}")
        query = f"select {', '.join(listed)} from {schema}.{table}"
        connection.execute(f"copy ({query}) to {_target(folder, schema, f'{table}.csv')} (format csv, header)")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Schema, table, its columns with their types."""
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where database_name = current_database() and (schema_name, table_name) in (select (t.schema_name,"
        " t.table_name) from duckdb_tables() as t where t.database_name = current_database())"
        " order by schema_name, table_name, column_index"
    ).fetchall()
    return [
        (schema, table, [(name, data_type) for _, _, name, data_type in group])
        for (schema, table), group in groupby(rows, key=lambda row: row[:2])
    ]


def _target(folder: Path, schema: str, name: str) -> str:
    (folder / schema).mkdir(exist_ok=True)
    return "'" + str(folder / schema / name).replace("'", "''") + "'"


def write_workbook(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """The KPIs of the newest day with their definitions: one sheet per level, the indexes, the definitions."""
    names = dict(connection.execute(_NAMES).fetchall())
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        head = book.add_format({"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet("说明 About")
        page.set_column(0, 0, 24)
        page.set_column(1, 1, _WIDEST)
        for number, (label, text) in enumerate(_about(connection)):
            page.write_string(number, 0, label, head)
            page.write_string(number, 1, safe(text))
        for title, query in _SHEETS.items():
            found = connection.execute(query)
            columns = [column for column, *_ in found.description or []]
            rows = found.fetchmany(MOST_ROWS + 1)
            page = book.add_worksheet(title)
            if len(rows) > MOST_ROWS:
                page.write_string(0, 0, f"超过{MOST_ROWS}行，请查询 marts.kpi_period · Too many rows for a sheet")
                continue
            page.freeze_panes(1, 0)
            for number, column in enumerate(columns):
                page.write_string(0, number, safe(f"{names.get(column, column)}\n{column}"), head)
                widest = max((_width(row[number]) for row in rows[:200]), default=0)
                page.set_column(number, number, min(_WIDEST, max(10, widest + 2)))
            for row_number, row in enumerate(rows, 1):
                for number, cell in enumerate(row):
                    _put(page, row_number, number, cell, day)
            if rows:
                page.autofilter(0, 0, len(rows), len(columns) - 1)


def _about(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    generation, data_from, data_through, is_demo = connection.execute(
        "select generation, data_from, data_through, is_demo from meta.build"
    ).fetchall()[0]
    kind = "演示数据 demo data" if is_demo else "正式数据 real data"
    fields = {"generation": generation, "data_from": data_from, "data_through": data_through, "kind": kind}
    return [(label, text.format(**fields)) for label, text in _ABOUT]


def _put(page: Any, row: int, column: int, cell: object, day: Any) -> None:
    """One cell by its type; a text never becomes a formula, a link or a number."""
    if isinstance(cell, bool):
        page.write_boolean(row, column, cell)
    elif isinstance(cell, int | float | Decimal):
        page.write_number(row, column, cell)
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), day)
    elif cell is not None:
        page.write_string(row, column, safe(str(cell)))


def safe(text: str) -> str:
    """Adds a leading apostrophe to text that a spreadsheet could take for a formula."""
    seen = next((sign for sign in text if sign not in _UNSEEN and category(sign) not in _UNSEEN_KINDS), "")
    return f"'{text}" if seen in _RISKY or text.startswith(_ENDS) else text


def _width(cell: object) -> int:
    """Width in columns of a monospaced font: a Chinese character takes two. Numbers have a short format."""
    if isinstance(cell, float):
        return 10
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in str("" if cell is None else cell))
