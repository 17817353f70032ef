"""Words of 四型, one of the four types."""

WORDS: dict[str, tuple[str, str]] = {
    "movers.title": ("{name}{sign}{size}，主要来自{names}", "{name} {sign}{size}, mostly from {names}"),
    "movers.still": ("{name}没有明显变化，各处互相抵消", "{name} hardly moved: the places cancel out"),
    "movers.subtitle_plain": ("{name}，单位：{unit}", "{name}, {unit}"),
    "movers.subtitle": (
        "{name}比 {day}的变化，逐处相加，单位：{unit}",
        "{name} against {day}, place by place, in {unit}",
    ),
    "movers.note": (
        "表现：本地的率变了。结构：本地在分母中的比重变了。所有地方的两项相加，正好等于全部变化。",
        (
            "Performance: the place's own rate moved. Mix: its share of the denominator moved. All together are "
            "the whole change."
        ),
    ),
    "movers.nothing": ("没有可分解的变化", "No change to split"),
    "movers.nothing_why": ("两期都有数值的率才能分解。", "Only rates with a value in both periods can be split."),
    "movers.community": (
        "社区是最低一级，往下看网格和事件。",
        "A community is the lowest level: see its grids and events.",
    ),
    "movers.own": ("本级直属", "its own"),
    "movers.value_before": ("上期数值", "Before"),
    "movers.value": ("本期数值", "Now"),
    "movers.values": ("上期 → 本期", "Before → now"),
    "movers.share_before": ("上期占比", "Share before"),
    "movers.share": ("本期占比", "Share"),
    "movers.total": ("{n} 处合计", "All {n}"),
}
