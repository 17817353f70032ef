"""Small pieces of HTML. All external text goes through `esc`; nothing else converts text into markup."""

import html
import re
from collections.abc import Sequence

from figures.kpis import Figure, Kpi, change_tone, meets
from language import numbers as fmt
from language.words import Speaker
from reader import navigation
from reader.view import View

SHORT = 7
"""A text of so few characters in a cell, a date or the name of a place, stays on one line."""

TONES = {"good": "good", "bad": "bad", "none": "muted"}


def esc(text: object) -> str:
    return html.escape(str(text), quote=True)


def breakable(text: str) -> str:
    """Escaped, for a cell: a name without spaces, of a file or a KPI, may go on in the next line after an underscore, a
    date stays on one."""
    return re.sub(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r'<span class="whole">\g<0></span>', esc(text)).replace("_", "_<wbr>")


def link(page: str, view: View, inner: str, classes: str = "", title: str = "") -> str:
    """`inner` is already markup; everything else is escaped here. What the reader cannot open looks the same and leads
    nowhere."""
    hint = f' title="{esc(title)}"' if title else ""
    if not navigation.is_offered(page, view):
        return f'<a class="{esc(classes)}"{hint}>{inner}</a>'
    where, there = navigation.addresses(page, view)
    return f'<a class="{esc(classes)}" href="{esc(where)}" data-go="{esc(there)}"{hint}>{inner}</a>'


def arrow(kpi: Kpi, change: float | None, beside: float | None, lang: str, *, whole_words: bool = False) -> str:
    """▲ or ▼ for the direction, and the size with the digits of the value beside it; the colour shows whether that is
    good. whole_words: as in a sentence, with its unit."""
    if change is None or beside is None:
        return f'<span class="muted">{fmt.NOTHING}</span>'
    rounded = round(change, fmt.digits(kpi.unit, beside))
    if rounded == 0:
        return '<span class="muted">＝</span>'
    text = (
        " " + fmt.difference(change, kpi.unit, lang, beside)
        if whole_words
        else fmt.short_difference(change, kpi.unit, lang, beside)
    )
    return f'<span class="{TONES[change_tone(kpi, rounded)]} num">{"▲" if rounded > 0 else "▼"}{esc(text)}</span>'


def change(now: Figure, before: Figure) -> float | None:
    if now.value is None or before.value is None or now.is_warming_up or before.is_warming_up:
        return None
    return now.value - before.value


def why_nothing(figure: Figure, t: Speaker) -> str:
    """The reason for a dash, in words."""
    return t(f"nothing.{figure.status}")


def verdict(figure: Figure, t: Speaker) -> tuple[str, str]:
    """Tone and word: on target, in doubt, off target, beyond the red line; without a tone, that a window is
    filling; both empty if nothing is judged."""
    if figure.status == "warming":
        return "", t("status.warming")
    if figure.reached is None:
        return ("doubt", t("doubt.mark")) if figure.doubts and figure.value is not None else ("", "")
    if figure.reached:
        return "good", t("reached")
    return ("bad", t("below_red_line")) if figure.breached else ("warn", t("missed"))


def tone_of(kpi: Kpi | None, value: float | None) -> str:
    """Of a number that is not the KPI's figure and is judged by its points: of a grid, of a residential area."""
    if kpi is None or meets(kpi, value, kpi.target) is not False:
        return ""
    return "bad" if meets(kpi, value, kpi.red_line) is False else "warn"


def verdict_word(figure: Figure, t: Speaker) -> str:
    """What a table says of a figure: the verdict, or why there is none."""
    return verdict(figure, t)[1] or t("status." + figure.status)


def verdict_tag(figure: Figure, t: Speaker) -> str:
    tone, word = verdict(figure, t)
    tag = f'<span class="tag {tone}">{esc(word)}</span>' if word and tone != "doubt" else ""
    return tag + doubt_mark(figure.doubts, t)


def doubt_why(doubts: Sequence[str], t: Speaker) -> str:
    """Because of what a figure is in doubt, in words."""
    return t("doubt.why", patterns=t.join([t("sentinel." + pattern) for pattern in doubts]))


def doubt_mark(doubts: Sequence[str], t: Speaker) -> str:
    """存疑, with the reason as its hint; empty if there is none."""
    if not doubts:
        return ""
    return f'<span class="tag doubt" title="{esc(doubt_why(doubts, t))}">{esc(t("doubt.mark"))}</span>'


def count_of(figure: Figure, t: Speaker) -> str:
    """n=1,268; for rates per households also the households: n=132 / 1.24 万户."""
    if figure.kpi.unit == "per_1000":
        return t(
            "n.households", counted=fmt.whole(figure.numerator), households=fmt.households(figure.denominator, t.lang)
        )
    return f"n={fmt.whole(figure.n)}"
