"""What a trend of twelve weeks is marked with: seasons and holidays that begin or end in it, new versions.

Belongs here: which marks belong to a chart, and their words. Does not belong here: the drawing (components/trend.py),
the calendar itself (marts.calendar_mark).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from components.trend import Mark
from figures import published
from figures.kpis import Kpi
from figures.published import Publication, Row
from language.words import Speaker
from reader.context import Context

WEEK = 7


def marks(context: Context, ends: Sequence[date], kpis: Sequence[Kpi] = ()) -> list[Mark]:
    """ends: the last days of the weeks. kpis: those that the chart shows; without any, only what concerns all."""
    if not ends:
        return []
    first = ends[0] - timedelta(days=WEEK - 1)
    rows = _asked(context.publication, first, ends[-1])
    names, feeds = {kpi.kpi_id for kpi in kpis}, {feed for kpi in kpis for feed in kpi.feed_names}
    own = [row for row in rows if row["kpi_id"] in (None, *names) and row["feed"] in (None, *feeds)]
    said: dict[int, list[str]] = {}
    for day, text in sorted(_told(own, context.t)):
        if first <= day <= ends[-1]:
            week = (day - first).days // WEEK
            said.setdefault(week, []).append(text)
    return [Mark(week, context.t.join(dict.fromkeys(texts))) for week, texts in sorted(said.items())]


def _told(rows: Iterable[Row], t: Speaker) -> Iterable[tuple[date, str]]:
    for row in rows:
        name = row[t.lang]
        if row["to_on"] is None:
            yield row["from_on"], name
        elif (row["to_on"] - row["from_on"]).days < 2 * WEEK:
            yield row["from_on"], name  # both ends would be at the same point
        else:
            yield row["from_on"], t("mark.begins", name=name)
            yield row["to_on"], t("mark.ends", name=name)


def _asked(publication: Publication, first: date, last: date) -> list[Row]:
    try:
        return published.ask(publication, "calendar_marks", first=first, last=last)
    except published.Unavailable:
        # A generation from a version without this table.
        if published.is_damaged(publication):
            raise
        return []
