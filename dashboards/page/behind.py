"""The feeds behind a group of KPIs, as a badge counts them and the page 数据质量 lists them.

Belongs here: which KPIs a code in the URL stands for, and their feeds. Does not belong here: the badge
(components/trust.py), the state of the feeds (screens/data/).
"""

from collections.abc import Iterable

from figures.kpis import INDICES, Kpi
from reader.context import Context
from reader.view import ALL_TYPES


def chosen(context: Context) -> list[Kpi]:
    """The KPIs that the URL asks for: those of a type, of all types, or one."""
    wanted = context.view.feeds
    pillars = INDICES if wanted == ALL_TYPES else (wanted,)
    return [kpi for kpi in context.kpis.values() if kpi.pillar in pillars or kpi.kpi_id == wanted]


def feeds(kpis: Iterable[Kpi]) -> set[str]:
    """platform.feed"""
    return {name for kpi in kpis for name in kpi.feed_names}


def name(context: Context) -> str:
    wanted, t = context.view.feeds, context.t
    if wanted in context.kpis:
        return context.kpis[wanted].name(t.lang)
    return t("feeds.all_types") if wanted == ALL_TYPES else t("pillar.type", name=t("pillar." + wanted))
