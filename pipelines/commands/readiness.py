"""`sihe readiness`: how far the district is, as the newest generation says.

Belongs here: the questions to the published tables, output. Does not belong here: what is on, and why (the models
`readiness_*` of the warehouse).
"""

import json
from pathlib import Path
from typing import Any

import click
import duckdb

from pipelines import settings
from pipelines.commands.preparing import existing_home_option, refuse_city
from pipelines.publication import query

_FEEDS = """
select concat(platform, '.', feed) as feed, title, state, is_connected, files, files_held, days_accepted,
    accepted_through::varchar as accepted_through, rows_counted, rows_rejected, kpis, kpis_on, own_contract
from meta.readiness_feed
inner join meta.feed using (platform, feed, is_connected)
order by 1
"""
_KPIS = """
select kpi_id, zh, pillar, is_on, lacks
from meta.readiness_kpi
inner join marts.kpi_definition using (kpi_id)
order by 1
"""
_PAGES = """
select page, count(*) as feeds, count(*) filter (where state = 'on') as feeds_there,
    string_agg(case when state <> 'on' then concat(platform, '.', feed) end, ', ' order by platform, feed) as lacks
from meta.readiness_page
inner join meta.readiness_feed using (platform, feed)
group by page
order by page
"""
_SAID = {
    "on": "in use",
    "trial": "on trial: accepted, not connected",
    "held": "arrived, not usable",
    "waiting": "waiting for the first file",
    "off": "not connected",
}


@click.command()
@existing_home_option
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
def readiness(home: Path | None, as_json: bool) -> None:
    """Show how far the district is: which feeds are connected, arrived and accepted, which KPIs and pages lack what."""
    refuse_city(settings.load(home))
    try:
        found = {name: _rows(home, sql) for name, sql in (("feeds", _FEEDS), ("kpis", _KPIS), ("pages", _PAGES))}
    except query.NothingPublished as error:
        raise click.ClickException(f"{error}; how far the district is can be said after the first sihe run") from error
    except duckdb.Error as error:
        problem = f"the newest generation has no readiness, sihe run publishes one: {str(error).splitlines()[0]}"
        raise click.ClickException(problem) from error
    click.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else as_text(found))


def _rows(home: Path | None, sql: str) -> list[dict[str, Any]]:
    answer = query.ask(settings.load(home).published, sql)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def as_text(found: dict[str, list[dict[str, Any]]]) -> str:
    feeds, kpis, pages = found["feeds"], found["kpis"], found["pages"]
    on = sum(row["state"] == "on" for row in feeds)
    kpis_on = sum(row["is_on"] for row in kpis)
    lines = [f"{on} of {len(feeds)} feeds are in use, {kpis_on} of {len(kpis)} KPIs are on", ""]
    lines.append(f"{'feed':38} {'state':34} {'days':>5} {'through':10} {'rows':>9} {'rejected':>8} {'KPIs':>7}")
    for row in feeds:
        days, through = (row["days_accepted"], row["accepted_through"]) if row["days_accepted"] else ("", "")
        rows, rejected = (row["rows_counted"], row["rows_rejected"] or "") if row["days_accepted"] else ("", "")
        lines.append(
            f"{row['feed']:38} {_SAID[row['state']]:34} {days:>5} {through:10} {rows:>9} {rejected:>8}"
            f" {row['kpis_on']:>3}/{row['kpis']:<3}".rstrip()
        )
    lacking = [row for row in pages if row["lacks"]]
    lines += ["", f"pages that lack feeds ({len(lacking)} of {len(pages)})"]
    lines += [f"  {row['page']:14} {row['feeds_there']}/{row['feeds']}, lacks {row['lacks']}" for row in lacking]
    off = [row for row in kpis if not row["is_on"]]
    lines += ["", f"KPIs that are off ({len(off)} of {len(kpis)})"]
    lines += [f"  {row['kpi_id']:34} {row['zh']}: lacks {row['lacks']}" for row in off]
    return "\n".join(lines)
