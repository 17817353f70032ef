"""Words of the comparison of two areas."""

WORDS: dict[str, tuple[str, str]] = {
    "beside.choose": ("选一个区域并排看", "Compare with an area"),
    "beside.title": (
        "{name}比{other}：{better} 项明显好，{worse} 项明显差，{rest} 项不相上下",
        "{name} and {other}: {better} KPI(s) clearly better, {worse} clearly worse, {rest} too close to tell",
    ),
    "beside.title_alone": ("{name}和自己的过去比", "{name} and its own past"),
    "beside.subtitle": ("{span} · 每格下面是样本量", "{span}, n below each value"),
    "beside.subtitle_young": (
        "{span} · 每格下面是样本量；数据还没有覆盖的时段不列",
        "{span}, n below each value; times that the data do not cover are left out",
    ),
    "beside.note": (
        (
            "各数取自数据仓库的期间表。上期是前一日、前七天、前三十天或上个季度；去年同期是去年的同样几天；数据没有"
            "覆盖到的不显示。抽样的率只有90% 区间不重叠才说明显好或明显差，全数清点的只要数不同就算；存疑的不说好。"
            "有两个区域时，得分相差最大的排在前面。"
        ),
        (
            "All values are those of the warehouse's periods. Before: the day, seven days, thirty days or the whole "
            "quarter before; a year ago: the same days; what the data do not cover is not shown. Sampled rates are "
            "clearly better or worse only if their 90 % intervals are apart, complete counts if they differ; nothing "
            "in doubt is better. With two areas, the KPIs whose scores differ most come first."
        ),
    ),
    "beside.previous_value": ("上期", "Before"),
    "beside.year_ago_value": ("去年同期", "A year ago"),
    "beside.score": ("得分，近30日", "score of 30 days"),
    "beside.difference": ("相差", "Difference"),
}
