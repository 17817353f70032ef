"""共建: was it done, what was agreed? One ledger of promises with owner, age and slippage; who keeps them; meetings,
suggestions, alliances, and the funds' ins and outs.

Here: which panel shows which answer. Not here: SQL (queries/), markup (components/).
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components.ledger import Cell, Column, Line, ledger
from components.live import live
from components.markup import esc
from components.panel import panel
from components.stacks import Part, Stack, stacks
from downloads import Table
from figures import stats
from figures.published import Row
from language import numbers as fmt
from language.words import Speaker
from page import subject as subjects
from page.subject import Subject
from reader.context import Context

PAGE = "cobuilding"
WANTED = (
    "co_building.meeting_resolution",
    "co_building.suggestion",
    "co_building.alliance_commitment",
    "co_building.fund_txn",
    "co_building.joint_meeting",
)
BOXES = (
    "joint_meeting_action_on_time_rate",
    "deliberation_action_on_time_rate",
    "suggestion_reply_on_time_rate",
    "alliance_delivery_rate",
    "fund_disclosure_on_time_rate",
    "covenant_current_rate",
)
# What the promise is about is a code in these kinds, and words of the platform in the others.
WHAT = {
    "meeting_resolution": "meeting_type.",
    "alliance_commitment": "commitment.",
    "fund_disclosure": "fund.",
    "snap_reply": "category.",
}


def show(context: Context) -> None:
    subject = subjects.begin(context, PAGE, WANTED)
    if subject is None:
        return
    counts = subject.ask_window("promise_counts")
    promises = subject.ask("promises")
    slipped = [row for row in promises if row["status"] == "slipped"]
    _finding(subject, counts, slipped)
    subjects.boxes(subject, BOXES)
    with st.container(key="row_cobuilding_a"):
        left, right = st.columns([1.45, 1], gap="small")
        with left:
            _ledger(subject, promises, slipped)
        with right:
            _kinds(subject, counts)
            _owners(subject)
    with st.container(key="row_cobuilding_b"):
        left, right = st.columns([1.2, 1], gap="small")
        with left:
            _next(subject, [row for row in promises if row["status"] == "open"])
        with right:
            _meetings(subject)
            _alliances(subject)
    with st.container(key="row_cobuilding_c"):
        left, right = st.columns(2, gap="small")
        with left:
            _funds(subject)
        with right:
            _suggestions(subject)


def _finding(subject: Subject, counts: Sequence[Row], slipped: Sequence[Row]) -> None:
    t, context = subject.context.t, subject.context
    kept, late = sum(row["kept"] for row in counts), sum(row["kept_late"] for row in counts)
    due = kept + late + sum(row["slipped"] for row in counts)
    start = t("say.start_plain", period=t("period." + context.view.period), area=context.area_name)
    if not due and not slipped:
        subjects.finding(subject, f"{esc(start)}<b>{esc(t('promise.say_none'))}</b>{esc(t('stop'))}")
        return
    said = esc(start) + esc(t("promise.say_due")) + f"<b>{esc(t('promise.items', n=fmt.whole(due)))}</b>"
    if due:
        said += esc(t("comma") + t("promise.say_kept", share=fmt.percent(kept / due * 100), late=fmt.whole(late)))
    if slipped:
        longest = t("promise.say_longest", days=slipped[0]["days_late"], who=_owner(subject, slipped[0]))
        said += (
            f'{esc(t("semicolon") + t("promise.say_slipped"))}<b class="bad">'
            f"{esc(t('promise.items', n=fmt.whole(len(slipped))))}</b>{esc(t('comma') + longest)}"
        )
    subjects.finding(subject, said + esc(t("stop")))


def _owner(subject: Subject, row: Row) -> str:
    return row["promised_by"] or subject.name(row["org_code"])


def what(row: Row, t: Speaker) -> str:
    """What a promise is about, in words."""
    prefix = WHAT.get(row["kind"])
    return t(prefix + row["what"]) if prefix and row["what"] else row["what"] or fmt.NOTHING


def _as_table(subject: Subject, rows: Sequence[Row]) -> Table:
    t = subject.context.t
    return Table(
        (
            t("promise.kind"),
            t("promise.key"),
            t("promise.what"),
            t("promise.owner"),
            t("promise.place"),
            t("promise.made"),
            t("promise.age"),
            t("promise.due"),
            t("promise.status"),
            t("promise.days_late"),
            t("event.file"),
            t("event.row"),
        ),
        [
            (
                t("promise_kind." + row["kind"]),
                row["promise_key"],
                what(row, t),
                _owner(subject, row),
                subject.name(row["org_code"]),
                row["promised_on"],
                row["age_days"],
                row["due_on"],
                t("promise_status." + row["status"]),
                row["days_late"],
                row["file_name"],
                fmt.line(row["row_number"]),
            )
            for row in rows
        ],
    )


def _place(subject: Subject, row: Row) -> str:
    """The place below the owner; nothing where it is the owner."""
    return subject.name(row["org_code"]) if row["promised_by"] else ""


def _ledger(subject: Subject, promises: Sequence[Row], slipped: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    title = (
        t("promise.title", n=fmt.whole(len(slipped)), days=slipped[0]["days_late"], what=what(slipped[0], t))
        if slipped
        else t("promise.title_none")
    )
    with panel(
        "promises",
        title,
        t("promise.subtitle", day=subject.day),
        subject.context,
        note=t("promise.note"),
        behind=lambda: _as_table(subject, promises),
    ):
        columns = (
            Column(t("promise.what")),
            Column(t("promise.owner")),
            Column(t("promise.age"), is_number=True, is_minor=True),
            Column(t("promise.due"), is_minor=True),
            Column(t("promise.days_late"), is_number=True),
            Column(t("promise.origin"), is_minor=True),
        )
        lines = [
            Line(
                (
                    Cell(what(row, t), under=f"{t('promise_kind.' + row['kind'])} {row['promise_key']}"),
                    Cell(_owner(subject, row), under=_place(subject, row)),
                    fmt.days(row["age_days"], t.lang),
                    fmt.short_day(row["due_on"], t.lang),
                    Cell(fmt.days(row["days_late"], t.lang), tone="bad"),
                    Cell(row["file_name"] or fmt.NOTHING, under=t("way.row", n=row["row_number"])),
                ),
                PAGE,
                replace(view, org=row["org_code"]),
            )
            for row in slipped
        ]
        if lines:
            live(ledger(columns, lines, t, 14), "promises", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(title)}</b></div>')


def _kinds(subject: Subject, counts: Sequence[Row]) -> None:
    t = subject.context.t

    def due(row: Row) -> int:
        return int(row["kept"] + row["kept_late"] + row["slipped"])

    judged = [row for row in counts if due(row) >= stats.FEW_BELOW]
    worst = min(judged, key=lambda row: row["kept"] / due(row), default=None)
    if worst is None:
        title = t("promise.kinds_none")
    else:
        share = fmt.percent(worst["kept"] / due(worst) * 100)
        title = t("promise.kinds_title", kind=t("promise_kind." + worst["kind"]), share=share)

    def behind() -> Table:
        return Table(
            (
                t("promise.kind"),
                t("promise_status.kept"),
                t("promise_status.kept_late"),
                t("promise_status.slipped"),
                t("promise.kept_share"),
                t("promise.median_late"),
                t("promise_status.open"),
                t("promise.slipped_ever"),
                t("promise.days_late"),
            ),
            [
                (
                    t("promise_kind." + row["kind"]),
                    row["kept"],
                    row["kept_late"],
                    row["slipped"],
                    subjects.share(row["kept"], due(row)),
                    row["median_days_late"],
                    row["open_now"],
                    row["slipped_ever"],
                    row["days_at_most"],
                )
                for row in counts
            ],
        )

    with panel(
        "promise_kinds",
        title,
        t("promise.kinds_subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(BOXES[:5]),
        note=t("promise.kinds_note"),
        behind=behind,
    ):
        parts = (
            Part(t("promise_status.kept"), "main"),
            Part(t("promise_status.kept_late"), "soft"),
            Part(t("promise_status.slipped"), "bad"),
        )
        rows = [
            Stack(
                t("promise_kind." + row["kind"]),
                (row["kept"], row["kept_late"], row["slipped"]),
                t("promise.kind_text", share=fmt.percent(row["kept"] / due(row) * 100), n=fmt.whole(due(row))),
            )
            for row in sorted((row for row in counts if due(row)), key=lambda row: row["kept"] / due(row))
        ]
        st.html(stacks(parts, rows, t, whole=True))


def _owners(subject: Subject) -> None:
    t, view = subject.context.t, subject.context.view
    rows = subject.ask_window("promise_owners")

    def name(row: Row) -> str:
        return row["promised_by"] or subject.name(row["org_code"])

    late = [row for row in rows if row["slipped"]]
    title = (
        t("promise.owners_title", name=name(late[0]), n=late[0]["slipped"], days=late[0]["days_at_most"])
        if late
        else t("promise.title_none")
    )
    columns = (
        Column(t("promise.owner")),
        Column(t("promise.due_n"), is_number=True),
        Column(t("promise.kept_share"), is_number=True),
        Column(t("promise_status.slipped"), is_number=True),
        Column(t("events.longest"), is_number=True, is_minor=True),
    )

    def behind() -> Table:
        return Table(
            (*(column.label for column in columns), t("promise_status.open")),
            [
                (
                    name(row),
                    row["due"],
                    subjects.share(row["kept"], row["due"]),
                    row["slipped"],
                    row["days_at_most"],
                    row["open_now"],
                )
                for row in rows
            ],
        )

    with panel(
        "promise_owners",
        title,
        t("promise.owners_subtitle", span=subject.span),
        subject.context,
        note=t("promise.owners_note"),
        behind=behind,
    ):
        lines = []
        for row in rows:
            shown = subjects.of_few(row["kept"], row["due"])
            lines.append(
                Line(
                    (
                        name(row),
                        fmt.whole(row["due"]),
                        shown,
                        Cell(fmt.whole(row["slipped"]), tone="bad" if row["slipped"] else "muted"),
                        fmt.days(row["days_at_most"], t.lang),
                    ),
                    PAGE,
                    replace(view, org=row["org_code"]) if row["org_code"] in subject.context.register.orgs else None,
                )
            )
        live(ledger(columns, lines, t, 7), "owners", t.lang)


def _next(subject: Subject, coming: Sequence[Row]) -> None:
    t, view = subject.context.t, subject.context.view
    soon = [row for row in coming if row["days_left"] is not None and row["days_left"] <= 7]
    title = (
        t("promise.next_title", n=fmt.whole(len(soon)), all=fmt.whole(len(coming)))
        if coming
        else t("promise.next_none")
    )
    with panel(
        "promise_next",
        title,
        t("promise.next_subtitle", day=subject.day),
        subject.context,
        behind=lambda: _as_table(subject, coming),
    ):
        columns = (
            Column(t("promise.what")),
            Column(t("promise.owner")),
            Column(t("promise.age"), is_number=True, is_minor=True),
            Column(t("promise.due")),
            Column(t("promise.left"), is_number=True),
        )
        lines = [
            Line(
                (
                    Cell(what(row, t), under=f"{t('promise_kind.' + row['kind'])} {row['promise_key']}"),
                    Cell(_owner(subject, row), under=_place(subject, row)),
                    fmt.days(row["age_days"], t.lang),
                    fmt.short_day(row["due_on"], t.lang),
                    Cell(
                        fmt.days(row["days_left"], t.lang) if row["days_left"] else t("promise.today"),
                        tone="warn" if row["days_left"] is not None and row["days_left"] <= 3 else "",
                    ),
                ),
                PAGE,
                replace(view, org=row["org_code"]),
            )
            for row in coming
            if row["kind"] != "snap_reply"
        ]
        if lines:
            live(ledger(columns, lines, t, 7), "coming", t.lang)
        else:
            st.html(f'<div class="blank"><b>{esc(t("promise.next_none"))}</b></div>')


def _meetings(subject: Subject) -> None:
    t = subject.context.t
    rows = subject.ask_window("meetings")
    held, decided = sum(row["meetings"] for row in rows), sum(row["resolutions"] for row in rows)
    title = t("meeting.title", n=fmt.whole(held), decided=fmt.whole(decided)) if held else t("meeting.none")
    columns = (
        Column(t("meeting.type")),
        Column(t("meeting.count"), is_number=True),
        Column(t("meeting.attended"), is_number=True),
        Column(t("meeting.residents"), is_number=True, is_minor=True),
        Column(t("meeting.topics"), is_number=True, is_minor=True),
        Column(t("meeting.resolutions"), is_number=True),
    )

    def behind() -> Table:
        return Table(
            (
                *(column.label for column in columns),
                t("meeting.invited"),
                t("meeting.units"),
            ),
            [
                (
                    t("meeting_type." + row["meeting_type"]),
                    row["meetings"],
                    row["attended"],
                    row["residents"],
                    row["topics"],
                    row["resolutions"],
                    row["invited"],
                    row["orgs"],
                )
                for row in rows
            ],
        )

    with panel(
        "meetings",
        title,
        t("meeting.subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["joint_meeting_regularity"]),
        note=t("meeting.note"),
        behind=behind,
    ):
        lines = [
            Line(
                (
                    t("meeting_type." + row["meeting_type"]),
                    fmt.whole(row["meetings"]),
                    f"{fmt.whole(row['attended'])}/{fmt.whole(row['invited'])}",
                    fmt.whole(row["residents"]),
                    fmt.whole(row["topics"]),
                    fmt.whole(row["resolutions"]),
                )
            )
            for row in rows
        ]
        st.html(ledger(columns, lines, t))
        regular = (
            subject.figure("joint_meeting_regularity") if "joint_meeting_regularity" in subject.context.kpis else None
        )
        if regular is not None and regular.value is not None:
            said = t("meeting.regular", share=fmt.percent(regular.value), n=fmt.whole(regular.denominator))
            st.html(f'<div class="rank-foot">{esc(said)}</div>')


def _funds(subject: Subject) -> None:
    t, view = subject.context.t, subject.context.view
    flows = subject.ask_window("fund_flows")
    balances = subject.ask_window("fund_balances")
    income = sum(row["amount"] for row in flows if row["direction"] == "income")
    expense = sum(row["amount"] for row in flows if row["direction"] == "expense")
    entries = sum(row["entries"] for row in flows)
    undisclosed = sum(row["undisclosed"] for row in flows)
    if not entries:
        title = t("fund.none")
    else:
        title = t("fund.title", income=fmt.yuan(income, t.lang), expense=fmt.yuan(expense, t.lang))
        title += t("fund.title_undisclosed", n=undisclosed) if undisclosed else ""

    def behind() -> Table:
        rows: list[tuple[str, str, int | None, float, float | None]] = [
            (
                t("fund.by_purpose"),
                f"{t('fund_direction.' + row['direction'])} {t('fund.' + row['purpose'])}",
                row["entries"],
                row["amount"],
                None,
            )
            for row in flows
        ]
        rows += [
            (t("fund.by_street"), subject.name(row["street_code"]), row["entries"], row["income"], row["expense"])
            for row in balances
        ]
        return Table(
            (t("fund.group"), t("column.name"), t("fund.entries"), t("fund.amount"), t("fund.expense_yuan")), rows
        )

    with panel(
        "funds",
        title,
        t("fund.subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["fund_disclosure_on_time_rate", "fund_project_on_time_rate"]),
        note=t("fund.note"),
        behind=behind,
    ):
        if not entries:
            st.html(f'<div class="blank"><b>{esc(t("fund.none"))}</b></div>')
            return
        parts = (Part(t("fund_direction.income"), "main"), Part(t("fund_direction.expense"), "soft"))
        rows = [
            Stack(
                f"{t('fund_direction.' + row['direction'])} · {t('fund.' + row['purpose'])}",
                (row["amount"], 0) if row["direction"] == "income" else (0, row["amount"]),
                t("fund.text", amount=fmt.yuan(row["amount"], t.lang), n=fmt.whole(row["entries"])),
            )
            for row in flows
        ]
        st.html(stacks(parts, rows, t))
        columns = (
            Column(t("rank.street")),
            Column(t("fund_direction.income"), is_number=True),
            Column(t("fund_direction.expense"), is_number=True),
            Column(t("fund.net"), is_number=True),
        )
        lines = []
        for row in sorted(balances, key=lambda row: row["income"] - row["expense"]):
            net = row["income"] - row["expense"]
            lines.append(
                Line(
                    (
                        subject.label(row["street_code"]),
                        fmt.yuan(row["income"], t.lang),
                        fmt.yuan(row["expense"], t.lang),
                        Cell(fmt.yuan(net, t.lang), tone="warn" if net < 0 else ""),
                    ),
                    PAGE,
                    replace(view, org=row["street_code"]),
                )
            )
        live(ledger(columns, lines, t, 10), "funds", t.lang)


def _suggestions(subject: Subject) -> None:
    t = subject.context.t
    rows = subject.ask_window("suggestions")
    raised, waiting = sum(row["raised"] for row in rows), sum(row["waiting"] for row in rows)
    adopted, decided = sum(row["adopted"] for row in rows), sum(row["decided"] for row in rows)
    if not raised:
        title = t("suggestion.none")
    else:
        share = subjects.of_few(adopted, decided)
        title = t(
            "suggestion.title", n=fmt.whole(raised), topic=rows[0]["topic"], decided=fmt.whole(decided), share=share
        )

    def behind() -> Table:
        return Table(
            (
                t("visits.topic"),
                t("suggestion.raised"),
                t("suggestion.replied"),
                t("suggestion.on_time"),
                t("suggestion.adopted"),
                t("suggestion.waiting"),
            ),
            [
                (row["topic"], row["raised"], row["replied"], row["replied_on_time"], row["adopted"], row["waiting"])
                for row in rows
            ],
        )

    with panel(
        "suggestions",
        title,
        t("suggestion.subtitle", span=subject.span),
        subject.context,
        about=subject.kpis(["suggestion_reply_on_time_rate", "suggestion_adoption_rate"]),
        behind=behind,
    ):
        parts = (
            Part(t("suggestion.adopted"), "main"),
            Part(t("suggestion.replied_only"), "soft"),
            Part(t("suggestion.open"), "rest"),
            Part(t("suggestion.waiting"), "bad"),
        )
        shown = [
            Stack(
                row["topic"] or fmt.NOTHING,
                (
                    row["adopted"],
                    max(0, row["replied"] - row["adopted"]),
                    max(0, row["raised"] - row["replied"] - row["waiting"]),
                    row["waiting"],
                ),
                t("promise.items", n=fmt.whole(row["raised"])),
            )
            for row in rows[:9]
        ]
        st.html(stacks(parts, shown, t))
        if waiting:
            st.html(f'<div class="rank-foot">{esc(t("suggestion.foot", n=fmt.whole(waiting)))}</div>')


def _alliances(subject: Subject) -> None:
    t = subject.context.t
    rows = subject.ask("alliances", last=subject.window.last)
    members, promised = sum(row["members"] for row in rows), sum(row["commitments"] for row in rows)
    done, late = sum(row["done"] for row in rows), sum(row["late"] for row in rows)
    title = (
        t("alliance.title", n=fmt.whole(members), promised=fmt.whole(promised), late=fmt.whole(late))
        if members
        else t("alliance.none")
    )
    columns = (
        Column(t("alliance.type")),
        Column(t("alliance.members"), is_number=True),
        Column(t("alliance.commitments"), is_number=True),
        Column(t("alliance.done"), is_number=True),
        Column(t("alliance.late"), is_number=True),
    )

    def behind() -> Table:
        return Table(
            [column.label for column in columns],
            [
                (
                    t("member_type." + row["member_type"]),
                    row["members"],
                    int(row["commitments"]),
                    int(row["done"]),
                    int(row["late"]),
                )
                for row in rows
            ],
        )

    with panel(
        "alliances",
        title,
        t("alliance.subtitle", day=subject.day),
        subject.context,
        about=subject.kpis(["alliance_delivery_rate"]),
        note=t("alliance.note"),
        behind=behind,
    ):
        lines = [
            Line(
                (
                    t("member_type." + row["member_type"]),
                    fmt.whole(row["members"]),
                    fmt.whole(row["commitments"]),
                    fmt.whole(row["done"]),
                    Cell(fmt.whole(row["late"]), tone="bad" if row["late"] else "muted"),
                )
            )
            for row in rows
        ]
        st.html(ledger(columns, lines, t))
        if promised:
            said = t("alliance.foot", share=fmt.percent(float(done) / float(promised) * 100))
            st.html(f'<div class="rank-foot">{esc(said)}</div>')
