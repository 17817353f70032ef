"""需要关注: what to look at first, worst first, each with its evidence and a link to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.markup import esc, link
from language.words import Speaker
from reader.view import View

GLYPHS = {"severe": "■", "warning": "▲", "watch": "●", "data": "◇"}
ORDER = ("severe", "warning", "watch", "data")


@dataclass(frozen=True)
class Item:
    severity: str
    weight: float
    """Larger first within a severity."""
    title: str
    evidence: str
    page: str
    view: View


def ordered(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (ORDER.index(item.severity), -item.weight, item.title))


def attention(items: Sequence[Item], t: Speaker, most: int = 6) -> str:
    if not items:
        return f'<div class="blank"><b>{esc(t("attention.nothing"))}</b><p>{esc(t("attention.nothing_why"))}</p></div>'
    shown = "".join(
        link(
            item.page,
            item.view,
            f'<span class="sev sev-{item.severity}">{GLYPHS[item.severity]} '
            f"{esc(t('severity.' + item.severity))}</span>"
            f'<span class="att-text"><b>{esc(item.title)}</b><small>{esc(item.evidence)}</small></span>'
            f'<span class="att-go">{esc(t("attention.look"))} ›</span>',
            "att",
        )
        for item in items[:most]
    )
    rest = f'<div class="rank-foot">{esc(t("attention.more", n=len(items) - most))}</div>' if len(items) > most else ""
    return f'<div class="attention">{shown}{rest}</div>'
