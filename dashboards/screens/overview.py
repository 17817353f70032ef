"""总览: how is the area, and what comes first? One finding, four types, who stands out, what needs attention, where
events get stuck.

Here: which panel shows which answer. Not here: SQL (queries/), sentences (sentences.py), markup (components/).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

import theme
from components import bars, cards, rank_list, tile_map
from components.attention import Item, attention, ordered
from components.live import live
from components.markup import esc, link, verdict
from components.panel import panel
from components.scores import Score, score_card, totals
from components.trend import Line, Series, chart, trend
from components.trust import badge
from downloads import Table
from figures import kpis as measures
from figures import periods, published
from figures.kpis import Board, Figure, Index, Org, Week
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page import evidence, frame, sentences
from reader import navigation
from reader.context import Context
from reader.view import UNITS

LINES = 4
# The stages of marts.event_stage that every event takes; a check is recorded only where work was sent back.
STEPS = ("reported", "accepted", "dispatched", "resolved", "closed")
# The headline totals in the order that they are always told in; any other comes after.
TOTALS = ("centres_open", "stations_open", "grid_party_orgs", "grid_workers", "volunteer_teams", "service_projects")


def show(context: Context) -> None:
    context = with_kpi_of_type(context)
    t, view, window = context.t, context.view, context.window
    if window is None or context.district is None:
        frame.blank_page(t("empty.title"), t("empty.text"), tuple(t(f"empty.step{n}") for n in (1, 2, 3)))
        return
    frame.filters(context, _rankable(context), measures.PILLARS)
    publication, kpis, area = context.publication, context.kpis, context.area
    # A community is shown among its street's others.
    around = view.street if view.level == "community" else area
    now = Board(publication, kpis, around, window)
    before = Board(publication, kpis, around, context.compared)
    weeks = measures.weeks(publication, kpis, area, window.last)
    overdue = published.ask(publication, "overdue", area=area, last=window.last)
    late = late_by_org(published.ask(publication, "overdue", area=around, last=window.last))

    scores = Scores.of(context)
    show_finding(context, now, before, overdue, scores)
    show_cards(context, now, before, weeks, scores)
    show_totals(context, now, before)
    kpi = kpis[view.kpi] if view.kpi in kpis else next(iter(kpis.values()))
    units = units_of(context)
    ranked = measures.ranking(
        [(org, now.figure(kpi.kpi_id, org.code)) for org in units],
        now.figure(kpi.kpi_id, context.district.code),
        published.ask(publication, "year_sums", last=window.last),
    )
    with st.container(key="row_a"):
        left, middle, right = st.columns([1.3, 1.1, 0.9], gap="small")
        with left:
            show_ranking(context, now, before, kpi, units, ranked, late)
        with middle:
            show_tiles(context, now, kpi, late)
        with right:
            show_attention(context, now, before, overdue, ranked, scores)
    with st.container(key="row_b"):
        left, middle, right = st.columns([1, 1.15, 0.9], gap="small")
        with left:
            show_funnel(context)
        with middle:
            if scores.are_there:
                show_scores_trend(context, scores)
            else:
                show_trend(context, kpi, weeks, now)
        with right:
            _categories(context)
    if view.level == "community":
        evidence.show(context, kpi, now.figure(kpi.kpi_id, context.area))


def with_kpi_of_type(context: Context) -> Context:
    """Where a type is chosen, the panels show a KPI of it."""
    view, kpi = context.view, context.kpis.get(context.view.kpi)
    own = _rankable(context)
    if not view.type or not own or (kpi and kpi.pillar == view.type):
        return context
    return replace(context, view=replace(view, kpi=own[0]))


def _rankable(context: Context) -> list[str]:
    """KPIs that may be compared between places: they have a better side and are no watch on the data itself."""
    return [
        kpi.kpi_id
        for kpi in context.kpis.values()
        if kpi.direction in ("up", "down")
        and kpi.pillar in measures.PILLARS
        and (kpi.pillar == context.view.type or not context.view.type)
    ]


@dataclass(frozen=True)
class Scores:
    """The indices of the area: now, on the compared day, by week, and why they moved in 30 days."""

    now: dict[str, Index]
    before: dict[str, Index]
    weeks: dict[str, list[float | None]]
    moved: dict[str, measures.Moved]

    @classmethod
    def of(cls, context: Context) -> "Scores":
        window, compared, area = context.window, context.compared, context.area
        assert window is not None

        def own(day: date | None) -> dict[str, Index]:
            found = measures.indices(context.publication, area, day)
            return {pillar: index for (org, pillar), index in found.items() if org == area}

        return cls(
            own(window.last),
            own(compared.last if compared else None),
            measures.index_weeks(context.publication, area, window.last),
            measures.moved(context.publication, context.kpis, area, window.last, "30d"),
        )

    @property
    def are_there(self) -> bool:
        return any(self.now[name].score is not None for name in measures.PILLARS if name in self.now)


def late_by_org(overdue: list[Row]) -> dict[str, int]:
    """Overdue open events by community, street and district."""
    late: dict[str, int] = {}
    for row in overdue:
        code = row["community_code"]
        for org in (code, code[:9], code[:6]):
            late[org] = late.get(org, 0) + row["events"]
    return late


def _span(context: Context) -> str:
    window = context.window
    assert window is not None
    return fmt.span(window.first, window.last, context.lang)


def units_of(context: Context) -> list[Org]:
    """What is ranked: the district's streets or communities; below it, the street's communities."""
    if rank_list.view_unit(context.view) == "street":
        return context.register.of("street")
    return context.register.of("community", context.view.street)


def show_finding(context: Context, now: Board, before: Board, overdue: list[Row], scores: Scores) -> None:
    t, view = context.t, context.view
    if sentences.HEADLINE not in context.kpis:
        return
    by_place: dict[str, int] = {}
    for row in overdue:
        place = (
            row["community_code"][:9]
            if view.level == "district" and len(context.register.of("street")) > 1
            else row["community_code"]
        )
        org = context.register.orgs.get(place)
        name = org.label if org else place
        by_place[name] = by_place.get(name, 0) + row["events"]
    where = sentences.concentration(list(by_place.items()), t)
    said = sentences.sentence(
        now.figure(sentences.HEADLINE, context.area),
        before.figure(sentences.HEADLINE, context.area),
        sum(row["events"] for row in overdue),
        where,
        t("period." + view.period),
        context.area_name,
        view,
        t,
    )
    first = sentences.scores(
        scores.now, scores.before.get("overall", Index()), scores.weeks, context.area_name, view, t
    )
    trusted = badge(context, [context.kpis[sentences.HEADLINE]])
    more = ""
    if view.level == "community":
        more = link("community", view, esc(t("say.profile")), "say-go") + link(
            "grid", view, esc(t("say.grids")), "say-go"
        )
    live(f'<div class="say">{frame.breadcrumb(context)}<p>{first}{said}{trusted}{more}</p></div>', "finding", t.lang)


def show_totals(context: Context, now: Board, before: Board) -> None:
    """The district's headline totals, of whatever area is shown."""
    chosen = [kpi.kpi_id for kpi in context.kpis.values() if kpi.pillar == "context" and kpi.is_headline]
    chosen.sort(key=lambda one: TOTALS.index(one) if one in TOTALS else len(TOTALS))
    figures = [(now.figure(one, context.area), before.figure(one, context.area)) for one in chosen]
    if any(figure.value is not None for figure, _ in figures):
        st.html(totals(figures, context.t))


def show_cards(context: Context, now: Board, before: Board, weeks: dict[str, list[Week]], scores: Scores) -> None:
    t, colours = context.t, theme.palette(theme.is_dark())
    feeds = published.ask(context.publication, "feeds")
    markup = []
    for pillar in measures.PILLARS:
        own = [kpi for kpi in context.kpis.values() if kpi.pillar == pillar]
        entries = [
            cards.Entry(
                now.figure(kpi.kpi_id, context.area), before.figure(kpi.kpi_id, context.area), weeks[kpi.kpi_id]
            )
            for kpi in own
        ]
        # What can be told comes first; the order among it stays the definitions' own: headline, then weight.
        told = sorted(
            (entry for entry in entries if entry.now.status != "no_data"), key=lambda entry: entry.now.value is None
        )
        if not any(entry.now.value is not None for entry in told):
            told = told[:1] if told else []
        index = scores.now.get(pillar, Index())
        if index.score is not None:
            score = Score(
                pillar,
                index,
                scores.before.get(pillar, Index()),
                scores.weeks.get(pillar, []),
                scores.moved.get(pillar),
            )
            markup.append(score_card(score, context.view, t, colours, badge(context, own)))
            continue
        wanted = {name for kpi in own for name in kpi.feed_names}
        waits = [
            row["title"] for row in feeds if f"{row['platform']}.{row['feed']}" in wanted and not row["newest_loaded"]
        ]
        card = cards.Card(pillar, told[:3]) if told else cards.Card(pillar, (), waits)
        markup.append(cards.card(card, context.view, t, colours))
    live(f'<div class="cards">{"".join(markup)}</div>', "cards", t.lang)


def show_ranking(
    context: Context,
    now: Board,
    before: Board,
    kpi: measures.Kpi,
    units: list[Org],
    ranked: list[measures.Ranked],
    late: Mapping[str, int],
    ends: int = rank_list.SHOWN_AT_EACH_END,
) -> None:
    t, view = context.t, context.view
    assert context.district is not None
    hidden = sum(now.figure(kpi.kpi_id, org.code).status == "hidden" for org in units)
    title = sentences.ranking_title(ranked, hidden, kpi, view, t)

    def behind() -> Table:
        unit = t("unit." + kpi.unit)
        rows = []
        by_code = {entry.org.code: (position, entry) for position, entry in enumerate(ranked, 1)}
        for org in sorted(units, key=lambda org: by_code.get(org.code, (10**6, None))[0]):
            figure = now.figure(kpi.kpi_id, org.code)
            position, entry = by_code.get(org.code, (None, None))
            old = before.figure(kpi.kpi_id, org.code).value
            interval = entry.interval if entry else None
            rows.append(
                (
                    position,
                    org.code,
                    org.name,
                    context.register.name(org.parent or ""),
                    figure.value,
                    entry.shown if entry else None,
                    interval[0] if interval else None,
                    interval[1] if interval else None,
                    figure.numerator,
                    figure.denominator,
                    old,
                    late.get(org.code, 0),
                    t("band." + entry.band) if entry and entry.band else t("status." + figure.status),
                )
            )
        columns = (
            t("rank.no"),
            t("column.code"),
            t("column.name"),
            t("column.parent"),
            f"{t('rank.value')}（{unit}）",
            f"{t('column.smoothed')}（{unit}）",
            t("column.low"),
            t("column.high"),
            t("column.numerator"),
            t("column.denominator"),
            t("column.before"),
            t("rank.overdue"),
            t("rank.band"),
        )
        return Table(columns, rows)

    subtitle = t(
        "rank.subtitle",
        name=f"{kpi.name(t.lang)}（{t('unit.' + kpi.unit)}）"
        if t.lang == "zh"
        else f"{kpi.name(t.lang)} ({t('unit.' + kpi.unit)})",
        span=_span(context) if kpi.kind == "flow" else fmt.short_day(context.through, t.lang),
    )
    with panel(
        "rank",
        title,
        subtitle,
        context,
        about=[kpi],
        note=t("rank.note"),
        behind=behind,
        controls=lambda: _unit_switch(context),
    ):
        streets = (
            {org.code: org.label for org in context.register.of("street")}
            if len(context.register.of("street")) > 1
            else {}
        )
        old = {org.code: before.figure(kpi.kpi_id, org.code) for org in units}
        district = now.figure(kpi.kpi_id, context.district.code)
        live(rank_list.rank_list(ranked, old, late, district, hidden, view, streets, t, ends), "rank", t.lang)


def _unit_switch(context: Context) -> None:
    """Streets or communities: only where there is more than one street to choose from."""
    t, session = context.t, st.session_state
    if context.view.level != "district" or len(context.register.of("street")) < 2:
        return
    session["w_unit"] = context.view.unit
    st.segmented_control(
        t("filter.unit"),
        UNITS,
        key="w_unit",
        format_func=lambda code: t("rank." + code),
        required=True,
        label_visibility="collapsed",
        on_change=lambda: navigation.change(unit=session["w_unit"]),
    )


def show_tiles(context: Context, now: Board, kpi: measures.Kpi, late: Mapping[str, int]) -> None:
    t, view = context.t, context.view
    streets = context.register.of("street", view.street)
    communities = context.register.of("community", view.street)
    figures = {org.code: now.figure(kpi.kpi_id, org.code) for org in (*streets, *communities)}
    title = sentences.tiles_title([figures[org.code] for org in communities], t)

    def behind() -> Table:
        return Table(
            (
                t("column.code"),
                t("column.name"),
                t("column.parent"),
                f"{t('rank.value')}（{t('unit.' + kpi.unit)}）",
                "n",
                t("column.verdict"),
                t("rank.overdue"),
            ),
            [
                (
                    org.code,
                    org.name,
                    context.register.name(org.parent or ""),
                    figures[org.code].value,
                    figures[org.code].n,
                    _verdict(figures[org.code], context),
                    late.get(org.code, 0),
                )
                for org in communities
            ],
        )

    subtitle = t(
        "tile.subtitle",
        name=kpi.name(t.lang),
        unit=t("unit." + kpi.unit),
        streets=len(streets),
        communities=len(communities),
    )
    with panel("tiles", title, subtitle, context, about=[kpi], note=t("tile.note"), behind=behind):
        live(tile_map.tile_map(streets, communities, figures, late, view, kpi, t), "tiles", t.lang)


def _verdict(figure: Figure, context: Context) -> str:
    return verdict(figure, context.t)[1] or context.t("status." + figure.status)


def show_attention(
    context: Context,
    now: Board,
    before: Board,
    overdue: list[Row],
    ranked: list[measures.Ranked],
    scores: Scores,
    most: int = 7,
) -> None:
    t, publication, area = context.t, context.publication, context.area
    items = sentences.concerns(
        now, before, context.area, context.kpis, overdue, context.register.orgs, ranked, context.view, t
    )
    items += sentences.index_concerns(scores.moved, context.view, t)
    items += sentences.other_concerns(
        published.ask(publication, "repeat_spots", area=area),
        published.ask(publication, "promises_slipped", area=area),
        context.register.orgs,
        context.view,
        t,
    )
    items = ordered([*items, *_data_concerns(context)])

    def behind() -> Table:
        return Table(
            (t("column.severity"), t("column.what"), t("column.evidence")),
            [(t("severity." + item.severity), item.title, item.evidence) for item in items],
        )

    severe = sum(item.severity == "severe" for item in items)
    title = (
        t("attention.title_severe", n=severe)
        if severe
        else t("attention.title", n=len(items))
        if items
        else t("attention.title_none")
    )
    with panel(
        "attention",
        title,
        t("attention.subtitle", area=context.area_name, n=len(items)),
        context,
        note=t("attention.note"),
        behind=behind,
    ):
        live(attention(items, t, most), "attention", t.lang)


def _data_concerns(context: Context) -> list[Item]:
    """What the deliveries of the newest business date need: only feeds that have delivered before are missed."""
    t, view, day = context.t, context.view, context.through
    assert day is not None
    items = []
    behind = (periods.expected_through(context.now) - day).days
    if behind > 0:
        items.append(
            Item(
                "data",
                90,
                t("attention.stale", n=fmt.whole(behind)),
                t("attention.stale_why", day=fmt.day(day, t.lang)),
                "data",
                view,
            )
        )
    arrived = {
        (row["platform"], row["feed"])
        for row in published.ask(context.publication, "arrivals", first=day, last=day)
        if row["is_loaded"]
    }
    known = [row for row in published.ask(context.publication, "feeds") if row["newest_loaded"]]
    missing = [row for row in known if (row["platform"], row["feed"]) not in arrived]
    if missing:
        names = t.join([row["title"] for row in missing[:3]])
        since = min(row["newest_loaded"] for row in missing)
        items.append(
            Item(
                "data",
                50 + len(missing),
                t("attention.missing", names=names, n=len(missing)),
                t("attention.missing_why", since=fmt.short_day(since, t.lang)),
                "data",
                view,
            )
        )
    held = [
        row
        for row in published.ask(context.publication, "unusable_files", first=day.fromordinal(day.toordinal() - 29))
        if row["state"] == "held"
    ]
    if held:
        items.append(
            Item(
                "data",
                40 + len(held),
                t("attention.held", n=len(held)),
                t("attention.held_why", day=fmt.short_day(held[0]["business_date"], t.lang)),
                "data",
                view,
            )
        )
    # A finding of a month ends with the month, which may be after the newest day.
    first, last = (day.fromordinal(day.toordinal() + days) for days in (-29, 31))
    found = published.ask(context.publication, "sentinels", area=context.area, first=first, last=last)
    if found:
        patterns = list(dict.fromkeys(t("sentinel." + row["pattern"]) for row in found))
        items.append(
            Item(
                "data",
                30 + len(found),
                t("attention.sentinel", n=len(found)),
                t(
                    "attention.sentinel_why",
                    patterns=t.join(patterns[:2]),
                    rows=fmt.whole(sum(row["found"] for row in found)),
                ),
                "data",
                view,
            )
        )
    return items


def stages_of(rows: Sequence[Row], t: Speaker) -> list[bars.Stage]:
    """The steps that every event takes. What waits in another one is counted with the step before it; a step that no
    event reached though a later one was is not filled in by the source."""
    found = {row["stage"]: row for row in rows}
    last = max((number for number, name in enumerate(STEPS) if name in found), default=0)
    late = dict.fromkeys(STEPS, 0)
    before = STEPS[0]
    for row in rows:
        before = row["stage"] if row["stage"] in late else before
        late[before] += row["overdue"]
    return [
        bars.Stage(
            t("event_stage." + name),
            found[name]["reached"] if name in found else None if number < last else 0,
            late[name],
        )
        for number, name in enumerate(STEPS)
    ]


def show_funnel(context: Context) -> None:
    t, window = context.t, context.window
    assert window is not None
    rows = published.ask(context.publication, "event_stages", area=context.area, first=window.first, last=window.last)
    stages = stages_of(rows, t)
    reported = stages[0].events or 0

    def behind() -> Table:
        return Table(
            (t("column.stage"), t("column.events"), t("column.share"), t("funnel.column_overdue")),
            [
                (
                    stage.name,
                    stage.events,
                    stage.events / reported * 100 if stage.events is not None and reported else None,
                    stage.overdue,
                )
                for stage in stages
            ],
        )

    with panel(
        "funnel",
        sentences.funnel_title(stages, t),
        t("funnel.subtitle", span=_span(context)),
        context,
        note=t("funnel.note"),
        behind=behind,
    ):
        if reported:
            st.html(bars.funnel(stages, t))
        else:
            st.html(
                f'<div class="blank"><b>{esc(t("funnel.title_nothing"))}</b><p>{esc(t("funnel.nothing_why"))}</p></div>'
            )


def show_scores_trend(context: Context, scores: Scores, height: int = 164, font: int = 12) -> None:
    t, window = context.t, context.window
    assert window is not None
    colours = theme.palette(theme.is_dark())
    lines = [
        Series(t("pillar.type", name=t("pillar." + name)), colours[name], scores.weeks[name])
        for name in measures.PILLARS
        if name in scores.weeks
    ]
    days = [date.fromordinal(window.last.toordinal() - 7 * (11 - week)) for week in range(12)]

    def behind() -> Table:
        names = [name for name in (*measures.INDICES, "overall") if name in scores.weeks]
        return Table(
            (t("column.week_end"), *(t("pillar." + name) for name in names)),
            [(day, *(scores.weeks[name][week] for name in names)) for week, day in enumerate(days)],
        )

    title = sentences.scores_title(scores.weeks, t)
    with panel("trend", title, t("trend.scores_subtitle"), context, note=t("trend.scores_note"), behind=behind):
        labels = [fmt.short_day(day, t.lang) for day in days]
        spec = chart(lines, labels, "score", measures.SCORE_TARGET, t.lang, colours, font=font)
        st.echarts_chart(spec, height=height, key=f"scores_{context.view.query()}_{theme.is_dark()}", alt=title)


def show_trend(context: Context, kpi: measures.Kpi, weeks: dict[str, list[Week]], now: Board) -> None:
    t, colours = context.t, theme.palette(theme.is_dark())
    chosen = [kpi]
    if kpi.unit == "percent":
        # The other types' main rates beside it: one a type, those that have something to say.
        for pillar in measures.PILLARS:
            main = next(
                (
                    other
                    for other in context.kpis.values()
                    if other.pillar == pillar
                    and other.unit == "percent"
                    and other.direction == kpi.direction
                    and now.figure(other.kpi_id, context.area).value is not None
                ),
                None,
            )
            if main and pillar != kpi.pillar:
                chosen.append(main)
    lines = [
        Line(
            one.name(t.lang), colours.get(one.pillar, colours["primary"]), weeks[one.kpi_id], 3.0 if one is kpi else 1.6
        )
        for one in chosen[:LINES]
        if sum(week.figure.value is not None for week in weeks[one.kpi_id]) >= 2
    ]

    def behind() -> Table:
        columns = [t("column.week_end")]
        for one in chosen:
            columns += [
                f"{one.name(t.lang)}（{t('unit.' + one.unit)}）",
                t("column.numerator"),
                t("column.denominator"),
            ]
        rows = []
        for index, week in enumerate(weeks[kpi.kpi_id]):
            row: list[object] = [week.last]
            for one in chosen:
                figure = weeks[one.kpi_id][index].figure
                row += [figure.value, figure.numerator, figure.denominator]
            rows.append(tuple(row))
        return Table(columns, rows)  # type: ignore[arg-type]

    dashed = t("trend.dashed", target=fmt.limit(kpi.target, kpi.unit, t.lang)) if kpi.target is not None else ""
    title = sentences.trend_title(weeks[kpi.kpi_id], kpi, t)
    with panel(
        "trend",
        title,
        t("trend.subtitle", unit=t("unit." + kpi.unit)) + dashed,
        context,
        about=chosen[:LINES],
        note=t("trend.note"),
        behind=behind,
    ):
        if lines and lines[0].weeks is weeks[kpi.kpi_id]:
            spec = trend(lines, kpi.unit, kpi.target, t.lang, colours)
            # A key of its own for every chart: one key for two specs would keep the old chart.
            st.echarts_chart(spec, height=168, key=f"trend_{context.view.query()}_{theme.is_dark()}", alt=title)
        else:
            st.html(f'<div class="blank"><b>{esc(t("trend.nothing"))}</b><p>{esc(t("trend.nothing_why"))}</p></div>')


def _categories(context: Context) -> None:
    t, window = context.t, context.window
    assert window is not None
    rows = published.ask(context.publication, "categories", area=context.area, first=window.first, last=window.last)
    kpi = context.kpis.get(sentences.HEADLINE)

    def figure(row: Row) -> Figure | None:
        return Figure(kpi, float(row["on_time"]), float(row["due"])) if kpi else None

    def said(row: Row) -> tuple[str, str]:
        found = figure(row)
        if found is None or found.value is None:
            return t("few_short") if row["due"] else fmt.NOTHING, "muted"
        return fmt.percent(found.value), "" if found.reached else "bad" if found.breached else "warn"

    listed = [
        bars.Category(t("category." + row["category"]), row["reported"], *said(row), row["overdue"]) for row in rows
    ]

    def behind() -> Table:
        return Table(
            (
                t("column.category"),
                t("category.events"),
                t("column.due"),
                t("column.on_time"),
                t("category.on_time") + "（%）",
                t("rank.overdue"),
            ),
            [
                (
                    t("category." + row["category"]),
                    row["reported"],
                    row["due"],
                    row["on_time"],
                    found.value if (found := figure(row)) else None,
                    row["overdue"],
                )
                for row in rows
            ],
        )

    with panel(
        "category",
        sentences.category_title(rows, t),
        t("category.subtitle", span=_span(context)),
        context,
        about=[kpi] if kpi else [],
        behind=behind,
    ):
        if rows:
            st.html(bars.categories(listed, t))
        else:
            st.html(f'<div class="blank"><b>{esc(t("category.title_nothing"))}</b></div>')
