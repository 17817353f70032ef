"""The order of the steps of a build on Spark: what dbt is told. Does not belong here: builds (tests/spark)."""

import json
from collections.abc import Sequence
from pathlib import Path

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


def test_what_spark_builds_stands_on_nothing_that_it_leaves_out(parsed: Path) -> None:
    manifest = json.loads((parsed / "dbt" / "target" / "manifest.json").read_text(encoding="utf-8"))
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    left_out = {
        key
        for key, node in models.items()
        if node["config"]["materialized"] == "summary"
        or (node["config"]["materialized"] == "view" and node["original_file_path"].startswith("models/marts/"))
    }
    assert {"model.sihe.open_event", "model.sihe.event_backlog"} <= left_out
    standing_on_them = {key for key, node in models.items() if left_out & set(node["depends_on"]["nodes"])}
    assert standing_on_them - left_out == set()
