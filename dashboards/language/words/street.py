"""Words of 镇街, the streets."""

WORDS: dict[str, tuple[str, str]] = {
    "heat.scores": ("得分", "Scores"),
    "heat.g0": ("60 以下", "under 60"),
    "heat.g1": ("60–70", "60–70"),
    "heat.g2": ("70–80", "70–80"),
    "heat.g3": ("80 以上（目标）", "80 and more (target)"),
    "street.scores": ("得分（近30日）", "Scores (30 days)"),
    "street.rates": ("三率", "Three rates"),
    "street.work": ("积压与落后", "Overdue and behind"),
    "street.loads": ("网格员负荷（28日）", "Workers' load (28 days)"),
    "street.worse": ("落后项", "Behind"),
    "street.better": ("领先项", "Ahead"),
    "street.worse_hint": ("近30日明显落后于全区的指标数（90% 区间）", "KPIs clearly behind the district (90%)"),
    "street.better_hint": ("近30日明显优于全区的指标数（90% 区间）", "KPIs clearly ahead of the district (90%)"),
    "street.load": ("中位数", "Median"),
    "street.load_hint": ("每名全职当量的走访与排查次数，中位数", "Visits and inspections per full-time worker, median"),
    "street.median": ("全区 {value}", "district {value}"),
    "street.overloaded_hint": ("负荷超过全区中位数1.5倍的网格员", "Workers above 1.5 times the district's median"),
    "street.of_workers": ("共 {n} 人", "of {n}"),
    "street.workers": ("网格员", "Workers"),
    "street.households": ("户数", "Households"),
    "street.per_1000": ("每千户 {value}", "{value} per 1000"),
    "street.subtitle": (
        "{n} 处，综合得分低的在前；三率：{span} · 点名称下钻，点得分看为什么",
        "{n} place(s), lowest score first; rates: {span} · a name drills down, a score says why",
    ),
    "street.note": (
        (
            "得分按近30日，颜色按60、70、80分级；三率按各自的红线、目标、挑战值着色，附样本量。落后、领先：90% 区"
            "间整个在全区一侧的指标数。"
        ),
        "Scores are of 30 days, shaded at 60, 70 and 80; rates by their own red line, target and stretch, "
        "with their n. "
        "Behind and ahead: KPIs whose 90% interval clears the district's value.",
    ),
    "street.title": (
        "三率齐全的 {of} 个中，{reached} 个全部达标",
        "All three rates on target in {reached} of the {of} that have all three",
    ),
    "street.title_red": ("；{names}等 {n} 个有指标破红线", "; beyond a red line: {names} ({n})"),
    "street.title_plain": ("{n} 处的得分、三率与负荷", "Scores, rates and loads of {n} places"),
    "street.say_lowest": ("最需要帮扶的是{name}：综合得分最低", "{name} needs help most: lowest overall score,"),
    "street.say_whole": ("（{area} {value}）", " ({area} {value})"),
    "street.say_behind": ("{name}近30日有 {n} 项指标明显落后于全区", "{name}: {n} KPI(s) clearly behind over 30 days"),
    "street.say_overdue": ("{name}超期未结最多，{n} 件", "{name} has most overdue: {n}"),
    "street.say_one": (
        "只有{name}一处，无从比较，点名称往下看",
        "Only {name}: nothing to compare, see what is below it",
    ),
    "street.say_nothing": ("{area}还没有可以比较的得分", "{area}: no scores to compare yet"),
    "street.places_subtitle": ("{name}，单位：{unit}，差的在前", "{name}, {unit}, worst first"),
    "places.worst": ("{place}{name} {value}，最差", "{name}: {place} last with {value}"),
    "places.same": ("各处{name}都是 {value}", "{name}: {value} everywhere"),
    "places.one": ("{place}{name} {value}", "{name}: {place} {value}"),
    "places.reached": ("{of} 处中 {reached} 处达标", "{reached} of {of} on target"),
    "places.title_none": ("{name}：暂无数据", "{name}: no data"),
    "rates.hotline_response_rate": ("响应率", "Response"),
    "rates.hotline_resolution_rate": ("解决率", "Resolution"),
    "rates.hotline_satisfaction_rate": ("满意率", "Satisfaction"),
    "rates.composite": ("三率综合", "Composite"),
    "rates.composite_hint": ("按登记的权重合成", "Composed by the registered weights"),
    "rates.no_composite": ("口径表没有登记三率权重", "The registry holds no weights"),
    "rates.incomplete": ("三率不全，不合成", "Not all three rates have a value"),
    "rates.note": ("三率综合＝响应率、解决率、满意率按 {weights} 加权。", " The composite weighs them {weights}."),
    "rates.no_weights": (
        "本版口径表没有登记三率权重，所以不合成。",
        " This generation's registry holds no weights, so there is no composite.",
    ),
}
