"""Communities (or streets) as dots on 90 % intervals around the district's value: the first five and the last five,
never a plain ranking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from components.doubt import doubt_note
from components.markup import arrow, change, doubt_mark, doubt_why, esc, link
from figures import codes
from figures.kpis import Figure
from figures.ranking import Ranked
from language import numbers as fmt
from language.words import Speaker
from reader.view import View

SHOWN_AT_EACH_END = 5
# Not ▲ and ▼: those are the direction of a change.
SIGNS = {"better": "＋", "same": "○", "worse": "－"}


def rank_list(
    ranked: Sequence[Ranked],
    before: Mapping[str, Figure],
    overdue: Mapping[str, int | None],
    district: Figure,
    hidden: int,
    view: View,
    streets: Mapping[str, str],
    t: Speaker,
    ends: int = SHOWN_AT_EACH_END,
) -> str:
    """`before`: the compared figures by org; `overdue`: overdue open events by org; `hidden`: orgs with too few cases;
    `ends`: how many of the first and of the last."""
    if not ranked:
        return f'<div class="blank"><b>{esc(t("rank.nothing"))}</b><p>{esc(t("rank.nothing_why", n=hidden))}</p></div>'
    low, high = _ends(ranked, district)

    def x(value: float) -> str:
        return f"{min(100.0, max(0.0, (value - low) / (high - low) * 100)):.2f}%"

    middle = 0 if view.rows else max(0, len(ranked) - 2 * ends)
    skipped = [entry for entry in ranked[ends : ends + middle] if entry.org.code != view.org]
    rows = []
    for position, entry in enumerate(ranked, 1):
        if entry in skipped:
            if entry is skipped[0]:
                go = link("overview", replace(view, rows="all"), esc(t("rank.all")), "rank-all")
                rows.append(f'<div class="rank-gap">{esc(_between(skipped, t))} {go}</div>')
            continue
        rows.append(_row(position, entry, before, overdue, district, view, streets, t, x))
    unit = district.kpi.unit
    line = t("rank.district", value=fmt.value(district.value, unit, t.lang)) if district.value is not None else ""
    head = (
        f'<div class="rank-row rank-head"><span></span><span>{esc(t("rank." + view_unit(view)))}</span>'
        f'<span class="rank-line">{esc(t("rank.interval"))}{f"<em>┊ {esc(line)}</em>" if line else ""}</span>'
        f'<span class="r">{esc(t("rank.value"))}</span><span class="r rank-n">n</span>'
        f'<span class="r rank-delta">{esc(t("rank.change." + ("year" if view.compare == "year" else "prev")))}</span>'
        f'<span class="r rank-over">{esc(t("rank.overdue"))}</span>'
        f'<span class="rank-band">{esc(t("rank.band"))}</span></div>'
    )
    foot = f'<div class="rank-foot">{esc(t("rank.hidden", n=hidden))}</div>' if hidden else ""
    if view.rows:
        back = link("overview", replace(view, rows=""), esc(t("rank.ends")), "rank-all")
        foot += f'<div class="rank-foot">{back}</div>'
    if any(entry.band for entry in ranked):
        signs = " ".join(f"<span>{sign} {esc(t('band.' + band))}</span>" for band, sign in SIGNS.items())
        foot += f'<div class="rank-signs">{signs}</div>'
    foot += doubt_note([(entry.org.label, entry.figure.doubts) for entry in ranked], view, t)
    return f'<div class="rank">{head}{"".join(rows)}{foot}</div>'


def _between(skipped: Sequence[Ranked], t: Speaker) -> str:
    """How many are left out between the ends, and how many of them are not like the district."""
    better, worse = (sum(entry.band == band for entry in skipped) for band in ("better", "worse"))
    if not better and not worse:
        judged = all(entry.band for entry in skipped)
        return t("rank.between" if judged else "rank.between_plain", n=len(skipped))
    unlike = [t("rank.between." + band, n=n) for band, n in (("better", better), ("worse", worse)) if n]
    return t("rank.between_unlike", n=len(skipped) - better - worse, unlike=t.join(unlike))


def view_unit(view: View) -> str:
    return "street" if view.unit == "street" and view.level == "district" else "community"


def _ends(ranked: Sequence[Ranked], district: Figure) -> tuple[float, float]:
    values = [entry.figure.value or 0.0 for entry in ranked] + ([district.value] if district.value is not None else [])
    for entry in ranked:
        values += entry.interval or ()
    low, high = min(values), max(values)
    pad = (high - low) * 0.04 or 1.0
    low, high = low - pad, high + pad
    if district.kpi.unit == "percent":
        return max(0.0, low), min(100.0, high)
    return max(0.0, low), high


def _row(
    position: int,
    entry: Ranked,
    before: Mapping[str, Figure],
    overdue: Mapping[str, int | None],
    district: Figure,
    view: View,
    streets: Mapping[str, str],
    t: Speaker,
    x: Callable[[float], str],
) -> str:
    figure, kpi, org = entry.figure, entry.figure.kpi, entry.org
    tone = {"worse": "bad", "better": "good"}.get(entry.band or "", "plain")
    line = (
        f'<line class="mid" x1="{x(district.value)}" x2="{x(district.value)}" y1="0" y2="22"/>'
        if district.value is not None
        else ""
    )
    span = ""
    if entry.interval:
        span = f'<line class="span" x1="{x(entry.interval[0])}" x2="{x(entry.interval[1])}" y1="11" y2="11"/>'
    few = figure.status == "few"
    svg = (
        f'<svg class="dots {tone}{" thin" if few else ""}" height="22" width="100%" aria-hidden="true">'
        '<line class="base" x1="0" x2="100%" y1="11" y2="11"/>'
        f'{line}{span}<circle cx="{x(figure.value or 0.0)}" cy="11" r="5"/></svg>'
    )
    moved = change(figure, before[org.code]) if org.code in before else None
    late = overdue.get(org.code, 0)
    pill = f'<span class="pill">{fmt.whole(late)}</span>' if late else f'<span class="muted">{fmt.whole(late)}</span>'
    verdict = f"<b>{SIGNS[entry.band]}</b><span>{esc(t('band.' + entry.band))}</span>" if entry.band else fmt.NOTHING
    street = streets.get(codes.street_of(org.code), "") if org.level == "community" and view.level == "district" else ""
    # One number everywhere: the plain value, which lies in its interval. Only the order is that of the smoothed ones.
    shown = fmt.bare(figure.value, kpi.unit)
    hint = _hint(entry, t)
    inner = (
        f'<span class="rank-no num">{position}</span><span class="rank-name">'
        f"{doubt_mark(figure.doubts, t)}{esc(org.label)}<small>{esc(street)}</small></span>"
        f'<span class="rank-line">{svg}</span><span class="r num">'
        f"<b>{esc(shown)}</b></span>"
        f'<span class="r num rank-n muted">{esc(fmt.whole(figure.n))}</span>'
        f'<span class="r num rank-delta">{arrow(kpi, moved, figure.value, t.lang)}</span>'
        f'<span class="r num rank-over">{pill}</span><span class="rank-band {tone}">{verdict}</span>'
    )
    there = replace(view, org=org.code, unit="community")
    hint = f"{org.name} · {hint}" + (f" · {doubt_why(figure.doubts, t)}" if figure.doubts else "")
    return link("overview", there, inner, "rank-row" + (" on" if org.code == view.org else ""), hint)


def _hint(entry: Ranked, t: Speaker) -> str:
    """What the interval is, and by what the place is ranked if not by the number shown."""
    unit = entry.figure.kpi.unit
    if entry.interval:
        low, high = (fmt.value(end, unit, t.lang) for end in entry.interval)
        hint = t("rank.interval_hint", low=low, high=high)
    else:
        hint = t("rank.exact") if entry.figure.kpi.is_exact else t("rank.no_interval")
    if entry.ordered_by != entry.figure.value:
        hint += t("semicolon") + t("rank.smoothed_hint", value=fmt.value(entry.ordered_by, unit, t.lang))
    return hint
