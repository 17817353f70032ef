"""Why a place has no score."""

import pytest

from components.scores import why_none
from figures.indices import Index
from language.words import Speaker

ZH, EN = Speaker("zh"), Speaker("en")


@pytest.mark.parametrize(
    ("name", "coverage", "said"),
    [
        ("safe", None, "暂无数据"),
        ("safe", 0.5954, "得分暂缺：有数据的权重只占 59%，不足 60%"),
        ("safe", 0.0, "得分暂缺：有数据的权重只占 0%，不足 60%"),
        ("overall", 0.83, "四型不都有得分，不合成"),
    ],
)
def test_the_reason_is_true_of_the_shares_that_it_names(name: str, coverage: float | None, said: str) -> None:
    assert why_none(Index(None, coverage), name, ZH) == said
    assert "60%" not in why_none(Index(None, 0.83), "overall", EN)
