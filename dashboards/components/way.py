"""One event in three lanes, district above street above community: where it was, where it waited for acknowledgement,
every movement as a mark, the limit as a dashed line."""

from collections.abc import Sequence
from datetime import datetime

from components.markup import esc
from figures.lifecycle import LEVELS, Axis, Spell, hours_by_level
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker

GLYPHS = {
    "report": "◇", "acknowledge": "●", "accept": "●", "dispatch": "→", "handle": "◆", "escalate": "↑", "delegate": "↓",
    "return": "←", "extend": "＋", "verify": "○", "close": "■", "void": "×",
}  # fmt: skip


def way(spells: Sequence[Spell], flow: Sequence[Row], due: datetime | None, end: datetime, t: Speaker) -> str:
    """end: when it was closed, void, or now; before the first spell begins no duration is shown."""
    is_timed = end >= spells[0].start
    moments = [spells[0].start, spells[-1].end, end, *(row["acted_at"] for row in flow)] + ([due] if due else [])
    # Some space at the end, so that the last mark is not cut.
    axis = Axis(min(moments), max(moments) + (max(moments) - min(moments)) * 0.02)
    hours = hours_by_level(spells)
    lanes = []
    for level in reversed(LEVELS):
        own = [spell for spell in spells if spell.level == level]
        bars = "".join(_bar(spell, axis, t, is_timed) for spell in own)
        marks = "".join(
            f'<i style="left:{axis.at(row["acted_at"]):.2f}%" title="{esc(_hint(row, t))}">'
            f"{GLYPHS.get(row['action'], '·')}</i>"
            for row in flow
            if _lane(row, spells) == level
        )
        limit = f'<s style="left:{axis.at(due):.2f}%"></s>' if due else ""
        said = fmt.duration(hours[level] if is_timed else None, t.lang) if own else t("way.not_here")
        lanes.append(
            f'<div class="way-lane"><span class="way-level"><b>{esc(t("level." + level))}</b>'
            f'<small class="num">{esc(said)}</small></span>'
            f'<div class="way-track">{bars}{limit}{marks}</div></div>'
        )
    ticks = "".join(
        f'<span style="left:{axis.at(day):.2f}%">{esc(fmt.short_day(day.date(), t.lang))}</span>'
        for day in axis.ticks()
        if 3 < axis.at(day) < 94
    )
    keys = (
        f'<span><i class="way-key"></i>{esc(t("way.held"))}</span>'
        f'<span><i class="way-key waits"></i>{esc(t("way.waits"))}</span>'
    )
    keys += f'<span><i class="way-key limit"></i>{esc(t("way.limit", at=fmt.minute(due)))}</span>' if due else ""
    return (
        f'<div class="legend">{keys}</div><div class="way" tabindex="0"><div class="way-inner">{"".join(lanes)}'
        f'<div class="way-lane way-axis"><span></span><div class="way-ticks num">{ticks}</div></div></div></div>'
    )


def _bar(spell: Spell, axis: Axis, t: Speaker, is_timed: bool) -> str:
    left, right = axis.at(spell.start), axis.at(spell.end)
    hint = f"{t('level.' + spell.level)} · {fmt.duration(spell.hours if is_timed else None, t.lang)}"
    bar = f'<u style="left:{left:.2f}%;width:{max(right - left, 0.4):.2f}%" title="{esc(hint)}"></u>'
    waited = spell.waited_until
    if waited is None:
        return bar
    hours = (waited - spell.start).total_seconds() / 3600
    hint = t("way.waited", duration=fmt.duration(hours if is_timed else None, t.lang))
    width = max(axis.at(waited) - left, 0.4)
    return f'{bar}<u class="waits" style="left:{left:.2f}%;width:{width:.2f}%" title="{esc(hint)}"></u>'


def _lane(row: Row, spells: Sequence[Spell]) -> str:
    """The lane of a movement: the level that it names, otherwise the level of the event at that time."""
    if row["to_level"]:
        return str(row["to_level"])
    return next((spell.level for spell in reversed(spells) if spell.start <= row["acted_at"]), spells[0].level)


def _hint(row: Row, t: Speaker) -> str:
    said = [t("action." + row["action"]), t.term(row["actor_unit"]), fmt.minute(row["acted_at"])]
    return " · ".join(part for part in said if part)
