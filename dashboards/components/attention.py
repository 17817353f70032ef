"""需要关注: what to look at first, worst first, each with its evidence and a link to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.markup import esc, link
from language.words import Speaker
from reader.view import View

GLYPHS = {"severe": "■", "warning": "◆", "watch": "●", "data": "◇"}
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
    figure: str = ""
    """The KPI and its value, where the title is what they count; the wall, where room is short, leaves it out."""

    @property
    def whole_evidence(self) -> str:
        return " · ".join(part for part in (self.figure, self.evidence) if part)


def ordered(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (ORDER.index(item.severity), -item.weight, item.title))


def attention(items: Sequence[Item], view: View, t: Speaker, most: int, structural: Sequence[Item] = ()) -> str:
    """`structural`: shortfalls that no day's work changes, in a place of their own below the others."""
    below = _structural(structural, t)
    if not items:
        why = t("attention.nothing_but" if structural else "attention.nothing_why")
        nothing = f"<b>{esc(t('attention.nothing'))}</b><p>{esc(why)}</p>"
        return f'<div class="blank">{nothing}</div>{below}'
    shown = "".join(
        link(
            item.page,
            item.view,
            f'<span class="sev sev-{item.severity}">{GLYPHS[item.severity]} '
            f"{esc(t('severity.' + item.severity))}</span>"
            f'<span class="att-text"><b>{esc(item.title)}</b><small>{_evidence(item)}</small></span>'
            f'<span class="att-go">{esc(t("attention.look"))} ›</span>',
            "att",
        )
        for item in items[:most]
    )
    rest = ""
    if len(items) > most:
        go = link("overview", replace(view, rows="all"), esc(t("attention.all")), "rank-all")
        rest = f'<div class="rank-foot">{esc(t("attention.more", n=len(items) - most))} {go}</div>'
    return f'<div class="attention">{shown}{rest}</div>{below}'


def _evidence(item: Item) -> str:
    figure = f'<span class="att-figure">{esc(item.figure)} · </span>' if item.figure else ""
    return figure + esc(item.evidence)


def _structural(items: Sequence[Item], t: Speaker) -> str:
    if not items:
        return ""
    shown = "".join(link(item.page, item.view, esc(item.title), "att-built", item.whole_evidence) for item in items)
    return f'<div class="att-structural"><b>{esc(t("attention.structural"))}</b>{shown}</div>'
