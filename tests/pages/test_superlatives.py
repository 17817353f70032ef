"""Which count is called the largest, and over which spans scores are compared."""

import pytest

from language.words import Speaker
from page import sentences, superlatives
from reader.view import View

ZH, EN = Speaker("zh"), Speaker("en")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([("甲", 9), ("乙", 4)], "甲"),
        ([("甲", 4), ("乙", 4)], "甲、乙（并列）"),
        ([(name, 2) for name in "甲乙丙丁"], "4 个并列的"),
        ([("甲", 2), ("乙", 1), ("丙", 1)], ""),
        ([], ""),
    ],
)
def test_a_largest_count_is_named_with_those_that_have_it_too(counts: list[tuple[str, float]], said: str) -> None:
    assert superlatives.most(counts, ZH) == said


def test_a_share_comes_with_its_n_and_of_few_as_the_numbers_themselves() -> None:
    assert superlatives.share(8, 40, ZH) == "20%（n=40）"
    assert superlatives.share(1, 3, ZH) == "1/3"


def test_no_category_leads_among_three_events() -> None:
    rows = [{"category": "environment", "reported": count, "due": 0, "on_time": 0, "overdue": 0} for count in (1, 1, 1)]
    assert sentences.category_title(rows, ZH) == "只有 3 件，样本不足，不分先后"
    assert sentences.category_title(rows, EN) == "Only 3: too few to have a first"


@pytest.mark.parametrize(
    ("view", "compares"),
    [
        (View(), True),
        (View(period="7d"), False),
        (View(period="all"), False),
        (View(period="7d", compare="year"), True),
    ],
)
def test_scores_are_compared_only_over_the_span_that_is_chosen(view: View, compares: bool) -> None:
    assert view.compares_scores is compares


@pytest.mark.parametrize(
    ("scored", "ends"),
    [
        ([("甲", 61.0), ("乙", 72.0), ("丙", 50.0)], (("乙", "72.0"), ("丙", "50.0"))),
        # As displayed: nobody sees a first among the same digits.
        ([("甲", 61.04), ("乙", 61.0), ("丙", 50.0)], (("甲、乙（并列）", "61.0"), ("丙", "50.0"))),
        ([("甲", 72.0), ("乙", 50.01), ("丙", 50.0)], (("甲", "72.0"), ("乙、丙（并列）", "50.0"))),
        ([("甲", 61.04), ("乙", 61.0)], None),
        ([("甲", 61.0)], None),
        ([], None),
    ],
)
def test_the_ends_of_a_list_of_scores_are_all_that_have_them(
    scored: list[tuple[str, float]], ends: tuple[tuple[str, str], tuple[str, str]] | None
) -> None:
    assert superlatives.ends(scored, ZH) == ends
