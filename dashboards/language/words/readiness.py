"""Words of 接入进度, how far the district is."""

WORDS: dict[str, tuple[str, str]] = {
    "ready.said": (
        "{feeds} 个数据集中 {on} 个已在用，{kpis} 个指标中 {kpis_on} 个已启用。{next}",
        "{on} of {feeds} feeds are in use, {kpis_on} of {kpis} KPIs are on. {next}",
    ),
    "ready.next": (
        "接入“{feed}”（{platform}），可再启用 {kpis} 个指标。",
        'Connecting "{feed}" ({platform}) would switch on {kpis} more KPI(s).',
    ),
    "ready.next_none": ("没有哪一个数据集单独就能再启用指标。", "No single feed would switch on a KPI by itself."),
    "ready.complete": ("全部接入。", "Everything is connected."),
    "ready.connected": ("已列为接入", "Connected"),
    "ready.arrived": ("有文件到达", "Files arrived"),
    "ready.accepted": ("已入库", "Accepted"),
    "ready.rows_in": ("文件里的行", "Rows of the files"),
    "ready.rows_rejected": ("其中拒收 {n}", "{n} of them rejected"),
    "ready.kpis": ("已启用指标", "KPIs on"),
    "ready.pages": ("数据齐全的页面", "Pages complete"),
    "ready.days": ("入库天数", "Days"),
    "ready.of_feeds": ("共 {n} 个数据集", "of {n} feeds"),
    "ready.of_kpis": ("共 {n} 个指标", "of {n} KPIs"),
    "ready.of_pages": ("共 {n} 页", "of {n} pages"),
    "ready.held": ("{n} 个未能入库", "{n} could not be loaded"),
    "ready.held_none": ("都能入库", "all could be loaded"),
    "ready.trial": ("{n} 个在试运行", "{n} on trial"),
    "ready.trial_none": ("没有试运行的", "none on trial"),
    "ready.feeds_title": (
        "逐个数据集：接入、到达、入库、带来的指标",
        "Feed by feed: connected, arrived, accepted, its KPIs",
    ),
    "ready.feeds_subtitle": (
        "● 在用　◇ 试运行：已入库，尚未列为接入　■ 到了但未能入库　○ 等第一个文件　· 未接入",
        "● in use　◇ on trial: accepted, not yet connected　■ not usable　○ waiting for a file　· not connected",
    ),
    "ready.feeds_note": (
        (
            "哪些数据集接入，写在 district.yaml 的 connected 里；没有这一项时，全部视为接入。"
            "指标要等它依赖的每个数据集都接入并入库才启用，在此之前不显示，不记 0。"
        ),
        (
            "The key connected of district.yaml lists the feeds that deliver; without it, all do. A KPI is on when "
            "every feed that it stands on is connected and accepted; until then it is not shown, and never 0."
        ),
    ),
    "ready.own_contract": ("本区契约", "own contract"),
    "ready.on": ("● 在用", "● in use"),
    "ready.state_trial": ("◇ 试运行", "◇ on trial"),
    "ready.state_held": ("■ 未能入库", "■ not usable"),
    "ready.waiting": ("○ 等第一个文件", "○ waiting"),
    "ready.off": ("· 未接入", "· not connected"),
    "ready.rows": ("行数", "Rows"),
    "ready.rejected": ("拒收", "Rejected"),
    "ready.through": ("数据到", "Through"),
    "ready.state": ("状态", "State"),
    "ready.share": ("指标启用", "KPIs on"),
    "ready.types_title": ("逐型：启用了多少指标", "Type by type: how many KPIs are on"),
    "ready.types_subtitle": (
        "一型的指标按权重启用六成以上，才有得分",
        "A type has an index once 60% of its weight is on",
    ),
    "ready.lacks": ("还缺", "Still missing"),
    "ready.nothing": ("不缺", "nothing"),
    "ready.pages_title": ("逐页：还缺哪些数据集", "Page by page: which feeds are missing"),
    "ready.pages_subtitle": (
        "每一页用到的明细数据；缺的部分在页面上说明，不当作 0",
        "The rows that each page shows; what is missing is said there, never shown as 0",
    ),
    "ready.page": ("页面", "Page"),
    "ready.needs": ("数据集", "Feeds"),
    "ready.kpi": ("指标", "KPI"),
    "ready.pillar": ("类型", "Type"),
}
