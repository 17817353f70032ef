"""最多: which of several counts is the largest, as far as it can be said.

Belongs here: ties, and counts too small to have a first. Does not belong here: rates, which are ranked with their
intervals (figures/ranking.py).
"""

from collections.abc import Sequence

from figures import shares
from figures.kpis import FEW_BELOW, HIDE_BELOW
from language import numbers as fmt
from language.words import Speaker

NAMED = 3


def most(counts: Sequence[tuple[str, float]], t: Speaker) -> str:
    """The name with the largest count; if several have it, all of them with 并列, or how many; empty if all counts
    together are too few to have a first."""
    if sum(count for _, count in counts) < HIDE_BELOW:
        return ""
    top = max(count for _, count in counts)
    return named([name for name, count in counts if count == top], t)


def named(first: Sequence[str], t: Speaker) -> str:
    """Those at one end: the name; of several all of them with 并列, or how many."""
    if len(first) == 1:
        return first[0]
    return t("most.tied", names=t.join(first)) if len(first) <= NAMED else t("most.many", n=len(first))


def ends(scored: Sequence[tuple[str, float]], t: Speaker) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Who has the highest and who the lowest score, with the score as it is displayed; None if there are not two to
    compare, or all are alike."""
    shown = [(name, fmt.score(score)) for name, score in sorted(scored, key=lambda one: -one[1])]
    if not shown or shown[0][1] == shown[-1][1]:
        return None
    top, bottom = (
        (named([name for name, score in shown if score == end], t), end) for end in (shown[0][1], shown[-1][1])
    )
    return top, bottom


def share(part: float, whole: float, t: Speaker) -> str:
    """A share with its n; of fewer than twenty, the numbers themselves."""
    if whole < FEW_BELOW:
        return f"{fmt.whole(part)}/{fmt.whole(whole)}"
    return t("most.share", share=fmt.percent(shares.share(part, whole), 0), n=fmt.whole(whole))
