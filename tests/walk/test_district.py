"""The published demo district: every number recomputed, every question of an analyst answered.

Belongs here: what needs all 33 feeds with ordinary data in them. Does not belong here: rules at their thresholds (dbt's
unit tests), adversarial exports (`test_kpis`).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines import installation
from tests.walk.compare import compare, compare_periods
from tests.walk.published import ask

Built = tuple[Path, Path, str]


def test_every_number_of_every_day_is_what_plain_python_makes_of_the_exports(district: Built) -> None:
    home, inbox, _ = district
    found = compare(home, inbox)
    assert found.unknown == frozenset()
    assert found.cells > 30_000
    assert not found.differences, str(found)


def test_the_figures_of_a_period_are_what_plain_python_makes_of_the_exports(district: Built) -> None:
    # All of them take eight minutes.
    compared, differences = compare_periods(*district[:2], every=53)
    assert compared > 500
    assert differences == []


def test_every_question_has_an_answer_or_says_what_none_means(district: Built, home: Path) -> None:
    recipes = ask(district[0], "select recipe_id, sql, empty_means_zh, empty_means from meta.recipe")
    assert len(recipes) >= 20
    answered = {name: len(ask(district[0], sql)) for name, sql, _, _ in recipes}
    assert [name for name, _, zh, en in recipes if not answered[name] and not (zh and en)] == []
    # Most have a result for an ordinary district.
    assert sum(1 for rows in answered.values() if rows) >= 0.8 * len(recipes)
    for _, sql, _, _ in recipes:
        ask(home, sql)  # from a warehouse with two feeds


def test_rows_counted_are_loaded_rejected_duplicate_or_superseded(district: Built) -> None:
    assert ask(
        district[0],
        "select count(*), count(*) filter (rows_counted <> rows_loaded + rows_rejected + rows_duplicate"
        " + rows_superseded), sum(rows_rejected) > 0, count(distinct (platform, feed)) from meta.delivery"
        " where platform is not null",
    ) == [(pytest.approx(340, rel=0.2), 0, True, len(installation.load().feeds))]


def test_the_district_has_an_index_of_each_type_and_one_of_all(district: Built) -> None:
    newest = ask(
        district[0],
        "select pillar, score from marts.index_daily where org_level = 'district'"
        " and as_of = (select data_through from meta.build)",
    )
    scores = dict(newest)
    assert {"safe", "convenient", "beautiful", "happy", "overall"} <= set(scores)
    assert all(scores[pillar] is not None for pillar in ("safe", "convenient", "beautiful", "happy", "overall"))


def test_every_table_and_column_is_described_in_both_languages_and_named_in_chinese(district: Built) -> None:
    assert (
        ask(
            district[0],
            "select table_name, column_name from meta.catalog where zh is null or description_zh is null"
            " or description is null",
        )
        == []
    )
    tables = ask(district[0], "select count(*) from meta.catalog where column_name is null")
    named = ask(
        district[0],
        "select (select count(*) from duckdb_views() where schema_name = 'zh')"
        " + (select count(*) from duckdb_functions() where schema_name = 'zh')",
    )
    assert tables == named


def test_no_view_adds_up_rows_before_it_shows_the_first_of_its_own(district: Built) -> None:
    """Clients preview each table and view with a limit: 100 rows are not to take longer the more rows of exports there
    are. Adding up daily numbers is allowed: there are as many of them as days, places and KPIs."""
    adds_up = re.compile("GROUP_BY|AGGREGATE|WINDOW|DISTINCT")
    rows = re.compile(r"marts\.(fct_\w+|event_stage|promise)$")
    views = ask(district[0], "select schema_name, view_name from duckdb_views() where not internal")
    assert len(views) > 100
    plans = {
        name: list(steps(json.loads(plan)))
        for schema, name in views
        for _, plan in ask(district[0], f'explain (format json) from {schema}."{name}" limit 100')
    }
    adding = {name for name, plan in plans.items() if any(adds_up.search(step) for step, _ in plan)}
    of_rows = {name for name, plan in plans.items() if any(rows.search(table) for _, table in plan)}
    # Else the names of steps or tables are not those of this version of DuckDB.
    assert "kpi_week" in adding and "open_event" in of_rows
    assert adding & of_rows == set()


def steps(plan: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The steps of a plan as DuckDB explains it, each with the table that it reads, if it reads one."""
    for step in plan:
        yield step["name"], step["extra_info"].get("Table", "")
        yield from steps(step["children"])
