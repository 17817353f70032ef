"""The published demo district: every number recomputed, every question of an analyst answered.

Belongs here: what needs all 33 feeds with ordinary data in them. Does not belong here: rules at their thresholds (dbt's
unit tests), adversarial exports (`test_kpis`).
"""

import re
from pathlib import Path

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


def test_no_table_or_view_computes_before_it_shows_its_first_rows(district: Built) -> None:
    """Clients preview each of them with a limit: 100 rows are not to take longer the more days there are."""
    slow = re.compile("GROUP_BY|WINDOW|JOIN|ORDER_BY|DISTINCT")
    shown = ask(
        district[0],
        "select schema_name, view_name from duckdb_views() where not internal"
        " union all select schema_name, table_name from duckdb_tables()",
    )
    assert len(shown) > 100
    plans = {name: str(ask(district[0], f'explain from {schema}."{name}" limit 100')) for schema, name in shown}
    assert [name for name, plan in plans.items() if slow.search(plan)] == []
