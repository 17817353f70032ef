"""Possible mistakes of the sender although every row fits its contract: checked after every intake.

Belongs here: rows far from their business date, the bytes of another day, times before the event they belong to, a
correction that is older than the file it should correct, the return of a file that was replaced. Does not belong here:
rules of a contract (`row_rules`), other checks of feeds as a whole (`feed_checks`, which writes these results too).
These checks never reject a row.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from pipelines.contracts.model import Column, Delivery, Feed, Kind

FAR_FROM_DAY, BYTES_OF_ANOTHER_DAY = "rows_of_their_day", "bytes_of_their_day"
BEFORE_THE_EVENT, OLDER_CORRECTION, RETURNED = "times_in_order", "corrections_newer", "replaced_for_good"
SUSPICIONS = (FAR_FROM_DAY, BYTES_OF_ANOTHER_DAY, BEFORE_THE_EVENT, OLDER_CORRECTION, RETURNED)
DAYS_AWAY = 31

Parameters: TypeAlias = Sequence[object] | Mapping[str, object]

# Times that can only follow the event of a row; a row's other times may precede it.
_AFTER_THE_EVENT = (
    "accepted_at", "dispatched_at", "assigned_at", "first_contact_at", "replied_at", "resolved_at", "completed_at",
    "closed_at", "called_back_at", "ended_at", "checked_out_at",
)  # fmt: skip


def statements(feeds: Sequence[Feed]) -> Iterator[tuple[str, Parameters]]:
    """SQL that selects findings as rows of `ledger.check_result`, each with its parameters.

    observed and expected: the rows with a finding, and the rows of that business date or 0.
    """
    for feed in feeds:
        event_time = next((column for column in feed.columns if column.name == feed.event_time), None)
        if event_time and feed.delivery is Delivery.APPEND:
            yield _far_from_day(feed, event_time)
        if event_time and event_time.kind is Kind.TIMESTAMP:
            later = [one.name for one in feed.columns if one.kind is Kind.TIMESTAMP and one.name in _AFTER_THE_EVENT]
            if names := [name for name in later if name != event_time.name]:
                yield _before_the_event(feed, event_time, names)
    # Where a day comes in several files, the one before, or the one in force, may be another part's.
    yield _bytes_of_another_day([feed for feed in feeds if not feed.parts or feed.delivery is not Delivery.SNAPSHOT])
    whole = [feed for feed in feeds if not feed.parts]
    yield _older_correction(whole)
    yield _returned(whole)


def _far_from_day(feed: Feed, event_time: Column) -> tuple[str, Parameters]:
    away = f"abs(date_diff('day', _business_date, {event_time.name}::date)) > {DAYS_AWAY}"
    return (
        f"""
        select ?, ?, ?, _business_date, 'warn', count(*) filter (where {away}), count(*),
            ? || min({event_time.name}) filter (where {away})::varchar || ' – '
            || max({event_time.name}) filter (where {away})::varchar
        from raw.{feed.table}
        group by _business_date
        having count(*) filter (where {away}) > 0
        """,
        [
            FAR_FROM_DAY, feed.platform, feed.name,
            f"rows whose {event_time.header} is more than {DAYS_AWAY} days from the date in the file's name: ",
        ],
    )  # fmt: skip


def _before_the_event(feed: Feed, event_time: Column, names: list[str]) -> tuple[str, Parameters]:
    broken = [f"{name} < {event_time.name}" for name in names]
    counts = " || ".join(
        f"case when count(*) filter (where {rule}) > 0 then ' {name} ' || (count(*) filter (where {rule}))::varchar"
        " else '' end"
        for name, rule in zip(names, broken, strict=True)
    )
    either = " or ".join(f"coalesce({rule}, false)" for rule in broken)
    return (
        f"""
        select ?, ?, ?, _business_date, 'warn', count(*) filter (where {either}), count(*), ? || {counts}
        from raw.{feed.table}
        group by _business_date
        having count(*) filter (where {either}) > 0
        """,
        [
            BEFORE_THE_EVENT, feed.platform, feed.name,
            f"rows with a time before {event_time.name}; such spans are in no duration:",
        ],
    )  # fmt: skip


def _bytes_of_another_day(feeds: Sequence[Feed]) -> tuple[str, Parameters]:
    """An unchanged register has the same bytes every day: there, only the return of older bytes is a finding."""
    return (
        """
        with in_force as (
            select
                platform, feed, business_date, file_name, sha256, rows_counted,
                lag(sha256) over (partition by platform, feed order by business_date) as before,
                count(*) over (partition by platform, feed, sha256) as times,
                min(business_date) over (partition by platform, feed, sha256) as first_date
            from ledger.delivery
            where state = 'loaded' and rows_counted > 0 and list_contains($feeds, platform || '.' || feed)
        )

        select
            $name, platform, feed, business_date, 'warn', rows_counted, 0,
            file_name || ' has the very bytes of business date ' || first_date::varchar
            || ': was the wrong file sent? Send the right one as _r2'
        from in_force
        where
            business_date <> first_date
            and case
                when list_contains($registers, platform || '.' || feed) then sha256 <> coalesce(before, sha256)
                else times > 1
            end
        """,
        {
            "name": BYTES_OF_ANOTHER_DAY,
            "feeds": [feed.id for feed in feeds],
            "registers": [feed.id for feed in feeds if feed.delivery is Delivery.SNAPSHOT],
        },
    )


def _older_correction(feeds: Sequence[Feed]) -> tuple[str, Parameters]:
    return (
        """
        select
            $name, late.platform, late.feed, late.business_date, 'warn', count(*), 0,
            string_agg(
                late.file_name || ' (' || strftime(late.received_at, '%Y-%m-%d %H:%M:%S') || ') came after '
                || in_force.file_name || ' (' || strftime(in_force.received_at, '%Y-%m-%d %H:%M:%S')
                || ') but is older, and changed nothing: send it as _r' || (in_force.revision + 1)::varchar,
                '; ' order by late.file_name, late.received_at
            )
        from ledger.delivery as late
        inner join ledger.delivery as in_force
            on
                late.platform = in_force.platform
                and late.feed = in_force.feed
                and late.business_date = in_force.business_date
                and in_force.state = 'loaded'
        where
            list_contains($feeds, late.platform || '.' || late.feed)
            and late.state = 'superseded'
            and late.revision = in_force.revision
            and late.received_at <= in_force.received_at
            and late.taken_at > in_force.taken_at
        group by late.platform, late.feed, late.business_date
        """,
        {"name": OLDER_CORRECTION, "feeds": [feed.id for feed in feeds]},
    )


def _returned(feeds: Sequence[Feed]) -> tuple[str, Parameters]:
    """Bytes that a later delivery replaced, and that came again: under a name of their own, which has a line, or
    under their old name, whose stamp in the inbox has the time."""
    return (
        """
        with again as (
            select platform, feed, business_date, revision, file_name, sha256, received_at
            from ledger.delivery
            where state = 'duplicate'
            union all
            select
                line.platform, line.feed, line.business_date, line.revision, line.file_name, line.sha256,
                make_timestamp(try_cast(split_part(seen.stamp, ':', 2) as bigint) // 1000) + interval 8 hours
            from ledger.seen_file as seen
            inner join ledger.delivery as line
                on
                    seen.taken_by = line.platform || '.' || line.feed
                    and seen.folder = line.folder
                    and seen.file_name = line.file_name
                    and seen.sha256 = line.sha256
            where line.state = 'superseded'
        )

        select
            $name, again.platform, again.feed, again.business_date, 'warn', count(*), 0,
            string_agg(
                again.file_name || ' (' || strftime(again.received_at, '%Y-%m-%d %H:%M:%S')
                || ') has the very bytes that ' || in_force.file_name || ' ('
                || strftime(in_force.received_at, '%Y-%m-%d %H:%M:%S') || ') has replaced, and changed nothing: if they'
                || ' are right after all, send them as _r' || (greatest(again.revision, in_force.revision) + 1)::varchar
                || ' with a difference: an empty last line, or the workbook saved again',
                '; ' order by again.file_name, again.received_at
            )
        from again
        inner join ledger.delivery as replaced
            on
                again.platform = replaced.platform
                and again.feed = replaced.feed
                and again.business_date = replaced.business_date
                and again.sha256 = replaced.sha256
                and replaced.state = 'superseded'
        inner join ledger.delivery as in_force
            on
                again.platform = in_force.platform
                and again.feed = in_force.feed
                and again.business_date = in_force.business_date
                and in_force.state = 'loaded'
        where
            list_contains($feeds, again.platform || '.' || again.feed)
            -- Times within a second: a stamp has more digits than a line.
            and (again.revision, again.received_at) > (in_force.revision, in_force.received_at + interval 1 second)
        group by again.platform, again.feed, again.business_date
        """,
        {"name": RETURNED, "feeds": [feed.id for feed in feeds]},
    )
