"""KPIs of forms that none of the package has, and an installation's own may have: what they count, and that a night
gives what a full refresh gives.

Belongs here: forms that `sihe registry` accepts. Does not belong here: the KPIs of the package (`test_kpis`), those
that it refuses (`unit/registry`).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.registry import loading
from pipelines.registry.loading import KpiFile, Registry
from pipelines.registry.model import Kpi
from tests.unit.helpers import row_of
from tests.walk.published import ask
from tests.walk.test_changes import Changing, of, with_kpis
from tests.walk.test_order import Delivery, Walk, event
from tests.walk.test_order import of as delivery

GRIDS, SUPPORTED, SUMMED, ONCE, OF_STREETS = "own_grids", "own_supported", "own_summed", "own_once", "own_of_streets"
KNOWN, UNKNOWN = "990101001001001", "990101009001001"
OF_ONE = "own_of_one"
ONE_COMMUNITY = {"fact": "dim_community", "where": f"community_code = '{KNOWN[:12]}'"}
REPORTED: dict[str, Any] = {"fact": "fct_report", "day": "reported_on"}


def own(registry: Registry, kpi_id: str, **values: Any) -> KpiFile:
    """A KPI that is never scored."""
    like = of(registry, "stations_open")
    words = {"zh": "自有指标", "en": "one of our own"}
    told = {**words, "direction": "none", "owner": "办", "version": "1.0.0", "day": words, "caveats": words, **values}
    told |= {side: {**words, **told[side]} for side in ("num", "den") if side in told}
    return replace(like, id=kpi_id, values=told, kpi=Kpi.model_validate(told))


def own_kpis(registry: Registry) -> Registry:
    urgent = {"fact": "fct_event", "by": "event_id", "day": "reported_on", "window": 30}
    return with_kpis(
        registry,
        own(registry, GRIDS, kind="flow", unit="count",
            num={"fact": "fct_event", "day": "reported_on", "distinct": "grid_code"}),
        own(registry, SUPPORTED, kind="flow", unit="percent", den=REPORTED,
            num={**REPORTED, "covered_by": {**urgent, "where": "urgency = 'urgent' or is_countable"}}),
        own(registry, SUMMED, kind="flow", unit="ratio", den={**REPORTED, "sum": "photos"},
            num={"fact": "fct_event", "day": "reported_on"}),
        own(registry, ONCE, kind="flow", unit="count", district_only=True, additive=False,
            num={"fact": "fct_event", "day": "reported_on", "distinct": "urgency"}),
        own(registry, OF_ONE, kind="stock", unit="percent", **dict.fromkeys(("num", "den"), ONE_COMMUNITY)),
        own(registry, OF_STREETS, kind="flow", unit="count",
            num={"fact": "fct_event", "day": "reported_on", "org": "street_code"}),
    )  # fmt: skip


def delivered(walk: Walk, *, corrected: bool) -> list[Delivery]:
    """Events of four days of which two have no grid, one of them in a community that no register has until it is
    corrected; its report, and two others that exchange photos."""
    events = [
        event(1, event_id=f"SJ202401080000{n:02}", reported_at=f"2024-01-0{day} 08:00:00", community_code=KNOWN[:12],
              grid_code=grid, updated_at=f"2024-01-08 09:00:0{corrected:d}")
        for n, (day, grid) in enumerate([(5, KNOWN), (6, KNOWN), (6, KNOWN), (7, ""), (7, ""), (8, KNOWN)])
    ]  # fmt: skip
    place = KNOWN if corrected else UNKNOWN
    events[-1] = {**events[-1], "community_code": place[:12], "grid_code": place}
    (feed,) = [feed for feed in walk.like.feeds if feed.id == "snap_report.report"]
    reports = [
        row_of(feed, 80 + n, reporter_openid=f"o{n}", grid_code=KNOWN, photos=photos, event_id=events[-1]["event_id"],
               reported_at="2024-01-08 10:00:00+08:00", updated_at=f"2024-01-08 11:00:0{corrected:d}+08:00")
        for n, photos in enumerate([2, 2] if corrected else [4, 0])
    ]  # fmt: skip
    more, hours = ("_r2", 1) if corrected else ("", 0)
    return [delivery(walk.events, 9, events, more, hours), delivery(feed, 9, reports, more, hours)]


def test_kpis_of_other_forms_count_what_they_say_in_every_build(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = own_kpis(loading.load())
    changing = Changing(tmp_path / "own", walk, monkeypatch)

    def receive(*, corrected: bool) -> None:
        changing.place.receive(delivered(walk, corrected=corrected))
        assert changing.place.take()
        changing.build(registry)

    def numbers(kpi_id: str) -> list[tuple[Any, ...]]:
        asked = "select day(kpi_date), numerator, denominator, n from marts.kpi_daily where kpi_id = ? and org_code = ?"
        return ask(changing.home, f"{asked} order by all", [kpi_id, KNOWN[:12]])

    def of_the_district(kpi_id: str) -> list[tuple[Any, ...]]:
        asked = "select kpi_date, numerator from marts.kpi_daily where kpi_id = ? and org_level = 'district'"
        return ask(changing.home, f"{asked} and numerator > 0 order by all", [kpi_id])

    def counted_of_the_district(what: str) -> list[tuple[Any, ...]]:
        asked = f"select d.date_day, {what} from marts.fct_event as e inner join marts.dim_date as d"
        return ask(
            changing.home, f"{asked} on e.reported_on = d.date_day where e.is_known_community group by 1 order by 1"
        )

    receive(corrected=False)
    # Rows of the district, or of streets, are in no number below.
    assert of_the_district(ONCE) == counted_of_the_district("count(distinct e.urgency)")
    assert of_the_district(OF_STREETS) == counted_of_the_district("count(*)")
    below = "select distinct org_level from marts.kpi_daily where kpi_id = ? and numerator > 0 order by all"
    assert ask(changing.home, below, [OF_STREETS]) == [("district",), ("street",)]
    assert ask(changing.home, below.replace("and numerator > 0", ""), [OF_STREETS]) == [("district",), ("street",)]
    assert ask(changing.home, "select distinct org_level from marts.kpi_daily where kpi_id = ?", [ONCE]) == [
        ("district",)
    ]
    some = "select distinct org_code from marts.kpi_daily where kpi_id = ? and org_level = 'community'"
    assert ask(changing.home, some, [OF_ONE]) == [(KNOWN[:12],)]
    behind = "select count(distinct fact_key) from marts.kpi_evidence(?, null, null, null) where org_level = 'district'"
    counted = "select count(*) from marts.fct_event as e inner join marts.dim_date as d on e.reported_on = d.date_day"
    assert ask(changing.home, behind, [ONCE]) == ask(changing.home, f"{counted} where e.is_known_community")

    # A day counts each of its values once, also those that the day before has; what is empty is none.
    counted = (
        "select day(reported_on), count(distinct grid_code), null, null from marts.fct_event where community_code = ?"
        " and reported_on between '2024-01-01' and '2024-01-08' group by all having max(grid_code) <> '' order by all"
    )
    grids = ask(changing.home, counted, [KNOWN[:12]])
    assert {5, 6} <= {day for day, *_ in grids}
    assert [one for one in numbers(GRIDS) if one[1]] == grids
    assert (8, 0, 2, 2) in numbers(SUPPORTED)
    assert numbers(SUMMED)[-1] == (8, 0, 4, 1)

    receive(corrected=True)
    assert (8, 2, 2, 2) in numbers(SUPPORTED)
    assert numbers(SUMMED)[-1] == (8, 1, 4, 2)
    by_night = changing.published()
    changing.forget()
    changing.build(registry)
    assert changing.published() == by_night
