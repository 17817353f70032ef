"""The order of the steps of a build on Spark: what dbt is told. Does not belong here: builds (tests/spark)."""

from collections.abc import Sequence

import pytest
from dagster_dbt.asset_utils import extract_runtime_selection_from_args

from pipelines.orchestration import spark_build


@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [
        (spark_build._ON_SPARK, "path:models/marts,config.materialized:view config.materialized:summary"),
        (spark_build._VIEWS_AND_TESTS, "config.materialized:table config.materialized:incremental"),
    ],
)
def test_dagster_takes_all_that_is_left_out_and_leaves_no_word_alone(arguments: Sequence[str], left_out: str) -> None:
    """A second word after --exclude would be an argument that dbt does not know, an hour after the build began."""
    cleaned, selected, excluded = extract_runtime_selection_from_args(list(arguments))
    assert (selected, excluded) == ([], left_out.split())
    told = [word for word in cleaned[1:] if not word.startswith("--")]
    flags = [word for word in cleaned[1:] if word.startswith("--")]
    assert len(told) == len(flags)
