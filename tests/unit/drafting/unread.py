"""Vendors whose headers were written by somebody who had not read the vocabulary: `unread.yaml`.

Belongs here: their exports, with the demo's values under their headers. Does not belong here: other forms of values
(`dialects`, `newcomers`).
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import yaml

from pipelines.contracts.model import Feed
from pipelines.delivery.text_table import ROW_NUMBER
from pipelines.drafting.samples import Sample
from tests.unit.drafting.dialects import Export

VENDORS: Mapping[str, Mapping[str, Mapping[str, str | None]]] = yaml.safe_load(
    Path(__file__).with_name("unread.yaml").read_text(encoding="utf-8")
)
"""Vendor → feed → header → the contract's column; null: the contract has none."""


def export(vendor: str, feed: Feed, sample: Sample) -> Export:
    """The sample's rows under the headers of one of these vendors, in its order, with columns of its own."""
    rows = sample.rows.height
    # In turn: a name, a time, a remark, a number, a place.
    own = (
        [f"{'吴郑王冯'[i % 4]}{'海涛晓燕鹏'[i % 5]}" for i in range(rows)],
        [f"2025-12-{5 + i % 4:02} 1{i % 9}:{i % 60:02}:41" for i in range(rows)],
        ["" if i % 7 else "已核对" for i in range(rows)],
        [f"{i + 1}" for i in range(rows)],
        [f"经二路{i % 90 + 1}号" for i in range(rows)],
    )
    columns, truth, others = [], {}, 0
    for header, name in VENDORS[vendor][feed.id].items():
        if name is None:
            columns.append(pl.Series(header, own[others % len(own)]))
            others += 1
        else:
            columns.append(sample.table.frame[feed.column(name).header].alias(header))
            truth[header] = name
    return Export(feed, pl.DataFrame(columns).drop(ROW_NUMBER, strict=False), truth)
