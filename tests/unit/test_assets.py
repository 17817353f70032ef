"""What the Dagster shell decides by itself: which failures are tried again, and that outside text is no markup."""

import dagster as dg
import duckdb
import pytest

from pipelines import assets
from pipelines.privacy import KeyUnusable
from pipelines.publish import NotPublishable
from pipelines.warehouse import Busy


@pytest.mark.parametrize("error", [OSError("disk full"), duckdb.IOException("locked"), Busy("another run")])
def test_what_may_recover_by_itself_is_tried_again_a_few_times(error: Exception) -> None:
    with pytest.raises(dg.RetryRequested) as asked, assets.retried_if_transient():
        raise error
    assert (asked.value.max_retries, asked.value.seconds_to_wait) == (assets.MAX_RETRIES, assets.RETRY_SECONDS)


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyUnusable("lost"), NotPublishable("rows without a fate")])
def test_what_is_wrong_with_the_work_is_never_tried_again(error: Exception) -> None:
    with pytest.raises(type(error)), assets.retried_if_transient():
        raise error


def test_text_from_outside_stays_text_in_a_table() -> None:
    table = assets._table([{"file": "a|b <script>x</script> [link](http://x) `code`\nnext"}])
    assert len(table.splitlines()) == 3
    assert not {"<", "[", "`"} & set(table.splitlines()[2])
