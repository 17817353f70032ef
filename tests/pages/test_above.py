"""The overview of a city: what is published of it, in words and in order.

Belongs here: the page. Does not belong here: the numbers (tests/walk/test_rollup.py).
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import OTHER_FORMULA

from .conftest import markup

Opened = Callable[..., AppTest]


@pytest.fixture
def there(city: tuple[Path, Path, str]) -> Path:
    return city[0]


def generation(home: Path) -> Path:
    folder = home / "published"
    return folder / str(json.loads((folder / "current.json").read_text(encoding="utf-8"))["file"])


def table_of(page: AppTest, kind: str) -> str:
    """The markup of the panel of a kind: `heat` or `table-box`."""
    return markup(page).partition(f'<div class="{kind}"')[2].partition("</table>")[0]


def test_districts_are_ranked_by_their_published_index_and_those_without_one_come_last(
    there: Path, opened: Opened
) -> None:
    with duckdb.connect(str(generation(there)), read_only=True) as connection:
        wanted = connection.execute(
            "select org_name from marts.dim_org left join marts.index_daily using (org_code) where dim_org.org_level ="
            " 'district' and pillar = 'overall' and as_of = (select data_through from meta.build) and score is not null"
            " order by score desc, org_code"
        ).fetchall()
        without = connection.execute(
            "select district_name from meta.district_parcel where state <> 'delivered' order by district_code"
        ).fetchall()
    page = opened(there)
    names = re.findall(r'<span class="heat-name"><b>([^<]+)</b>', table_of(page, "heat"))
    ranked = [name for (name,) in wanted]
    assert names[0] == "宝鸡市" and names[1 : len(ranked) + 1] == ranked
    assert set(names[len(ranked) + 1 :]) >= {name for (name,) in without}


def test_the_page_says_who_has_not_delivered_and_never_zero(there: Path, opened: Opened) -> None:
    text = markup(opened(there))
    assert "应报 12 个区县，已报 5 个" in text
    assert "迟报：扶风县（截至12月12日）" in text and "文件无法使用：眉县" in text and "凤翔区" in text
    assert "最新文件损坏或不完整" in text and "口径不同未计入：陇县 1 项" in text
    assert "区县 5/12 已报送" in text


def test_a_kpi_is_compared_between_districts_with_how_many_are_in_the_sum(there: Path, opened: Opened) -> None:
    text = markup(opened(there, kpi=OTHER_FORMULA))
    assert "计入 4/12 个区县" in text
    rows = table_of(opened(there, kpi=OTHER_FORMULA), "table-box")
    assert rows.count("<tr>") == 1 + 1 + 12
    apart = markup(opened(there, kpi="overloaded_worker_share"))
    assert "网格员超负荷占比：各区县分列，不相加" in apart


def test_a_page_that_needs_rows_leads_back(there: Path, opened: Opened) -> None:
    page = opened(there, "street")
    assert not page.exception and "这一页在区县" in markup(page) and "回到总览" in markup(page)


def test_in_english_too(there: Path, opened: Opened) -> None:
    text = markup(opened(there, lang="en"))
    assert "5 of 12 districts have delivered" in text and "缺" not in text


def test_a_name_from_a_parcel_is_text(there: Path, opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "published"
    folder.mkdir(parents=True)
    file = folder / generation(there).name
    shutil.copy(generation(there), file)
    shutil.copy(there / "published" / "current.json", folder)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "update marts.dim_org set org_name = '<img src=x onerror=alert(1)>' where org_level <> 'city'"
        )
    text = markup(opened(folder.parent))
    assert "<img" not in text and "&lt;img src=x" in text
