"""Figures as sentences: the one at the top, and the titles of panels.

Belongs here: choosing and ordering words by figures. Does not belong here: the words themselves (language/words/), what
needs attention (concerns.py), HTML except the one sentence with markup, SQL.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise

from components.bars import Stage
from components.markup import arrow, change, doubt_mark, esc, link, verdict
from components.scores import points
from figures.board import Week
from figures.indices import SCORE_RED, SCORE_TARGET, Index, Moved
from figures.kpis import FEW_BELOW, PILLARS, Figure, Kpi
from figures.orgs import Org
from figures.published import Row
from figures.ranking import Ranked
from figures.shares import share
from language import numbers as fmt
from language.words import Speaker
from page import superlatives
from page.subject import of_few
from reader.view import View

HEADLINE = "event_on_time_close_rate"
BACKLOG = "overdue_open_per_1k"
CONCENTRATED = 0.5
RUN_TOLD = 3
# A KPI is named if it changed an index by at least this many points, at most so many that raised or lowered it.
TOLD_POINTS = 0.05
NAMED_MOST = 3


def concentration(counts: Sequence[tuple[str, int]], t: Speaker) -> str:
    """The places with at least half of a total, if they are few: 近六成在某街、某镇. Empty if it is spread out."""
    total = sum(count for _, count in counts)
    if total < 3 or len(counts) < 2:
        return ""
    names: list[str] = []
    held = 0
    for name, count in sorted(counts, key=lambda pair: -pair[1]):
        names.append(name)
        held += count
        if held >= CONCENTRATED * total:
            break
    if len(names) > 3 or 2 * len(names) > len(counts):
        return ""
    return t("say.concentrated", share=fmt.about(share(held, total, 1.0) or 0.0, t.lang), names=t.join(names))


def sentence(
    now: Figure,
    before: Figure,
    overdue: int | None,
    where: str,
    period: str,
    area: str,
    view: View,
    t: Speaker,
    *,
    start: str = "say.start",
) -> str:
    """The one finding at the top, as markup. overdue: None if there are no events to count. start: the words for how it
    begins, after what was said before it."""
    kpi = now.kpi
    begun = t(start, period=period, area=area, name=kpi.name(t.lang))
    if now.value is None:
        head = f"{esc(begun)} <b>{esc(t('say.nothing.' + now.status, n=fmt.whole(now.n)))}</b>"
    else:
        head = f"{esc(begun)} <b>{esc(fmt.value(now.value, kpi.unit, t.lang))}</b>{esc(t('say.n', n=fmt.whole(now.n)))}"
        head += f'<span class="few">{esc(t("few"))}</span>' if now.status == "few" else ""
        if now.doubts:
            head += f" {doubt_mark(now.doubts, t)} " + link("data", view, esc(t("doubt.go")), "doubt-go")
        parts = []
        moved = change(now, before)
        if moved is not None and view.compare != "target":
            label = t("vs." + view.compare)
            flat = round(moved, fmt.digits(kpi.unit, now.value)) == 0
            parts.append(
                esc(t("say.flat", label=label))
                if flat
                else f"{esc(label)} {arrow(kpi, moved, now.value, t.lang, whole_words=True)}"
            )
        if now.is_warming_up:
            parts.append(esc(t("status.warming")))
        if now.reached is not None:
            tone, word = verdict(now, t)
            target = fmt.limit(kpi.target, kpi.unit, t.lang)
            parts.append(f'<b class="{tone}">{esc(word)}</b>{esc(t("say.target", value=target))}')
        head += esc(t("comma")) + esc(t("comma")).join(parts) if parts else ""
    if overdue is None:
        return head + esc(t("stop"))
    late = esc(t("say.overdue_none"))
    if overdue:
        late = f'{esc(t("say.overdue"))} <b class="bad">{esc(t("events", n=fmt.whole(overdue)))}</b>'
        late += esc(t("comma") + where) if where else ""
    return f"{head}{esc(t('semicolon'))}{late}{esc(t('stop'))}"


def falling(weeks: Sequence[float | None]) -> int:
    """For how many weeks in a row a score has fallen, up to the newest."""
    run = 0
    for later, earlier in pairwise(reversed(weeks)):
        if later is None or earlier is None or round(later - earlier, 1) >= 0:
            break
        run += 1
    return run


def scores(
    now: Mapping[str, Index],
    before: Index,
    weeks: Mapping[str, Sequence[float | None]],
    area: str,
    view: View,
    t: Speaker,
) -> str:
    """The finding on the index and its four types, as markup; empty if there is no index."""
    overall = now["overall"].score if "overall" in now else None
    if overall is None:
        return ""
    text = f"{esc(t('say.score', period=t('period.30d'), area=area))} <b>{fmt.score(overall)}</b>"
    if view.compare != "target" and before.score is not None:
        text += f"{esc(t('comma') + t('vs.' + view.compare))} {points(overall - before.score, t)}"
    known = {name: index.score for name, index in now.items() if name in PILLARS and index.score is not None}
    # A type that reaches the target with a KPI in doubt is not praised.
    met = [name for name, score in known.items() if score >= SCORE_TARGET]
    reached = [t("pillar.type", name=t("pillar." + name)) for name in met if not now[name].doubts]
    doubted = [t("pillar.type", name=t("pillar." + name)) for name in met if now[name].doubts]
    red = [t("pillar.type", name=t("pillar." + name)) for name, score in known.items() if score < SCORE_RED]
    if known:
        said = (
            t("say.score_all")
            if len(reached) == len(PILLARS)
            else t("say.score_some", names=t.join(reached))
            if reached
            else t("say.score_none")
            if not doubted
            else ""
        )
        text += esc(t("semicolon") + said) if said else ""
    if doubted:
        text += esc(t("semicolon") + t("say.score_doubt", names=t.join(doubted)))
    if red:
        text += f'{esc(t("comma"))}<b class="bad">{esc(t("say.score_red", names=t.join(red)))}</b>'
    worst = max(known, key=lambda name: falling(weeks.get(name, ())), default="")
    run = falling(weeks.get(worst, ())) if worst else 0
    if run >= RUN_TOLD:
        name = t("pillar.type", name=t("pillar." + worst))
        text += f'{esc(t("comma"))}<b class="bad">{esc(t("say.score_run", names=name, n=run))}</b>'
    return text + esc(t("stop")) + (" " if t.lang == "en" else "")


def scores_title(weeks: Mapping[str, Sequence[float | None]], doubted: Collection[str], t: Speaker) -> str:
    """Which types are below target, and which changed by a point or more in four weeks. doubted: types in doubt, which
    are not praised."""

    def named(pillars: Sequence[str]) -> str:
        return t.join([t("pillar.type", name=t("pillar." + name)) for name in pillars])

    last = {name: values[-1] for name, values in weeks.items() if name in PILLARS and values[-1] is not None}
    low = [name for name in PILLARS if name in last and (last[name] or 0.0) < SCORE_TARGET]
    above = [name for name in PILLARS if name in last and name not in low]
    sure = [name for name in above if name not in doubted]
    if low:
        title = t("trend.scores_all_low") if len(low) == len(PILLARS) else t("trend.scores_low", names=named(low))
    elif sure:
        title = t("trend.scores_none_low") if len(sure) == len(PILLARS) else t("trend.scores_above", names=named(sure))
    else:
        title = t("say.score_doubt", names=named(above)) if above else t("trend.nothing")
    steps = {}
    for name, value in last.items():
        earlier = weeks[name][-5] if len(weeks[name]) >= 5 else None
        if earlier is not None:
            steps[name] = (value or 0.0) - earlier
    down = [name for name in PILLARS if steps.get(name, 0.0) <= -1]
    up = [name for name in PILLARS if steps.get(name, 0.0) >= 1]
    if down:
        title += t("trend.scores_falling", names=named(down))
    if up:
        title += t("trend.scores_rising", names=named(up))
    return title


def _at_one_end(ranked: Sequence[Ranked], end: Ranked, t: Speaker) -> str:
    """The place at an end; of several with the same value, how many."""
    alike = sum(entry.figure.value == end.figure.value for entry in ranked)
    value = fmt.value(end.figure.value, end.figure.kpi.unit, t.lang)
    return end.org.label if alike == 1 else t("rank.tied", n=alike, value=value)


def ranking_title(ranked: Sequence[Ranked], kpi: Kpi, view: View, t: Speaker) -> str:
    own = next((entry for entry in ranked if view.level == "community" and entry.org.code == view.org), None)
    if own:
        value = fmt.value(own.figure.value, kpi.unit, t.lang)
        if own.band is None:
            return t("rank.title_own_plain", name=own.org.label, value=value)
        return t("rank.title_own", name=own.org.label, value=value, band=t("band.own." + own.band))
    if not ranked:
        return t("rank.title_nothing", name=kpi.name(t.lang))
    if len(ranked) == 1:
        return t("rank.title_one", name=ranked[0].org.label, value=fmt.value(ranked[0].figure.value, kpi.unit, t.lang))
    worse = [entry for entry in ranked if entry.band == "worse"]
    better = [entry for entry in ranked if entry.band == "better"]
    if worse and better:
        return t("rank.title_both", worse=len(worse), better=len(better))
    if worse:
        return t("rank.title_worse", worse=t.join([entry.org.label for entry in worse[-3:]]), n=len(worse))
    if better:
        return t("rank.title_better", n=len(better))
    first = next((entry for entry in ranked if not entry.figure.doubts), None)
    if first and all(entry.interval is None for entry in ranked):
        best, last = _at_one_end(ranked, first, t), _at_one_end(ranked, ranked[-1], t)
        return t("rank.title_same_value", all=best) if best == last else t("rank.title_ends", best=best, last=last)
    return t("rank.title_same", n=len(ranked))


def tiles_title(figures: Sequence[Figure], t: Speaker) -> str:
    grades = [figure.grade for figure in figures if figure.grade is not None]
    if not grades:
        return t("tile.title_nothing")
    reached = sum(grade >= 2 for grade in grades)
    breached = sum(grade == 0 for grade in grades)
    doubted = sum(figure.grade is None and bool(figure.doubts) for figure in figures)
    title = t("tile.title", reached=reached, of=len(grades))
    title += t("tile.title_breached", n=breached) if breached else ""
    return title + (t("tile.title_doubted", n=doubted) if doubted else "")


def funnel_title(stages: Sequence[Stage], t: Speaker) -> str:
    reported, closed = stages[0].events or 0, stages[-1].events or 0
    if not reported:
        return t("funnel.title_nothing")
    late = sum(stage.overdue for stage in stages)
    done = of_few(closed, reported)
    if not late:
        return t("funnel.title_clear", share=done)
    most = max(stage.overdue for stage in stages)
    worst = [stage.name for stage in stages if stage.overdue == most]
    if len(worst) > 1:
        return t("funnel.title_late", share=done, n=fmt.whole(late))
    return t("funnel.title", share=done, n=fmt.whole(late), stage=worst[0])


def trend_title(weeks: Sequence[Week], kpi: Kpi, t: Speaker) -> str:
    values = [week.figure.value for week in weeks if week.figure.value is not None]
    if weeks[-1].figure.is_warming_up:
        value = fmt.value(weeks[-1].figure.value, kpi.unit, t.lang)
        return t("trend.title_warming", name=kpi.name(t.lang), value=value)
    if len(values) < 3:
        return t("trend.title_short", name=kpi.name(t.lang))
    run = _run(weeks, kpi)
    reached = [week.figure.reached for week in weeks if week.figure.reached is not None]
    if abs(run) >= RUN_TOLD:
        return t("trend.title_up" if run > 0 else "trend.title_down", name=kpi.name(t.lang), n=abs(run))
    if reached and not any(reached):
        return t("trend.title_never", name=kpi.name(t.lang), of=len(reached))
    if reached:
        return t("trend.title_target", name=kpi.name(t.lang), n=sum(reached), of=len(reached))
    newest = weeks[-1].figure.value
    if newest is None:
        return t("trend.title_gap", name=kpi.name(t.lang))
    return t("trend.title_plain", name=kpi.name(t.lang), value=fmt.value(newest, kpi.unit, t.lang))


def _run(weeks: Sequence[Week], kpi: Kpi) -> int:
    """For how many weeks in a row, up to the newest, a value has risen; below zero if it has fallen. A week without a
    value ends it, and one in which a window was filling: that one rose with the days."""
    run = 0
    for later, earlier in pairwise(week.figure for week in reversed(weeks)):
        if later.value is None or earlier.value is None or earlier.is_warming_up:
            break
        step = round(later.value - earlier.value, fmt.digits(kpi.unit, later.value))
        if step == 0 or (run and (step > 0) != (run > 0)):
            break
        run += 1 if step > 0 else -1
    return run


def category_title(rows: Sequence[Row], t: Speaker) -> str:
    total = sum(row["reported"] for row in rows)
    if not total:
        return t("category.title_nothing")
    name = superlatives.most([(t("category." + row["category"]), row["reported"]) for row in rows], t)
    if not name:
        return t("most.few", n=fmt.whole(total))
    largest = max(row["reported"] for row in rows)
    first = t("category.title_most", name=name, share=superlatives.share(largest, total, t))
    judged = [row for row in rows if row["due"] >= FEW_BELOW]
    if len(judged) < 2:
        return first
    rates = sorted(share(row["on_time"], row["due"]) or 0.0 for row in judged)
    if rates[0] == rates[1]:
        return first
    last = min(judged, key=lambda row: share(row["on_time"], row["due"]) or 0.0)
    return first + t(
        "category.title_last",
        name=t("category." + last["category"]),
        rate=fmt.percent(share(last["on_time"], last["due"])),
        n=fmt.whole(last["due"]),
    )


def why_moved(entry: Moved, name: str, t: Speaker) -> str:
    """Why an index changed, as a sentence with markup: what raised it, what lowered it, and the rest; the
    parts add up."""
    ups = [part for part in entry.parts if part.points >= TOLD_POINTS][:NAMED_MOST]
    downs = [part for part in entry.parts if part.points <= -TOLD_POINTS][:NAMED_MOST]
    rest = [part for part in entry.parts if part not in ups and part not in downs]
    sizes = [entry.tenths[part.kpi.kpi_id] for part in (*ups, *downs)]
    sizes.append(round(sum(entry.tenths[part.kpi.kpi_id] for part in rest), 1))
    change = round(sum(sizes), 1)
    start = "why.start" if change else "why.still"
    text = esc(t(start, name=name, value=fmt.score(entry.score), day=fmt.short_day(entry.before_day, t.lang)))
    text += f" {points(change, t)}" if change else ""
    said = []
    for key, chosen, own in (("why.up", ups, sizes), ("why.down", downs, sizes[len(ups) :])):
        if chosen:
            listed = t("list").join(
                f"{esc(part.kpi.name(t.lang))} {points(size, t, bare=True)}"
                for part, size in zip(chosen, own, strict=False)
            )
            said.append(esc(t(key)) + listed)
    if rest:
        said.append(f"{esc(t('score.rest', n=len(rest)))} {points(sizes[-1], t, bare=True)}")
    return f"{text}{esc(t('colon'))}{esc(t('semicolon')).join(said)}{esc(t('stop'))}"


def movers_title(parts: Sequence[Row], kpi: Kpi, named: Callable[[Row], str], t: Speaker) -> str:
    """Where the change of a rate came from."""
    if not parts:
        return t("movers.nothing")
    now = parts[0]["value"]
    change = now - parts[0]["value_before"]
    if not round(change, fmt.digits(kpi.unit, now)):
        return t("movers.still", name=kpi.name(t.lang))
    same = [row for row in parts if (row["mix"] + row["performance"]) * change > 0]
    names = t.join([named(row) for row in same[:2]])
    return t(
        "movers.title",
        name=kpi.name(t.lang),
        sign="▲" if change > 0 else "▼",
        size=fmt.difference(change, kpi.unit, t.lang, now),
        names=names,
    )


def street_sentence(
    scored: Sequence[tuple[Org, float | None]],
    whole: float | None,
    bands: Mapping[str, Row],
    late: Mapping[str, int],
    area: str,
    t: Speaker,
) -> str:
    """Which place needs help first, as markup: the lowest score, the most KPIs clearly worse, the most
    overdue events."""
    known = [(org, score) for org, score in scored if score is not None]
    parts = []
    if len(known) > 1:
        score = fmt.score(known[0][1])
        lowest = [org.label for org, own in known if fmt.score(own) == score]
        parts.append(f"{esc(t('street.say_lowest', name=superlatives.named(lowest, t)))} <b>{score}</b>")
        if whole is not None:
            parts[-1] += esc(t("street.say_whole", area=area, value=fmt.score(whole)))
    if len(scored) == 1:
        return esc(t("street.say_one", name=scored[0][0].label)) + esc(t("stop"))
    behind = [(org.label, bands[org.code]["worse"]) for org, _ in scored if org.code in bands]
    most = max((count for _, count in behind), default=0)
    if most:
        name = superlatives.named([name for name, count in behind if count == most], t)
        parts.append(f'<b class="bad">{esc(t("street.say_behind", name=name, n=most))}</b>')
    held = [(org.label, late.get(org.code, 0)) for org, _ in scored]
    if name := superlatives.most(held, t):
        parts.append(esc(t("street.say_overdue", name=name, n=fmt.whole(max(count for _, count in held)))))
    if not parts:
        return esc(t("street.say_nothing", area=area)) + esc(t("stop"))
    return esc(t("semicolon")).join(parts) + esc(t("stop"))


def street_title(rates: Sequence[tuple[Org, Sequence[Figure]]], t: Speaker) -> str:
    """How many places reach all three rates; if the rates are unknown, what the table contains."""
    known = [(org, figures) for org, figures in rates if figures and all(one.value is not None for one in figures)]
    if not known:
        return t("street.title_plain", n=len(rates))
    reached = sum(all(one.reached for one in figures) for _, figures in known)
    red = [org.label for org, figures in rates if any(one.breached for one in figures)]
    title = t("street.title", of=len(known), reached=reached)
    if red:
        title += t("street.title_red", names=t.join(red[:3]), n=len(red))
    return title


def places_title(figures: Sequence[tuple[Org, Figure]], kpi: Kpi, t: Speaker) -> str:
    """Which place is worst, and how many reach the target."""
    known = [(org, figure) for org, figure in figures if figure.value is not None]
    if not known:
        return t("places.title_none", name=kpi.name(t.lang))
    worst = (max if kpi.direction == "down" else min)(figure.value or 0.0 for _, figure in known)
    value = fmt.value(worst, kpi.unit, t.lang)
    alike = [org.label for org, figure in known if fmt.value(figure.value, kpi.unit, t.lang) == value]
    if len(alike) == len(known):
        said = t("places.one" if len(known) == 1 else "places.same", place=alike[0], name=kpi.name(t.lang), value=value)
    else:
        said = t("places.worst", place=superlatives.named(alike, t), name=kpi.name(t.lang), value=value)
    grades = [figure.grade for _, figure in known if figure.grade is not None]
    if grades:
        said += t("semicolon") + t("places.reached", reached=sum(grade >= 2 for grade in grades), of=len(grades))
    doubted = sum(figure.grade is None and bool(figure.doubts) for _, figure in known)
    return said + (t("tile.title_doubted", n=doubted) if doubted else "")


def community_title(
    scores: Mapping[str, tuple[float | None, float | None]], doubted: Collection[str], t: Speaker
) -> str:
    """Which types are above the district's score, and which below, by a point or more: (own, district's) by type.
    doubted: types in doubt, which are not said to be ahead."""
    ahead: list[str] = []
    behind: list[str] = []
    close: list[str] = []
    unsure: list[str] = []
    for name, (own, district) in scores.items():
        if own is None or district is None:
            continue
        said = t("pillar.type", name=t("pillar." + name))
        if own - district <= -1:
            behind.append(said)
        elif own - district < 1:
            close.append(said)
        else:
            (unsure if name in doubted else ahead).append(said)
    if ahead and behind:
        return t("community.title_both", ahead=t.join(ahead), behind=t.join(behind))
    if ahead:
        return t("community.title_ahead", ahead=t.join(ahead))
    if behind:
        return t("community.title_behind", behind=t.join(behind))
    if unsure:
        return t("community.title_doubt", names=t.join(unsure))
    if len(close) == len(PILLARS):
        return t("community.title_same")
    return t("community.title_close", names=t.join(close)) if close else t("community.title_none")
