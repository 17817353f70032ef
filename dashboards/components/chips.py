"""Filters one click away: a line per property with the values that can be chosen, and how many rows each one keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.markup import esc, link
from language import numbers as fmt
from language.words import Speaker
from reader.view import View


@dataclass(frozen=True)
class Chip:
    name: str
    rows: int
    view: View
    """With this filter; without it if it is on."""
    is_on: bool = False


def chips(page: str, lines: Sequence[tuple[str, Sequence[Chip]]], counted: str, t: Speaker, most: int = 9) -> str:
    """lines: the name of a property and its values; a value that is on is always shown. counted: what is counted."""
    shown = []
    for name, values in lines:
        listed = [one for number, one in enumerate(values) if number < most or one.is_on]
        if not listed:
            continue
        rest = len(values) - len(listed)
        more = f'<small class="muted">{esc(t("narrow.more", n=fmt.whole(rest)))}</small>' if rest else ""
        shown.append(
            f'<div class="chip-line"><span>{esc(name)}</span><div>{"".join(_chip(page, one, t) for one in listed)}'
            f"{more}</div></div>"
        )
    if not shown:
        return ""
    head = f'<div class="chip-line"><span>{esc(t("narrow.name"))}</span><small>{esc(counted)}</small></div>'
    return f'<nav class="chips" aria-label="{esc(t("narrow.name"))}">{head}{"".join(shown)}</nav>'


def _chip(page: str, one: Chip, t: Speaker) -> str:
    sign = '<i aria-hidden="true">×</i>' if one.is_on else f'<small class="num">{fmt.whole(one.rows)}</small>'
    hint = t("narrow.leave" if one.is_on else "narrow.choose", name=one.name)
    return link(page, one.view, f"<span>{esc(one.name)}</span>{sign}", "chip on" if one.is_on else "chip", hint)
