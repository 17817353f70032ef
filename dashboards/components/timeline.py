"""Events in time, newest first: day, kind and description."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from components.markup import esc
from language import numbers as fmt
from language.words import Speaker

MOST = 9


@dataclass(frozen=True)
class Happening:
    on_day: date
    kind: str
    """The word shown."""
    what: str
    under: str = ""
    tone: str = ""


def timeline(happenings: Sequence[Happening], t: Speaker, total: int) -> str:
    """The first of them; total: of how many."""
    if not happenings:
        return f'<div class="blank"><b>{esc(t("timeline.nothing"))}</b></div>'
    rows = []
    for one in happenings[:MOST]:
        day = f'<time class="num">{esc(fmt.short_day(one.on_day, t.lang))}</time>'
        said = f"<b>{esc(one.kind)}</b> {esc(one.what)}<small>{esc(one.under)}</small>"
        rows.append(f'<li class="{"tone-" + one.tone if one.tone else ""}">{day}<span>{said}</span></li>')
    rest = total - min(MOST, len(happenings))
    more = f'<div class="rank-foot">{esc(t("timeline.more", n=rest))}</div>' if rest > 0 else ""
    return f'<ol class="timeline">{"".join(rows)}</ol>{more}'
