"""Scores of 0 to 100: the card of a type with its index, one sentence about its change, and the headline totals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.doubt import doubt_note
from components.markup import arrow, change, doubt_mark, esc, link
from components.sparkline import sparkline
from figures.indices import SCORE_RED, SCORE_TARGET, Index, Moved
from figures.kpis import Figure
from language import numbers as fmt
from language.words import Speaker
from reader.view import View

LOW = 40.0
NAMED = 2


@dataclass(frozen=True)
class Score:
    pillar: str
    now: Index
    before: Index
    weeks: Sequence[float | None]
    moved: Moved | None


def points(change: float | None, t: Speaker, *, bare: bool = False) -> str:
    """▲0.5 分: more is better for every score."""
    if change is None:
        return f'<span class="muted">{esc(t("vs.nothing"))}</span>'
    size = f"{abs(change):.1f}"
    if size == "0.0":
        return '<span class="muted">＝</span>'
    said = size if bare else t("score.points", n=size)
    return f'<span class="{"good" if change > 0 else "bad"} num">{"▲" if change > 0 else "▼"}{esc(said)}</span>'


def judged(index: Index, t: Speaker) -> tuple[str, str]:
    """Tone and word; an index that reaches the target with a KPI in doubt is in doubt."""
    score = index.score
    if score is None:
        return "", ""
    if score >= SCORE_TARGET:
        return ("doubt", t("doubt.mark")) if index.doubts else ("good", t("reached"))
    return ("bad", t("below_red_line")) if score < SCORE_RED else ("warn", t("missed"))


def why_none(index: Index, name: str, t: Speaker, key: str = "score.short") -> str:
    """Why there is no score. name: of the type, or `overall`, which needs all four. key: of the words."""
    if index.coverage is None:
        return t("nothing.no_data")
    if name == "overall":
        return t("score.not_all")
    return t(key, share=fmt.percent(math.floor(index.coverage * 100), 0))  # 59.6 % is not 60 %


def difference(now: Index, before: Index) -> float | None:
    return None if now.score is None or before.score is None else now.score - before.score


def score_card(score: Score, view: View, t: Speaker, colours: dict[str, str], badge: str, restated: str) -> str:
    """`badge`, `restated`: the trust badge and that of restatements, as markup."""
    colour = colours[score.pillar]
    name = t("pillar." + score.pillar)
    value = score.now.score
    spark = sparkline(
        score.weeks, [SCORE_TARGET] * len(score.weeks), colour, colours["muted"], esc(t("card.spark", name=name))
    )
    rows = [f"<div>{doubt_mark(score.now.doubts, t)}</div>"] if score.now.doubts else []
    if not view.compares_scores:
        rows.append(f"<div>{esc(t('score.span'))}</div>")
    elif view.compare != "target":
        rows.append(f"<div>{esc(t('vs.' + view.compare))} {points(difference(score.now, score.before), t)}</div>")
    if value is not None:
        rows.append(f"<div>{esc(t('vs.target'))} {points(value - SCORE_TARGET, t)}</div>")
    body = (
        f'<div class="card-row"><div class="card-value num">{fmt.score(value)}</div>'
        f'<div class="card-deltas">{"".join(rows)}</div>{spark}</div>{_bullet(score.now, colour, t)}'
    )
    head = (
        f'<div class="card-head"><i style="background:{colour}"></i>{esc(t("score.card", name=name))}'
        f"<small>{esc(t('card.weeks'))}</small>{badge}</div>"
    )
    go = link("type", replace(view, type=score.pillar, kpi=""), body, "card-main", t("score.open", name=name))
    said = f'<div class="card-why">{why(score.moved, t)}</div>' if score.moved else ""
    note = doubt_note([(t("score.card", name=name), score.now.doubts)], view, t)
    return f'<section class="card score" style="--pillar:{colour}">{head}{go}{said}{note}{restated}</section>'


def _bullet(index: Index, colour: str, t: Speaker) -> str:
    value = index.score

    def place(score: float) -> float:
        return min(100.0, max(0.0, (score - LOW) / (100 - LOW) * 100))

    bar = f'<u style="width:{place(value):.1f}%;background:{colour}"></u>' if value is not None else ""
    tone, word = judged(index, t)
    said = f' · <b class="{tone}">{esc(word)}</b>' if word else ""
    return (
        f'<div class="bullet-box"><div class="bullet">{bar}<s style="left:{place(SCORE_RED):.1f}%"></s>'
        f'<em style="left:{place(SCORE_TARGET):.1f}%"></em></div>'
        f'<div class="bullet-ends"><span>{LOW:.0f}</span>'
        f"<span>{esc(t('target', value=f'{SCORE_TARGET:.0f}'))}{said}</span><span>100</span></div></div>"
    )


def why(moved: Moved, t: Speaker, named: int = NAMED) -> str:
    """30天来 ▲0.5 ＝ 入户走访覆盖率 ▲1.0，超期未结 ▼0.5，其余 13 项 ＝: parts that add up, as markup."""
    # What moved it the way it went is named first.
    first = sorted(moved.parts, key=lambda part: (part.points * moved.change <= 0, -abs(part.points)))[:named]
    sizes = [moved.tenths[part.kpi.kpi_id] for part in first]
    rest = len(moved.parts) - len(first)
    sizes.append(round(sum(moved.tenths.values()) - sum(sizes), 1))
    total = round(sum(sizes), 1)
    if not any(round(abs(part.points), 1) for part in first):
        return esc(t("score.still", days=30))
    said = [
        f"{esc(part.kpi.name(t.lang))} {points(size, t, bare=True)}" for part, size in zip(first, sizes, strict=False)
    ]
    if rest:
        said.append(f"{esc(t('score.rest', n=rest))} {points(sizes[-1], t, bare=True)}")
    return (
        f"{esc(t('score.moved'))} {points(total, t, bare=True)} ＝ {esc(t('comma')).join(said)}"
        if total
        else f"{esc(t('score.cancelled'))}{esc(t('comma')).join(said)}"
    )


def totals(figures: Sequence[tuple[Figure, Figure]], t: Speaker) -> str:
    """The headline totals in one line: (now, before) each."""
    cells = []
    for now, before in figures:
        moved = change(now, before)
        value = fmt.value(now.value, now.kpi.unit, t.lang) if now.value is not None else fmt.NOTHING
        delta = arrow(now.kpi, moved, now.value, t.lang) if moved else ""
        cells.append(
            f'<div class="total"><span>{esc(now.kpi.name(t.lang))}</span><b class="num">{esc(value)}</b>{delta}</div>'
        )
    return f'<div class="totals">{"".join(cells)}</div>'
