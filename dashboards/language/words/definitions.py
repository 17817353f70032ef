"""Words of 口径, how each number is computed."""

WORDS: dict[str, tuple[str, str]] = {
    "column.direction": ("方向", "Direction"),
    "definition.title": (
        "{n} 个指标，每个都有公式、目标与负责单位",
        "{n} KPI(s), each with its formula, target and owner",
    ),
    "definition.subtitle": (
        "取自数据仓库自带的口径表 · 用到 {feeds} 个来源 · 现值：{where}",
        "From the warehouse's own definitions · {feeds} feed(s) · present value: {where}",
    ),
    "definition.at": ("{area}，{period}", "{area}, {period}"),
    "definition.search": ("搜索指标、公式、来源", "Search KPIs, formulas, feeds"),
    "definition.none": ("没有匹配的指标", "No KPI matches"),
    "definition.none_why": ("没有与“{sought}”相符的名称、公式或来源。", 'Nothing matches "{sought}".'),
    "definition.count": ("{n} 个", "{n}"),
    "definition.formula": ("公式", "Formula"),
    "definition.day": ("计入日期", "Counted on"),
    "definition.caveats": ("说明", "Note"),
    "definition.stretch": ("挑战值", "Stretch"),
    "definition.band_head": ("区间", "Band"),
    "definition.now": ("现值", "Now"),
    "definition.go": ("在总览中看这个指标", "Show this KPI in the overview"),
    "definition.danger": ("危险程度 {n}（1–5）", "danger {n} of 5"),
    "definition.headline": ("核心", "headline"),
    "definition.defined": ("登记值（与本地不同时）", "As defined, where it differs"),
    "definition.feeds": ("来源", "Feeds"),
    "definition.ledger": ("交付台账", "delivery ledger"),
    "definition.owner": ("负责", "Owner"),
    "definition.version": ("口径版本", "Version"),
    "definition.note": (
        "率先合计分子与分母再相除，从不对率取平均；分母为 0 时无数值，不记 0 也不记 100。",
        (
            "Rates are sums divided by sums, never averages of rates; "
            "without a denominator there is no value, neither 0 nor 100."
        ),
    ),
    "direction.up": ("越高越好", "higher is better"),
    "direction.down": ("越低越好", "lower is better"),
    "direction.band": ("区间为好", "best within a band"),
    "direction.none": ("只展示，不评价", "shown, never judged"),
    "definition.basis": ("看依据", "What it stands on"),
}
