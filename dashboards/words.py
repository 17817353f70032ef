"""Every word of the interface, Chinese and English, in one place.

Here: words and the labels of the contracts' codes. Not here: names from the data (they stay as they are), numbers
and units (format.py). A key is written `area.word`; a text may hold {fields}. Formulas and caveats are the
warehouse's own words (kpi_definition), not here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

WORDS: dict[str, tuple[str, str]] = {
    # the frame
    "app.title": ("{name}基层治理驾驶舱", "{name} · Governance"),
    "app.title_code": ("辖区 {name} 基层治理驾驶舱", "District {name} · Governance"),
    "app.nameless": ("四合基层治理驾驶舱", "Sihe · Grassroots governance"),
    "app.subtitle": (
        "平安·便利·美丽·幸福“四型社区” — {streets} 个镇街 {communities} 个社区",
        "Safe, convenient, beautiful, happy · streets {streets} · communities {communities}",
    ),
    "app.subtitle_empty": ("平安·便利·美丽·幸福“四型社区”", "Safe · Convenient · Beautiful · Happy communities"),
    "app.other_language": ("切换到英文", "Switch to Chinese"),
    "group.areas": ("辖区", "Areas"),
    "group.work": ("业务", "Work"),
    "group.basis": ("口径与数据", "Basis"),
    "page.overview": ("总览", "Overview"),
    "page.type": ("四型", "Types"),
    "page.street": ("镇街", "Streets"),
    "page.community": ("社区档案", "Community"),
    "page.grid": ("网格", "Grids"),
    "page.events": ("事件", "Events"),
    "page.visits": ("走访与民情", "Visits"),
    "page.capacity": ("阵地与力量", "Capacity"),
    "page.cobuilding": ("共建", "Promises"),
    "page.property": ("物业与自治", "Property"),
    "page.wall": ("大屏", "Wall"),
    "page.definitions": ("口径", "Definitions"),
    "page.data": ("数据质量", "Data quality"),
    "area.all": ("全区", "the district"),
    "crumbs": ("所在位置", "Where you are"),
    "comma": ("，", ", "),
    "semicolon": ("；", "; "),
    "stop": ("。", "."),
    "colon": ("：", ": "),
    "list": ("、", ", "),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "nothing_found": ("没有匹配的选项", "Nothing found"),
    "footer": (
        (
            "▲▼ 表示数值升降，颜色表示好坏（绿为向好，红为变差）。率均附样本量 n；n＜5 不显示，"
            "5–19 用平滑值并标 ≈。生成于 {built} · 数据版本 {generation} · 程序 {version}"
        ),
        "▲▼ show the direction, colour shows whether it is good (green) or bad (red). "
        "Every rate has its n; below 5 it is hidden, 5–19 is smoothed and marked ≈. "
        "Built {built} · generation {generation} · code {version}",
    ),
    "badge.demo": ("演示数据", "Demo data"),
    "badge.demo_hint": ("事件为虚构，仅供演示", "The events are invented, for demonstration only"),
    "badge.stands_in": ("最新发布无法读取，显示上一版", "Newest publication unreadable, showing the one before"),
    "badge.stands_in_hint": (
        "请重新发布；在此之前显示上一个可读的版本",
        "Publish again; until then the last readable generation is shown",
    ),
    "badge.as_of": ("数据截至 {day} 24:00", "Data to {day}, 24:00"),
    "badge.good": ("按时", "on time"),
    "badge.warn": ("迟到", "late"),
    "badge.bad": ("过期", "stale"),
    "badge.no_data": ("还没有数据", "No data yet"),
    "badge.fresh_hint.good": ("数据按时更新。点开看数据质量", "Data are up to date. Opens data quality"),
    "badge.fresh_hint.warn": ("比应有的日期晚 {days} 天。点开看数据质量", "{days} d behind. Opens data quality"),
    "badge.fresh_hint.bad": ("比应有的日期晚 {days} 天。点开看数据质量", "{days} d behind. Opens data quality"),
    "badge.feeds": ("来源 {arrived}/{feeds} 到达", "Feeds {arrived}/{feeds}"),
    "badge.feeds_hint": (
        "{day}业务数据已到达的来源数。点开看数据质量",
        "Feeds that arrived for {day}. Opens data quality",
    ),
    "notice.ignored": (
        "链接中有无法识别的内容（{names}），已按默认显示。",
        "The link asks for something that is not there ({names}); the default is shown.",
    ),
    "param.p": ("时间", "period"),
    "param.org": ("区域", "area"),
    "param.vs": ("对比", "comparison"),
    "param.type": ("四型", "type"),
    "param.grid": ("网格", "grid"),
    "param.event": ("事件", "event"),
    "param.kpi": ("指标", "KPI"),
    "param.by": ("排名单位", "ranking unit"),
    "param.lang": ("语言", "language"),
    # filters
    "filter.period": ("时间", "Period"),
    "filter.street": ("镇街", "Street"),
    "filter.community": ("社区", "Community"),
    "filter.compare": ("对比", "Comparison"),
    "filter.kpi": ("指标", "KPI"),
    "filter.type": ("四型", "Type"),
    "filter.all_types": ("四型", "All types"),
    "filter.unit": ("排名单位", "Ranking unit"),
    "filter.all_streets": ("全部镇街", "All streets"),
    "filter.all_communities": ("全部社区", "All communities"),
    "period.1d": ("最近1日", "Last day"),
    "period.7d": ("近7日", "7 days"),
    "period.30d": ("近30日", "30 days"),
    "period.qtd": ("本季度", "Quarter"),
    "period.all": ("全部", "All"),
    "vs.prev": ("比上期", "vs last period"),
    "vs.year": ("比去年同期", "vs last year"),
    "vs.target": ("比目标", "vs target"),
    "vs.nothing": ("无可比数据", "nothing to compare"),
    # figures
    "reached": ("达标", "on target"),
    "missed": ("未达标", "off target"),
    "below_red_line": ("未过红线", "beyond red line"),
    "target": ("目标 {value}", "target {value}"),
    "few": ("样本少", "few cases"),
    "few_short": ("样本不足", "too few"),
    "events": ("{n} 件", "{n}"),
    "n.households": ("{events} 件 / {households}", "{events} events / {households}"),
    "n.short": ("n={n}", "n={n}"),
    "nothing.no_data": ("暂无数据", "no data yet"),
    "nothing.not_applicable": ("本期无适用事件", "nothing it applies to"),
    "nothing.hidden": ("样本不足（n＜5），不显示", "too few cases (n<5), hidden"),
    "nothing.few": ("", ""),
    "nothing.ok": ("", ""),
    "status.ok": ("正常", "shown"),
    "status.few": ("样本少", "few cases"),
    "status.hidden": ("样本不足", "too few cases"),
    "status.not_applicable": ("不适用", "not applicable"),
    "status.no_data": ("暂无数据", "no data"),
    "unit.percent": ("%", "%"),
    "unit.hours": ("小时", "hours"),
    "unit.per_1000": ("件/千户", "per 1000 households"),
    "unit.count": ("个", "count"),
    "unit.ratio": ("比值", "ratio"),
    "unit.points_10": ("分（满分10）", "points of 10"),
    "unit.points_100": ("分（满分100）", "points of 100"),
    # the finding
    "say.start": ("{period}{area}{name}", "{period}, {area}: {name}"),
    "say.n": ("（n={n}）", " (n={n})"),
    "say.flat": ("{label}持平", "{label} unchanged"),
    "say.target": ("（目标 {value}）", " (target {value})"),
    "say.nothing.no_data": ("暂无数据", "no data yet"),
    "say.nothing.not_applicable": ("本期没有到期的事件", "no event fell due"),
    "say.nothing.hidden": ("样本不足（n={n}），不显示", "too few cases (n={n}), hidden"),
    "say.nothing.ok": ("", ""),
    "say.nothing.few": ("", ""),
    "say.overdue": ("超期未结", "overdue and open:"),
    "say.overdue_none": ("没有超期未结事件", "no overdue event is open"),
    "say.concentrated": ("{share}在{names}", "{share} of them in {names}"),
    # cards
    "pillar.safe": ("平安", "Safe"),
    "pillar.convenient": ("便利", "Convenient"),
    "pillar.beautiful": ("美丽", "Beautiful"),
    "pillar.happy": ("幸福", "Happy"),
    "pillar.organisation": ("组织", "Organisation"),
    "pillar.data": ("数据", "Data quality"),
    "pillar.context": ("参考", "Context"),
    "card.weeks": ("近12周", "12 weeks"),
    "card.spark": ("{name}近12周走势", "{name}, twelve weeks"),
    "card.choose": ("在下方各图中看这个指标", "Show this KPI in the panels below"),
    "card.no_data": ("数据未接入", "Not connected yet"),
    "card.needs": (
        "等待：{feeds}。接入后自动显示，不以零计。",
        "Waits for: {feeds}. It appears by itself once connected; nothing is counted as zero.",
    ),
    "card.nothing": ("本期没有可显示的数据", "Nothing to show in this period"),
    "card.nothing_happened": (
        "这一型的指标本期没有适用的事件。",
        "Nothing happened in this period that these KPIs count.",
    ),
    # scores
    "score.card": ("{name}型社区", "{name} communities"),
    "score.open": ("看{name}型为什么升降", "{name}: why it rose or fell"),
    "score.points": ("{n} 分", "{n}"),
    "score.moved": ("30天来", "In 30 days"),
    "score.rest": ("其余 {n} 项", "the other {n}"),
    "score.still": ("{days}天来各指标得分几乎没有变化", "No KPI's score moved in {days} days"),
    "score.cancelled": ("30天来持平：", "Unchanged in 30 days: "),
    "score.short": (
        "得分暂缺：有数据的权重只占 {share}，不足 60%",
        "No score yet: {share} of the weight has data, less than 60%",
    ),
    "score.overall": ("综合得分", "overall score"),
    "say.score": ("{period}{area}综合得分", "{area}, overall score of {period}"),
    "say.score_all": ("四型都达到目标", "all four types on target"),
    "say.score_none": ("四型都未到目标 80 分", "all four types below the target of 80"),
    "say.score_some": ("{names}达标", "{names} on target"),
    "say.score_red": ("{names}未过红线", "{names} beyond the red line"),
    "say.score_run": ("{names}连续 {n} 周走低", "{names}: down {n} weeks in a row"),
    "say.profile": ("社区档案 ›", "Profile ›"),
    "say.grids": ("网格 ›", "Grids ›"),
    "pillar.overall": ("综合", "Overall"),
    "pillar.type": ("{name}型", "{name}"),
    # one type
    "type.title": (
        "{of} 项可判断的指标中 {reached} 项达标，{breached} 项未过红线",
        "{reached} of {of} judged KPIs on target, {breached} beyond the red line",
    ),
    "type.subtitle": (
        "数值：{span}；得分、权重、贡献：近30日，比 {day} · 点一行看走势与来源",
        "Values: {span}; score, weight, contribution: 30 days, against {day} · a row shows its trend",
    ),
    "type.note": (
        (
            "得分：红线 60，目标 80，挑战值 100，中间连直线。型的得分是各指标得分的加权平均；贡献＝表现（得分变了"
            "）＋结构（权重占比变了），逐项相加正好等于型得分的变化；显示时四舍五入到 0.1，凑整后仍相加得总数。"
        ),
        (
            "Score: red line 60, target 80, stretch 100, straight lines between. A type's score is the weighted "
            "mean of its KPIs' scores; contribution is performance (the score moved) plus mix (its share of the "
            "weight moved), adding up to the change exactly; rounded to tenths so that they still add up."
        ),
    ),
    "type.first": (
        "{name}近30日得分 {value}；还没有可比的前一期，暂不分解升降。",
        "{name}: {value} over 30 days; nothing to compare with yet.",
    ),
    "type.nothing": ("{name}：还没有数据", "{name}: no data yet"),
    "type.score_before": ("上期得分", "Score before"),
    "type.share_before": ("上期权重占比", "Share of weight before"),
    "type.share": ("权重占比", "Share of weight"),
    "type.performance": ("表现", "Performance"),
    "type.mix": ("结构", "Mix"),
    "type.contribution": ("对变化的贡献", "Contribution"),
    "type.total": ("合计＝得分变化", "Sum = change of the score"),
    "why.start": ("{name}近30日得分 {value}，比 {day}", "{name}: {value} over 30 days, against {day}"),
    "why.up": ("拉高的是", "lifted by "),
    "why.down": ("拉低的是", "pulled down by "),
    "unit.points": ("百分点", "pp"),
    "movers.title": ("{name}{sign}{size}，主要来自{names}", "{name} {sign}{size}, mostly from {names}"),
    "movers.still": ("{name}没有明显变化，各处互相抵消", "{name} hardly moved: the places cancel out"),
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
    # streets
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
    "street.overloaded": ("超负荷", "Overloaded"),
    "street.overloaded_hint": ("负荷超过全区中位数1.5倍的网格员", "Workers above 1.5 times the district's median"),
    "street.of_workers": ("共 {n} 人", "of {n}"),
    "street.workers": ("网格员", "Workers"),
    "street.households": ("户数", "Households"),
    "street.per_1000": ("每千户 {value}", "{value} per 1000"),
    "street.subtitle": (
        "{n} 处，综合得分低的在前；三率：{span} · 点名称下钻，点得分看为什么",
        "{n} places, lowest score first; rates: {span} · a name drills down, a score says why",
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
    "street.title": ("三率都达标的 {reached} 个，共 {of} 个", "All three rates on target in {reached} of {of}"),
    "street.title_red": ("；{names}等 {n} 个有未过红线的", "; beyond a red line: {names} ({n})"),
    "street.title_plain": ("{n} 处的得分、三率与负荷", "Scores, rates and loads of {n} places"),
    "street.say_lowest": ("最需要帮扶的是{name}：综合得分最低", "{name} needs help most: lowest overall score,"),
    "street.say_whole": ("（{area} {value}）", " ({area} {value})"),
    "street.say_behind": ("{name}有 {n} 项指标明显落后于全区", "{name}: {n} KPIs clearly behind the district"),
    "street.say_overdue": ("{name}超期未结最多，{n} 件", "{name} has most overdue: {n}"),
    "street.say_nothing": ("{area}还没有可以比较的得分", "{area}: no scores to compare yet"),
    "street.places_subtitle": ("{name}，单位：{unit}，差的在前", "{name}, {unit}, worst first"),
    "places.title": (
        "{worst}{name} {value}，最差；{of} 处中 {reached} 处达标",
        "{worst} last with {value}; {reached} of {of} on target ({name})",
    ),
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
    # ranking
    "rank.change.prev": ("比上期", "Change"),
    "rank.change.year": ("比同期", "Change"),
    "rank.community": ("社区", "Community"),
    "rank.street": ("镇街", "Street"),
    "rank.no": ("位次", "No."),
    "rank.value": ("数值", "Value"),
    "rank.overdue": ("超期", "Overdue"),
    "rank.band": ("判断", "Verdict"),
    "rank.interval": ("90% 区间", "90% interval"),
    "rank.district": ("全区 {value}", "district {value}"),
    "rank.between": ("… 中间 {n} 个与此相仿，略 …", "… {n} more in between …"),
    "rank.hidden": ("另有 {n} 个样本不足（n＜5），不参与比较", "Too few cases (n<5), not compared: {n}"),
    "rank.smoothed_hint": ("按平滑值排列；原值 {plain}", "ranked by the smoothed value; plain value {plain}"),
    "rank.no_interval": ("均值，不作区间判断", "a mean, without interval"),
    "rank.interval_hint": ("90% 区间 {low}–{high}", "90% interval {low}–{high}"),
    "rank.nothing": ("本期没有可比较的社区", "Nothing to compare in this period"),
    "rank.nothing_why": (
        "样本不足的有 {n} 个；换一个指标，或看更长的时间。",
        "Too few cases: {n}. Choose another KPI or a longer period.",
    ),
    "rank.subtitle": ("{name}，{span} · 点一行下钻", "{name}, {span} · a row drills down"),
    "rank.title_nothing": ("{name}：样本不足，暂不比较", "{name}: too few cases to compare"),
    "rank.title_one": ("{name} {value}", "{name} {value}"),
    "rank.title_own": ("{name} {value}，{band}", "{name} {value}, {band}"),
    "rank.title_own_plain": ("{name} {value}", "{name} {value}"),
    "rank.title_both": (
        "{worse} 个明显落后于全区，{better} 个明显优于",
        "{worse} clearly behind the district, {better} clearly ahead",
    ),
    "rank.title_worse": ("{n} 个明显落后于全区：{worse}", "{n} clearly behind the district: {worse}"),
    "rank.title_better": (
        "{n} 个明显优于全区，没有明显落后的",
        "{n} clearly ahead of the district, none clearly behind",
    ),
    "rank.title_same": ("{n} 个与全区相当，差别未超出偶然", "All {n} level with the district: no more than chance"),
    "rank.title_ends": ("{best}最好，{last}最后", "{best} leads, {last} is last"),
    "rank.note": (
        (
            "点是数值，线是 90% 区间（率用威尔逊区间，每千户数用泊松区间）；虚线是全区。区间整个在全区一侧，"
            "才判为“明显”。n＜5 不参与；5–19 为空心点。圆点为原值；数值列为向全区收缩的平滑值，标 ≈，并按它排列。"
        ),
        "Dots are values, lines 90% intervals (Wilson for shares, Poisson for counts per households); "
        "the dashed line is the district. Only an interval that clears it is called clear. "
        "n<5 is left out; 5–19 is a hollow dot. The dot is the plain value, the number is smoothed "
        "towards the district, marked ≈, and ranks.",
    ),
    "band.own.better": ("明显优于全区", "clearly better than the district"),
    "band.own.same": ("与全区相当", "level with the district"),
    "band.own.worse": ("明显落后于全区", "clearly behind the district"),
    "band.better": ("明显优于", "clearly better"),
    "band.same": ("与全区相当", "level"),
    "band.worse": ("明显落后", "clearly behind"),
    # tiles
    "tile.breach": ("未过红线", "beyond red line"),
    "tile.stretch": ("挑战值", "stretch"),
    "tile.none": ("无数据或样本不足", "no data or too few"),
    "tile.overdue": ("超期未结件数", "overdue and open"),
    "tile.overdue_n": ("超期未结 {n} 件", "{n} overdue and open"),
    "tile.open": ("看{name}", "Open {name}"),
    "tile.hint": ("{value}（n={n}）", "{value} (n={n})"),
    "tile.title": ("{of} 个可判断的社区中 {reached} 个达标", "{reached} of {of} judged communities on target"),
    "tile.title_breached": ("，{n} 个未过红线", ", {n} beyond the red line"),
    "tile.title_nothing": ("本期没有可判断的社区", "No community can be judged in this period"),
    "tile.subtitle": (
        "{name}（{unit}）· {streets} 个镇街 {communities} 个社区",
        "{name} ({unit}) · streets {streets}, communities {communities}",
    ),
    "tile.note": (
        (
            "一格一个社区，按镇街分组；颜色深浅按这个指标自己的红线、目标、挑战值分级，圆点是超期未结件数。没有社"
            "区边界数据，不画地图。"
        ),
        (
            "A tile a community, grouped by street. The shade is the KPI's own red line, target and "
            "stretch goal; the dot counts overdue open events. There are no outlines, so no map is drawn."
        ),
    ),
    # attention
    "severity.severe": ("严重", "Severe"),
    "severity.warning": ("预警", "Warning"),
    "severity.watch": ("关注", "Watch"),
    "severity.data": ("数据", "Data"),
    "attention.look": ("查看", "Open"),
    "attention.more": ("另有 {n} 条，见“看数据”", "{n} more under “Data”"),
    "attention.nothing": ("没有需要特别关注的事", "Nothing needs special attention"),
    "attention.nothing_why": (
        "各指标未破红线，没有明显变差，数据到齐。",
        "No red line is broken, nothing clearly fell, the data are complete.",
    ),
    "attention.title": ("需要关注 {n} 条，没有严重的", "{n} to look at, none severe"),
    "attention.title_severe": ("先管这 {n} 件严重的", "{n} severe: look here first"),
    "attention.title_none": ("本期没有需要特别关注的", "Nothing needs attention"),
    "attention.subtitle": ("需要关注 · {area} · 共 {n} 条，按严重程度", "Needs attention · {area} · {n}, worst first"),
    "attention.note": (
        (
            "严重：指标未过红线，或一处超期未结至少 3 件且每千户超过红线。预警：明显变差（90% "
            "置信）。关注：社区明显落后于全区。数据：迟到、缺报、文件无法使用。"
        ),
        (
            "Severe: beyond a red line, or three or more overdue in one place beyond the red line. Warning: "
            "clearly worse than before (90%). Watch: clearly behind the district. Data: late, missing, unusable."
        ),
    ),
    "attention.backlog": ("{name}超期未结 {n} 件", "{name}: {n} overdue and open"),
    "attention.backlog_why": ("{street} · 最久已超 {days} 天", "{street} · longest {days} days over"),
    "attention.backlog_rate": (" · 每千户 {value} 件", " · {value} per 1000 households"),
    "attention.breach": ("{name} {value}，未过红线", "{name} {value}, beyond the red line"),
    "attention.breach_why": ("红线 {red} · {n}", "red line {red} · {n}"),
    "attention.fell": ("{name}明显变差 {sign}{size}", "{name} clearly worse {sign}{size}"),
    "attention.fell_why": ("{label}：{before} → {now} · n={n}", "{label}: {before} → {now} · n={n}"),
    "attention.behind": ("{n} 个社区明显落后：{names}", "Clearly behind ({n}): {names}"),
    "attention.behind_why": ("{name}最低 {value} · n={n}", "{name}, last {value} · n={n}"),
    "attention.index": ("{name}型得分▼{n} 分", "{name}: score ▼{n}"),
    "attention.index_why": (
        "30天来：{before} → {now} · 主要是{name}▼{n}",
        "In 30 days: {before} → {now} · mostly {name} ▼{n}",
    ),
    "attention.repeat": ("{name}反复发生“{what}”{n} 起", "{name}: “{what}” again and again, {n}"),
    "attention.repeat_why": (
        "近90日，结案后又发 {n} 起 · 反复点位共 {spots} 处",
        "90 days, back after closing: {n} · spots in all: {spots}",
    ),
    "attention.promise": ("逾期未兑现的承诺 {n} 项", "Promises past their day: {n}"),
    "attention.promise_why": (
        "最多的是{kind} {n} 项 · 最久逾期 {days} 天",
        "mostly {kind}: {n} · longest {days} d late",
    ),
    "promise_kind.meeting_resolution": ("会议议定事项", "meeting decisions"),
    "promise_kind.suggestion": ("意见建议", "suggestions"),
    "promise_kind.alliance_commitment": ("共建清单", "alliance commitments"),
    "promise_kind.fund_disclosure": ("基金公示", "fund disclosures"),
    "promise_kind.project": ("治理项目", "projects"),
    "promise_kind.snap_reply": ("随手拍反馈", "snap replies"),
    "attention.stale": ("数据比应有的日期晚 {n} 天", "Data late by {n} d"),
    "attention.stale_why": ("最新业务日 {day}", "newest business date {day}"),
    "attention.missing": ("{names}最新一日未到", "{names}: newest day missing"),
    "attention.missing_why": ("沿用 {since}的数据", "data of {since} carried on"),
    "attention.held": ("{n} 个文件无法使用，已挂起", "Unusable files held: {n}"),
    "attention.held_why": ("最近一个是 {day}的数据", "latest one is for {day}"),
    # funnel
    "stage.reported": ("上报", "Reported"),
    "stage.dispatched": ("派遣", "Dispatched"),
    "stage.resolved": ("处置完成", "Resolved"),
    "stage.closed": ("结案", "Closed"),
    "funnel.title": (
        "{share}已结案；{n} 件超期，多停在“{stage}”之后",
        "{share} closed; {n} overdue, mostly stuck after “{stage}”",
    ),
    "funnel.title_clear": ("{share}已结案，没有超期未结的", "{share} closed, none overdue"),
    "funnel.title_nothing": ("本期没有上报的事件", "No event was reported in this period"),
    "funnel.nothing_why": ("换一个更长的时间看看。", "Try a longer period."),
    "funnel.subtitle": ("事件流程，{span}上报的事件，单位：件", "Events reported {span}, by how far they got"),
    "funnel.overdue": ("超期 {n}", "{n} overdue"),
    "funnel.not_filled": ("来源未填写这一步", "not filled in by the source"),
    "funnel.column_overdue": ("停在此步且超期", "stuck here and overdue"),
    "funnel.note": (
        (
            "只计可考核事件（未作废、未剔除）。红色：到期末仍未结案且已超期的，"
            "按停在哪一步分。来源没有填写某一步的时间时，写明“未填写”，不作 0。"
        ),
        (
            "Countable events only (not void, not excluded). Red: still open and overdue at the end of the period, "
            "by the step they stopped after. A step that the source never fills in is said to be unknown, not 0."
        ),
    ),
    # trend
    "trend.title_up": ("{name}连续 {n} 周上升", "{name}: up {n} weeks in a row"),
    "trend.title_down": ("{name}连续 {n} 周下降", "{name}: down {n} weeks in a row"),
    "trend.title_target": ("{name}近 {of} 周有 {n} 周达标", "{name}: on target in {n} of {of} weeks"),
    "trend.title_never": ("{name}近 {of} 周都没有达标", "{name}: off target in all {of} weeks"),
    "trend.title_plain": ("{name}最近一周 {value}", "{name}: {value} in the last week"),
    "trend.title_short": ("{name}：可显示的周数太少", "{name}: too few weeks to show"),
    "trend.subtitle": ("近12周，每点7天，单位：{unit}", "Twelve weeks of seven days, unit: {unit}"),
    "trend.dashed": ("，虚线为目标 {target}", "; dashed: target {target}"),
    "trend.scores_subtitle": (
        "四型得分（近30日），近12周，虚线为目标 80",
        "Scores of 30 days, twelve weeks; dashed: target 80",
    ),
    "trend.scores_low": ("{names}低于目标", "{names} below target"),
    "trend.scores_all_low": ("四型都在目标 80 分以下", "All four types below the target of 80"),
    "trend.scores_none_low": ("四型都在目标之上", "All four types above target"),
    "trend.scores_falling": ("，{names}走低", ", {names} falling"),
    "trend.scores_rising": ("，{names}走高", ", {names} rising"),
    "trend.scores_note": (
        (
            "一型的得分是它各指标得分的加权平均，按截至当日的 30 天计：红线 60 分，目标 80 分，挑战值 100 分；"
            "有数据的权重不足 60% 时不给分。走高走低按四周前比。"
        ),
        (
            "A type's score is the weighted mean of its KPIs' scores over the 30 days to that day: red line 60, "
            "target 80, stretch 100; none where less than 60% of the weight has data. "
            "Rising and falling: against four weeks before."
        ),
    ),
    "column.score": ("得分", "Score"),
    "trend.nothing": ("周数太少，画不出走势", "Too few weeks for a line"),
    "trend.nothing_why": ("一周样本不足 5 的点不画。", "Weeks with fewer than 5 cases are not drawn."),
    "trend.note": (
        "每点是截至标注日的 7 天，最后一点止于数据日；一周样本不足 5 的不画，留出空缺。",
        "A point is the seven days to its label; the last ends on the day of data. Weeks with n<5 are left out.",
    ),
    # categories
    "category.events": ("上报件数", "Reported"),
    "category.on_time": ("按期率", "On time"),
    "category.title_most": ("{name}最多，占 {share}", "{name} leads with {share}"),
    "category.title_last": ("；{name}按期率最低 {rate}", "; {name} is last on time, {rate}"),
    "category.title_nothing": ("本期没有事件", "No events in this period"),
    "category.subtitle": ("按事件大类，{span}；按期率按到期日计", "By category, {span}; on time by due day"),
    "category.safety_hazard": ("安全隐患", "Safety hazards"),
    "category.dispute": ("矛盾纠纷", "Disputes"),
    "category.public_order": ("治安防范", "Public order"),
    "category.environment": ("市容环境", "Environment"),
    "category.public_facility": ("公共设施", "Public facilities"),
    "category.property": ("房屋物业", "Housing and property"),
    "category.livelihood": ("民生服务", "Livelihood"),
    "category.other": ("其他", "Other"),
    # events
    "event.id": ("事件编号", "Event"),
    "event.category": ("大类", "Category"),
    "event.subcategory": ("小类", "Subcategory"),
    "event.urgency": ("紧急程度", "Urgency"),
    "event.source": ("来源", "Source"),
    "event.level": ("层级", "Level"),
    "event.reported": ("上报时间", "Reported at"),
    "event.due": ("处置时限", "Due at"),
    "event.closed": ("结案时间", "Closed at"),
    "event.status": ("状态", "Status"),
    "event.department": ("责任单位", "Department"),
    "event.file": ("文件", "File"),
    "event.row": ("行号", "Row"),
    "urgency.normal": ("一般", "normal"),
    "urgency.urgent": ("紧急", "urgent"),
    "urgency.critical": ("特急", "critical"),
    "source.grid_patrol": ("网格巡查", "grid patrol"),
    "source.home_visit": ("入户走访", "home visit"),
    "source.snap_report": ("随手拍", "snap report"),
    "source.hotline_12345": ("12345热线", "12345 hotline"),
    "source.video": ("视频感知", "video"),
    "source.assigned": ("上级交办", "assigned from above"),
    "source.other": ("其他", "other"),
    "level.community": ("社区", "community"),
    "level.street": ("街道", "street"),
    "level.district": ("区", "district"),
    "event_status.pending": ("待受理", "pending"),
    "event_status.in_progress": ("处置中", "in progress"),
    "event_status.to_verify": ("待核查", "to verify"),
    "event_status.closed": ("已结案", "closed"),
    "event_status.void": ("已作废", "void"),
    # panels, tables, downloads
    "panel.about": ("这个数怎么算", "How this is counted"),
    "panel.data": ("看数据", "Data"),
    "panel.data_title": ("数据", "Data"),
    "panel.xlsx": ("下载 XLSX", "Download XLSX"),
    "panel.csv": ("下载 CSV", "Download CSV"),
    "table.nothing": ("没有记录", "No rows"),
    "table.more": ("显示前 {shown} 行，共 {rows} 行；下载得全部", "First {shown} of {rows} rows; a download has all"),
    "scope.sheet": ("范围", "Scope"),
    "scope.notice": ("注意", "Notice"),
    "scope.title": ("内容", "Content"),
    "scope.period": ("时间", "Period"),
    "scope.area": ("区域", "Area"),
    "scope.compare": ("对比", "Comparison"),
    "scope.as_of": ("数据截至", "Data as of"),
    "scope.generation": ("数据版本", "Generation"),
    "scope.definitions": ("口径版本", "Definition version"),
    "scope.link": ("链接", "Link"),
    "column.code": ("编码", "Code"),
    "column.name": ("名称", "Name"),
    "column.parent": ("所属", "Belongs to"),
    "column.smoothed": ("平滑值", "Smoothed"),
    "column.low": ("区间下限", "Low 90%"),
    "column.high": ("区间上限", "High 90%"),
    "column.numerator": ("分子", "Numerator"),
    "column.denominator": ("分母", "Denominator"),
    "column.before": ("对比期数值", "Compared value"),
    "column.verdict": ("判断", "Verdict"),
    "column.severity": ("程度", "Severity"),
    "column.what": ("事项", "What"),
    "column.evidence": ("依据", "Evidence"),
    "column.stage": ("环节", "Step"),
    "column.events": ("件数", "Events"),
    "column.share": ("占上报（%）", "Of reported (%)"),
    "column.week_end": ("截至", "Week to"),
    "column.category": ("大类", "Category"),
    "column.due": ("到期", "Due"),
    "column.on_time": ("按期结案", "Closed on time"),
    "column.pillar": ("类型", "Type"),
    "column.unit": ("单位", "Unit"),
    "column.direction": ("方向", "Direction"),
    "column.weight": ("权重", "Weight"),
    "column.business_date": ("业务日期", "Business date"),
    "column.platform": ("平台", "Platform"),
    "column.feed": ("来源", "Feed"),
    "column.revision": ("修订", "Revision"),
    "column.received": ("收到时间", "Received"),
    "column.state": ("状态", "State"),
    "column.reason": ("原因", "Reason"),
    "column.files": ("文件", "Files"),
    "column.rows": ("行数", "Rows"),
    # definitions
    "definition.title": (
        "{n} 个指标，每个都有公式、目标与负责单位",
        "{n} KPIs, each with its formula, target and owner",
    ),
    "definition.subtitle": (
        "取自数据仓库自带的口径表 · 用到 {feeds} 个来源 · 现值：{where}",
        "From the warehouse's own definitions · {feeds} feeds · present value: {where}",
    ),
    "definition.at": ("{area}，{period}", "{area}, {period}"),
    "definition.search": ("搜索指标、公式、来源", "Search KPIs, formulas, feeds"),
    "definition.none": ("没有匹配的指标", "No KPI matches"),
    "definition.none_why": ("没有与“{sought}”相符的名称、公式或来源。", "Nothing matches “{sought}”."),
    "definition.count": ("{n} 个", "{n}"),
    "definition.formula": ("公式", "Formula"),
    "definition.day": ("计入日期", "Counted on"),
    "definition.caveats": ("说明", "Note"),
    "definition.red": ("红线", "Red line"),
    "definition.target": ("目标", "Target"),
    "definition.stretch": ("挑战值", "Stretch"),
    "definition.now": ("现值", "Now"),
    "definition.go": ("在总览中看这个指标", "Show this KPI in the overview"),
    "definition.headline": ("核心", "headline"),
    "definition.weight": ("权重 {n}", "weight {n}"),
    "definition.feeds": ("来源", "Feeds"),
    "definition.ledger": ("交付台账", "delivery ledger"),
    "definition.owner": ("负责", "Owner"),
    "definition.version": ("口径版本", "Version"),
    "definition.limits": (
        "红线 {red} · 目标 {target} · 挑战值 {stretch}",
        "Red line {red} · target {target} · stretch {stretch}",
    ),
    "definition.tail": ("{kind} · 口径版本 {version}", "{kind} · version {version}"),
    "definition.note": (
        "率先合计分子与分母再相除，从不对率取平均；分母为 0 时无数值，不记 0 也不记 100。",
        (
            "Rates are sums divided by sums, never averages of rates; "
            "without a denominator there is no value, neither 0 nor 100."
        ),
    ),
    "kind.flow": ("流量：期内合计", "flow: summed over the period"),
    "kind.stock": ("存量：取期末日", "stock: on the last day"),
    "kind.window": ("窗口：取期末日的滚动值", "window: rolling, on the last day"),
    "direction.up": ("越高越好", "higher is better"),
    "direction.down": ("越低越好", "lower is better"),
    "direction.band": ("区间为好", "best within a band"),
    "direction.none": ("只展示，不评价", "shown, never judged"),
    # data quality
    "glance.as_of": ("数据截至", "Data to"),
    "glance.behind": ("比应有的日期晚 {days} 天", "{days} d behind"),
    "glance.built": ("最近发布", "Last build"),
    "glance.generation": ("版本 {generation}", "generation {generation}"),
    "glance.arrived": ("最新业务日到达", "Arrived, newest day"),
    "glance.connected": ("已接入 {n}", "{n} connected"),
    "glance.unconnected": ("未接入 {n} 个，不算缺报", "{n} not connected, not counted as missing"),
    "glance.rows": ("近30日收到行数", "Rows in 30 days"),
    "glance.refused": ("拒收 {n}", "{n} rejected"),
    "glance.accepted": ("合格 {share}", "{share} accepted"),
    "glance.no_rows": ("还没有收到", "nothing received yet"),
    "glance.accounts": ("行数核对", "Accounting"),
    "glance.balanced": ("账平", "balanced"),
    "glance.unbalanced": ("{n} 个文件不平", "files off: {n}"),
    "glance.files": ("核对 {n} 个文件", "files checked: {n}"),
    "glance.held": ("挂起的文件", "Files held"),
    "glance.held_none": ("近30日没有", "none in 30 days"),
    "glance.held_some": ("前一日数据继续有效", "the day before stays in force"),
    "arrival.title": (
        "近30日已接入来源：缺报 {missing} 次，挂起 {held} 次，迟到 {late} 次",
        "Connected feeds, 30 days: {missing} missing, {held} held, {late} late",
    ),
    "arrival.title_all": (
        "已接入的 {n} 个来源近30日全部按时到达",
        "Every connected feed ({n}) arrived on time for 30 days",
    ),
    "arrival.title_none": ("还没有来源接入", "No feed is connected yet"),
    "arrival.none_why": ("第一个文件到达后，这里按日显示。", "After the first file arrives, each day is shown here."),
    "arrival.subtitle": ("来源 × 业务日，{span} · 已接入 {n} 个来源", "Feed × business date, {span} · connected: {n}"),
    "arrival.note": (
        (
            "每格一个来源的一个业务日。迟到：约定时刻之后才有被接受的文件。更正：后来的文件替换了先到的。挂起：文"
            "件无法使用，前一日继续有效。缺报：没有文件。从未交付的平台列在下面，不算缺报。"
        ),
        "A cell is a feed's business date. Late: nothing accepted by the agreed hour. Corrected: a later "
        "file replaced an earlier one. Held: unusable, the day before stays in force. Missing: no file. "
        "Platforms that never delivered are listed below and not counted as missing.",
    ),
    "arrival.loaded": ("按时", "on time"),
    "arrival.late": ("迟到", "late"),
    "arrival.corrected": ("更正", "corrected"),
    "arrival.duplicate": ("重复送达", "sent twice"),
    "arrival.held": ("挂起", "held"),
    "arrival.missing": ("缺报", "missing"),
    "arrival.before": ("数据开始之前", "before the first data"),
    "arrival.hint": ("{rows} 行，{at} 收到", "{rows} rows, received {at}"),
    "arrival.month": ("{n}月", "{n}/"),
    "arrival.unconnected": (
        "未接入：{n} 个来源，接入后自动出现在上面",
        "Not connected: {n} feeds; they appear above once they deliver",
    ),
    "row.counted": ("计数", "Counted"),
    "row.loaded": ("入库", "Loaded"),
    "row.rejected": ("拒收", "Rejected"),
    "row.duplicate": ("重复", "Duplicate"),
    "row.superseded": ("被替代", "Superseded"),
    "state.loaded": ("在用", "in force"),
    "state.superseded": ("已被更正", "superseded"),
    "state.duplicate": ("重复", "duplicate"),
    "state.held": ("挂起", "held"),
    "state.rejected": ("无主文件", "no feed's file"),
    "account.title": ("{files} 个文件，每行都有去处", "Every row of {files} files accounted for"),
    "account.title_wrong": ("{n} 个文件行数对不上", "Files that do not add up: {n}"),
    "account.title_none": ("还没有文件可核对", "No file to check yet"),
    "account.subtitle": (
        "计数 = 入库 + 拒收 + 重复 + 被替代，{span}，单位：行",
        "Counted = loaded + rejected + duplicate + superseded, {span}, rows",
    ),
    "account.note": (
        "“计数”由不看内容的独立计数得出，逐个文件核对。挂起和重复的文件计 0 行。",
        (
            "“Counted” comes from a count that knows nothing of the parsing; "
            "every file is checked. Held and repeated files count 0 rows."
        ),
    ),
    "account.check": ("核对", "Check"),
    "account.right": ("相符", "adds up"),
    "account.wrong": ("{n} 个不符", "{n} off"),
    "reject.title": ("拒收 {n} 行，最多的原因：{reason}", "Rows rejected: {n}, mostly {reason}"),
    "reject.title_none": ("近30日没有拒收的行", "No row was rejected in 30 days"),
    "reject.none_why": ("每一行都通过了检查。", "Every row passed its checks."),
    "reject.subtitle": ("按原因，{span}；一行可有几个原因", "By reason, {span}; a row may have several"),
    "reject.note": (
        "原始内容中的个人信息已打码；“看数据”里是逐行清单。",
        "Personal data are masked; “Data” lists every row.",
    ),
    "reject.example": ("最近一例的文件", "Newest example, file"),
    "reject.raw": ("原始内容", "Raw row"),
    "unusable.title": ("{n} 个文件挂起", "Files held: {n}"),
    "unusable.title_foreign": ("{n} 个文件不属于任何来源", "Files of no feed: {n}"),
    "unusable.title_none": ("近30日没有无法使用的文件", "No unusable file in 30 days"),
    "unusable.none_why": ("收到的文件都能读取。", "Every file received could be read."),
    "unusable.subtitle": ("挂起的与无主的文件，{span}", "Held files and files of no feed, {span}"),
    "unusable.note": (
        "挂起：不能解码、残缺、缺必填列或没有表头，一行也不入库，前一日继续有效。",
        (
            "Held: cannot be decoded, cut off, a required column or the header "
            "missing; no row is loaded and the day before stays in force."
        ),
    ),
    "watch.title": ("秒结率 {value}，未达目标", "Closed within 10 minutes: {value}, beyond target"),
    "watch.title_ok": ("秒结率 {value}，在目标之内", "Closed within 10 minutes: {value}, within target"),
    "watch.title_none": ("还不能判断数据是否被做出来", "Not enough to judge how the data are made"),
    "watch.subtitle": ("看守数据的指标，全区，{span}", "KPIs that watch the data, district, {span}"),
    "watch.unconnected": (
        "按合同全部来源计，其中 {n} 个未接入",
        "counts every feed of the contracts; {n} are not connected",
    ),
    "watch.note": (
        "秒结：上报后 10 分钟内结案，多了说明先办后报或应付。剔除率：经批准不计入考核的事件。",
        (
            "Closed within 10 minutes of being reported: too many of these are "
            "made for the record. Excluded: taken out of assessment with approval."
        ),
    ),
    # states without data
    "empty.title": ("仓库已建好，还没有数据", "The warehouse is ready and has no data yet"),
    "empty.text": (
        "收到第一批文件后，这里显示全区的情况。没有数据不等于零，所以现在什么都不算。",
        "The district appears here after the first files. No data is not zero, so nothing is counted yet.",
    ),
    "empty.step1": ("各平台把每日文件放进收件目录", "The platforms drop their daily files into the inbox"),
    "empty.step2": ("运行 sihe run，或等待每晚的任务", "Run sihe run, or wait for the nightly job"),
    "empty.step3": ("发布完成后本页自动更新", "This page follows as soon as it is published"),
    "unpublished.title": ("还没有发布过数据", "Nothing has been published yet"),
    "unpublished.text": ("发布目录里还没有任何版本。", "The publication folder holds no generation yet."),
    "unpublished.step1": ("把导出的文件放进收件目录", "Put the exports into the inbox"),
    "unpublished.step2": (
        "运行 sihe run；想先看看样子，运行 sihe demo",
        "Run sihe run; to see how it looks first, run sihe demo",
    ),
    "unpublished.step3": ("发布完成后本页自动更新", "This page follows as soon as it is published"),
    "damaged.title": ("发布的数据暂时无法读取", "The published data cannot be read at the moment"),
    "damaged.text": (
        "指针指向的版本不可读，也没有更早的版本可用。",
        "The generation that the pointer names is unreadable, and there is no older one.",
    ),
    "damaged.step1": ("运行 sihe doctor 查看原因", "Run sihe doctor to see why"),
    "damaged.step2": ("运行 sihe run 重新发布", "Run sihe run to publish again"),
    "damaged.step3": ("发布完成后本页自动更新", "This page follows as soon as it is published"),
    "failed.title": ("这一页暂时显示不了", "This page cannot be shown at the moment"),
    "failed.text": (
        "数据版本 {generation} 与页面不符或已损坏；原因已写入日志。其他页面不受影响。",
        (
            "Generation {generation} does not fit this page or is damaged; "
            "the cause is in the log. Other pages are not affected."
        ),
    ),
    # pages of one subject
    "say.start_plain": ("{period}{area}", "{period}, {area}: "),
    "stat.open": ("{name}：看口径和依据", "{name}: its definition and what it stands on"),
    "ledger.more": ("显示前 {shown} 行，共 {rows} 行；“看数据”得全部", "First {shown} of {rows} rows; “Data” has all"),
    "place.more": ("另有 {n} 个，见“看数据”", "{n} more under “Data”"),
    "lacking.some": (
        "还没有接入：{feeds}。与之有关的数字不显示，也不以零计。",
        "Not connected yet: {feeds}. Their numbers are not shown, and not counted as zero.",
    ),
    "lacking.title": ("这一页的来源还没有接入", "The feeds of this page are not connected yet"),
    "lacking.all": (
        "等待：{feeds}。第一个文件到达后自动显示，不以零计。",
        "Waits for: {feeds}. It appears by itself once the first file arrives; nothing is counted as zero.",
    ),
    # events: the page
    "events.say_none": ("没有上报、也没有在办的事件", "nothing was reported and nothing is open"),
    "events.say_reported": ("上报 ", "reported "),
    "events.say_closed": ("{share}已结案", "{share} of them closed"),
    "events.say_open": ("在办", "open now"),
    "events.say_longest": ("最久已超 {days} 天", "the longest by {days} days"),
    "events.one_grid": ("只看网格 {grid} 的事件。", "Only events of grid {grid}."),
    "events.all_grids": ("看{name}全部", "All of {name}"),
    "events.reached": ("到过这一步", "Came this far"),
    "events.waiting": ("停在这一步", "Waiting here"),
    "events.waiting_late": ("停在这一步且超期", "Waiting and overdue"),
    "events.passed": ("已走到下一步", "Went on"),
    "events.median": ("停留中位小时", "Median hours"),
    "events.median_short": ("中位", "median"),
    "events.slow": ("停留90分位小时", "90th percentile, hours"),
    "events.unfilled": ("来源没有填写：{names}", "Not filled in by the source: {names}"),
    "events.funnel_subtitle": (
        "{span}上报的事件走到哪一步、每步停多久，单位：件",
        "Events reported {span}: how far, and how long in each step",
    ),
    "events.funnel_note": (
        (
            "只计可考核事件。每条：已走到下一步、还停在这一步、停在这一步且已超期。中位是离开这一步的事件停留时间"
            "的中位数。核查只在返工时有记录，所以不作为一步画出，在“看数据”里。"
        ),
        (
            "Countable events only. Each bar: went on, still waits here, waits here and is overdue. The median "
            "is of the time that events stayed which have left the step. A check is recorded only after rework, "
            "so it is no bar of its own; “Data” has it."
        ),
    ),
    "events.age_none": ("没有在办事件", "No event is open"),
    "events.age_old": ("{n} 件在办超过 15 天，最久 {days} 天", "{n} open for more than 15 days, the oldest {days}"),
    "events.age_fine": ("{n} 件在办，最久 {days} 天", "{n} open, the oldest for {days} days"),
    "events.age": ("在办时长", "Age"),
    "events.age_subtitle": ("{day}在办事件按上报以来的天数，单位：件", "Open on {day}, by days since the report"),
    "events.age_note": (
        "截至数据日仍未结案的可考核事件，按上报到数据日的天数分组；红色为已过处置时限的。",
        "Countable events open on the day of data, by whole days since the report; red: past their limit.",
    ),
    "events.days_at_most": ("最长天数", "Days at most"),
    "events.in_time": ("未超期", "in time"),
    "events.at_levels": ("现在所在层级", "Where they are now"),
    "age.0": ("1天内", "to 1 day"),
    "age.1": ("2–3天", "2–3 days"),
    "age.2": ("4–7天", "4–7 days"),
    "age.3": ("8–15天", "8–15 days"),
    "age.4": ("16–30天", "16–30 days"),
    "age.5": ("30天以上", "over 30 days"),
    "events.held_late": (
        "{name}手里超期最多：{n} 件，最久 {days} 天",
        "{name} holds most overdue: {n}, up to {days} days",
    ),
    "events.held_fine": ("在办事件在 {n} 个单位手里，没有超期", "{n} units hold open events, none overdue"),
    "events.held_subtitle": ("{day}在办事件现在由谁承办，{n} 个单位", "Who holds the events open on {day}: {n} units"),
    "events.held_note": (
        (
            "承办单位取最近一次签收、受理或处置的单位；派遣、退回后取责任单位；没有流转记录的取责任单位。已停是在"
            "现阶段停留时间的中位数。"
        ),
        (
            "The unit that took the event in last; after a dispatch or a return the responsible department, and "
            "so where no movement is recorded. Waited is the median time in the present step."
        ),
    ),
    "events.held_by": ("承办单位", "Held by"),
    "events.nobody": ("未记录", "not recorded"),
    "events.open": ("在办", "Open"),
    "events.longest": ("最久超", "Longest"),
    "events.median_wait": ("已停（中位）", "Waited (median)"),
    "events.of_level": ("其中{level}层级", "of these, {level}"),
    "events.overdue_title": ("{n} 件超期未结，最久已超 {days} 天", "{n} overdue and open, the longest by {days} days"),
    "events.overdue_subtitle": (
        "截至{day}，超得最久的在前 · 点一行看流转",
        "To {day}, longest first · a row opens its way",
    ),
    "events.overdue_note": (
        "可考核、已过处置时限、仍未结案的事件。",
        "Countable events past their limit and not closed.",
    ),
    "events.days_over": ("已超", "Over by"),
    "events.after": ("停在{stage}", "after {stage}"),
    "events.spot": ("点位", "Spot"),
    "events.spot_title": ("{grid}“{what}”90 天 {n} 起", "{grid}: “{what}” {n} times in 90 days"),
    "events.spot_none": ("90 天内没有反复点位", "No trouble came back in 90 days"),
    "events.spot_none_why": (
        "同一网格同一小类 90 天内 3 起以上才列出；来源没有填写网格的事件无法判断。",
        ("Listed are grids with three or more of one subcategory in 90 days; events without a grid cannot be told."),
    ),
    "events.spot_subtitle": (
        "反复点位：同一网格同一小类，90 天内 3 起以上，共 {n} 处，{open} 处还有未结的",
        "Same grid, same subcategory, three or more in 90 days: {n} spots, {open} with some still open",
    ),
    "events.spot_note": (
        "只计可考核事件，截至数据日的 90 天。“结案后又发”是结案以后又有人报的次数。点一行看最近一件的流转。",
        (
            "Countable events of the 90 days to the day of data. “Back” counts closings after which another was "
            "reported. A row opens the newest event."
        ),
    ),
    "events.times": ("起数", "Times"),
    "events.first": ("最早上报", "First"),
    "events.last": ("最近上报", "Newest"),
    "events.closed_count": ("已结案", "Closed"),
    "events.back_count": ("结案后又发", "Back"),
    "events.until_back": ("多久又发（中位）", "Back after (median)"),
    "events.is_open": ("有未结案的", "Some open"),
    "events.newest_event": ("最近一件", "Newest event"),
    "events.now": ("现状", "Now"),
    "events.still_open": ("还有未结", "some open"),
    "events.all_closed": ("均已结案", "all closed"),
    "event.grid": ("网格", "Grid"),
    "event.original_due": ("原处置时限", "First limit"),
    "event.rework": ("返工次数", "Reworked"),
    "event.follow_up": ("回访", "Follow-up"),
    "follow_up.satisfied": ("满意", "satisfied"),
    "follow_up.fairly_satisfied": ("基本满意", "fairly satisfied"),
    "follow_up.dissatisfied": ("不满意", "dissatisfied"),
    "follow_up.none": ("未回访", "none"),
    "event_stage.reported": ("上报", "reported"),
    "event_stage.accepted": ("受理", "accepted"),
    "event_stage.dispatched": ("派遣", "dispatched"),
    "event_stage.resolved": ("处置完成", "resolved"),
    "event_stage.verified": ("核查", "verified"),
    "event_stage.closed": ("结案", "closed"),
    "action.report": ("上报", "report"),
    "action.acknowledge": ("签收", "acknowledge"),
    "action.accept": ("受理", "accept"),
    "action.dispatch": ("派遣", "dispatch"),
    "action.handle": ("处置", "handle"),
    "action.escalate": ("升级", "escalate"),
    "action.delegate": ("下派", "delegate"),
    "action.return": ("退回", "return"),
    "action.extend": ("延期", "extend"),
    "action.verify": ("核查", "verify"),
    "action.close": ("结案", "close"),
    "action.void": ("作废", "void"),
    "tied.report": ("随手拍", "snap report"),
    "tied.visit": ("走访", "visit"),
    "tied.call": ("12345工单", "12345 order"),
    # one event's way
    "way.title_on_time": ("“{name}”{taken}办结，按期", "“{name}” closed in {taken}, on time"),
    "way.title_closed_late": ("“{name}”{taken}办结，超期", "“{name}” closed in {taken}, late"),
    "way.title_closed": ("“{name}”{taken}办结", "“{name}” closed in {taken}"),
    "way.title_open": ("“{name}”在办 {taken}，未超期", "“{name}” open for {taken}, within its limit"),
    "way.title_late": ("“{name}”在办 {taken}，已超期", "“{name}” open for {taken}, overdue"),
    "way.title_void": ("“{name}”已作废", "“{name}” was made void"),
    "way.title_levels": ("，经过 {n} 级", ", over {n} levels"),
    "way.subtitle": (
        "事件 {event} · {community} · 三级流转",
        "Event {event} · {community} · its way over three levels",
    ),
    "way.note": (
        (
            "横轴是时间，三行是社区、街道、区三级。斜纹是升级以后还没有人签收的时间；圆圈里是每一次流转；红虚线是"
            "处置时限。没有流转记录的事件画在它自己的办理层级上。"
        ),
        (
            "Time runs to the right, a lane a level. Hatched: handed over and not yet taken in. A mark is a "
            "movement; the red dashed line is the limit. An event without movements lies on its own level."
        ),
    ),
    "way.held": ("在这一级", "held"),
    "way.waits": ("等待签收", "waits to be taken in"),
    "way.limit": ("处置时限 {at}", "limit {at}"),
    "way.not_here": ("没有到这一级", "never here"),
    "way.waited": ("等待签收 {duration}", "waited {duration} to be taken in"),
    "way.close": ("收起这件事件", "Close this event"),
    "way.unknown": ("没有编号为 {event} 的事件。", "There is no event {event}."),
    "way.step": ("序号", "Step"),
    "way.action": ("流转", "Movement"),
    "way.from": ("从", "From"),
    "way.to": ("到", "To"),
    "way.unit": ("单位", "Unit"),
    "way.at": ("时间", "At"),
    "way.since": ("距上一步", "After"),
    "way.movements": ("{n} 次流转，每次对应导出文件的一行", "{n} movements, each a line of an export"),
    "way.no_flow": ("没有流转记录", "No movements are recorded"),
    "way.no_flow_why": (
        "流转来源还没有接入，或没有这件事件的记录。",
        "The feed of movements is not connected, or has none of this event.",
    ),
    "way.late_acknowledged": ("4 小时内未签收", "not taken in within 4 h"),
    "way.stages": ("每一步停留多久，在哪一级", "How long in each step, on which level"),
    "way.here": ("还在这一步", "still here"),
    "way.row": ("第 {n} 行", "row {n}"),
    "way.tied": ("由它们转来（{n}）", "It came from ({n})"),
    "way.same": ("同一网格同一小类的其他事件（{n}）", "Others of the kind in the same grid ({n})"),
    "way.origin": ("这件事件的现行记录：{file} 第 {row} 行", "Its current record: {file}, row {row}"),
    "way.excluded": ("经批准剔除，不计入考核", "taken out of assessment with approval"),
    "way.extended": ("时限延过，原为 {at}", "limit moved, first {at}"),
    "way.repeat": ("30 日内同点位重复", "repeats within 30 days"),
    "way.recurring": ("结案后 30 日内复发", "came back within 30 days"),
    # what a number stands on
    "evidence.title": ("“{name}”{value}，由 {rows} 行支撑", "“{name}” {value} stands on {rows} rows"),
    "evidence.none": ("“{name}”在这里没有可列的记录", "“{name}”: no rows to list here"),
    "evidence.subtitle": (
        "这个数的依据：{area}，{span} · 口径版本 {version}",
        "What the number stands on: {area}, {span} · definition {version}",
    ),
    "evidence.note": (
        (
            "每一行都追到导出文件和行号；逐行的分子、分母相加就是显示的数。没有计入分子的排在前面。只起支撑作用的"
            "行（例如网格已被排查的那次排查）不增加数量。最多列出 {most} 行。"
        ),
        (
            "Every row is traced to its file and line; their numerators and denominators sum to the number. What "
            "is not in the numerator comes first. A row that only makes another one count adds nothing. At most "
            "{most} rows are listed."
        ),
    ),
    "evidence.day": ("计入日期", "Counted on"),
    "evidence.key": ("记录编号", "Record"),
    "evidence.met": ("计入", "Counts in"),
    "evidence.both": ("分子和分母", "both parts"),
    "evidence.below": ("只在分母", "denominator only"),
    "evidence.above": ("分子", "numerator"),
    "evidence.support": ("支撑", "support"),
    "evidence.more": ("列出 {shown} 行，共 {rows} 行", "{shown} of {rows} rows"),
    "trust.never": ("从未交付", "never delivered"),
    "trust.behind": ("最新到{day}，沿用", "newest {day}, carried on"),
    "trust.fresh": ("最新到{day}", "newest {day}"),
    "trust.rows": ("期内入库 {loaded} 行、拒收 {rejected} 行", "rows loaded {loaded}, rejected {rejected}"),
    "trust.held": ("挂起 {n} 个文件", "files held: {n}"),
    "trust.checks": ("{n} 项检查通过", "checks passed: {n}"),
    "trust.checks_bad": ("{n} 项检查有提示", "checks to look at: {n}"),
    "trust.behind_rows": ("支撑 {n} 行", "{n} rows behind the number"),
    "trust.sums": ("逐行相加", "Rows summed"),
    "trust.sum": ("分子 {numerator}，分母 {denominator}", "numerator {numerator}, denominator {denominator}"),
    "trust.sum_count": ("合计 {numerator}", "{numerator} in all"),
    "trust.adds_up": ("与显示的数一致", "as shown"),
    "trust.does_not_add_up": ("与显示的数不一致", "not as shown"),
    "definition.basis": ("看依据", "What it stands on"),
    # visits
    "visits.say_none": ("没有走访记录", "no visit was recorded"),
    "visits.say_visits": ("走访 ", "visits "),
    "visits.times": ("{n} 户次", "{n}"),
    "visits.say_valid": ("有效 {share}", "{share} valid"),
    "visits.say_coverage": ("半年覆盖率", "coverage of half a year"),
    "visits.say_care": ("重点户 {n} 户，", "care households {n}, "),
    "visits.say_late": ("{n} 户没有按期走访", "{n} not visited on schedule"),
    "visits.coverage_title": (
        "{worst}覆盖最低 {low}，{best}最高 {high}",
        "{worst} covers least, {low}; {best} most, {high}",
    ),
    "visits.coverage_plain": ("{name}", "{name}"),
    "visits.coverage_subtitle": (
        "截至{day}的 180 天内有过有效走访的户 ÷ 总户数 · 低的在前 · 点一行下钻",
        "Households with a valid visit in the 180 days to {day} · lowest first · a row drills down",
    ),
    "visits.visited": ("走访户数", "Households visited"),
    "visits.households": ("总户数", "Households"),
    "visits.left": ("还差户数", "Left to visit"),
    "visits.needs_none": ("走访没有发现问题", "No visit found a need"),
    "visits.needs_title": (
        "走访发现 {n} 次，{share}转办，{open} 件未结",
        "{n} visits found a need: {share} handed over, {open} still open",
    ),
    "visits.needs_subtitle": ("从发现到解决，{span}的走访，单位：次", "From found to solved, visits of {span}"),
    "visits.needs_note": (
        (
            "一次走访发现了问题就算一次。转办：记了事件编号。7 日受理、15 日办结按走访开始时间算。最近的走访还没"
            "有到期，所以比率比期满后低。"
        ),
        (
            "A visit that found problems counts once. Handed over: it names an event. Accepted within 7 and "
            "closed within 15 days count from the visit's start. The newest visits have time left, so shares are "
            "lower than they will be."
        ),
    ),
    "visits.needs_foot": (
        "转办后超期未结 {overdue} 件；指挥中心查不到的编号 {unknown} 个",
        "Overdue after handing over: {overdue}; numbers the command centre does not have: {unknown}",
    ),
    "visits.of_found": ("占发现（%）", "Of found (%)"),
    "need.found": ("发现问题", "found"),
    "need.handed_over": ("转办", "handed over"),
    "need.actioned_7d": ("7日受理", "accepted in 7 d"),
    "need.resolved_15d": ("15日办结", "closed in 15 d"),
    "need.closed": ("已结案", "closed by now"),
    "need.unknown": ("编号查不到", "number unknown"),
    "need.still_open": ("未结", "still open"),
    "need.overdue": ("超期未结", "overdue and open"),
    "visits.type": ("走访类型", "Kind"),
    "visits.type_title": ("{share}的走访不算有效", "{share} of the visits do not count"),
    "visits.type_subtitle": ("按走访类型，{span}，单位：户次", "By kind of visit, {span}"),
    "visits.type_note": (
        "有效：在现场、有结束时间、至少 3 分钟。次数只展示，从不按多少打分。",
        "Valid: on site, ended, at least 3 minutes. Numbers of visits are shown and never scored.",
    ),
    "visits.count": ("次数", "Visits"),
    "visits.valid": ("有效", "valid"),
    "visits.off_site": ("不在现场", "not on site"),
    "visits.too_short": ("不足3分钟或没有结束", "under 3 minutes or not ended"),
    "visits.with_problems": ("发现问题", "With problems"),
    "visits.found_short": ("发现 {n}", "found {n}"),
    "visits.workers": ("走访人数", "Workers"),
    "visit_type.routine": ("日常走访", "routine"),
    "visit_type.care": ("重点走访", "care"),
    "visit_type.policy_publicity": ("政策宣传", "policy news"),
    "visit_type.sentiment": ("民情收集", "sentiment"),
    "visit_type.party_member_link": ("党员联心", "party members"),
    "visits.care_none": ("没有登记满一个周期的重点户", "No care household is due yet"),
    "visits.care_title": (
        "{n} 户没有按期走访，{kind}缺得最多（{share}）",
        "{n} not visited on schedule; worst: {kind} ({share})",
    ),
    "visits.care_fine": ("{n} 户重点户全部按期走访", "All {n} care households visited on schedule"),
    "visits.care_subtitle": (
        "重点户，截至{day}；不显示姓名和住址 · 点一行看所在社区",
        "Care households on {day}; no names, no addresses · a row opens the community",
    ),
    "visits.care_note": (
        (
            "登记满一个走访周期的重点户，最近一个周期内有过一次有效走访（任何人、任何类型）即为按期。从未走访：数"
            "据里没有有效走访。"
        ),
        (
            "Care households registered for at least one interval; on schedule: a valid visit, by anyone and of "
            "any kind, in the newest interval. Never: no valid visit in the data."
        ),
    ),
    "visits.on_schedule": ("按期", "on schedule"),
    "visits.not_on_schedule": ("未按期", "not on schedule"),
    "visits.care_count": ("{done}/{all} 户", "{done}/{all}"),
    "visits.care_kind": ("类别", "Kind"),
    "visits.every": ("周期（天）", "Every (days)"),
    "visits.registered": ("登记日", "Registered"),
    "visits.last_visit": ("最近有效走访", "Newest valid visit"),
    "visits.days_since": ("距今天数", "Days since"),
    "visits.over": ("已超", "Over by"),
    "visits.never": ("从未", "never"),
    "visits.no_visit": ("数据中没有", "none in the data"),
    "grid.number": ("第{n}网格", "grid {n}"),
    "care.elderly_living_alone": ("独居老人", "elderly alone"),
    "care.disabled": ("残疾人", "disabled"),
    "care.child_in_need": ("困境儿童", "children in need"),
    "care.hardship": ("困难家庭", "hardship"),
    "care.other": ("其他", "other"),
    "visits.trend_title": ("走访覆盖率 12 周从 {first} 到 {last}", "Coverage went from {first} to {last} in 12 weeks"),
    "visits.trend_note": (
        (
            "每点是那一周最后一天的滚动值：走访覆盖看 180 天，政策触达看 90 天。数据开始不久时窗口还没有满，曲线"
            "会自然上升。"
        ),
        (
            "A point is the rolling value on the last day of its week: 180 days for coverage, 90 for policy "
            "news. Soon after the first data the window is not full yet, and the line rises by itself."
        ),
    ),
    "visits.policy_title": ("“{topic}”送到 {n} 户，最多", "“{topic}” reached most households: {n}"),
    "visits.policy_none": ("没有政策宣传走访", "No visit brought policy news"),
    "visits.policy_subtitle": ("政策宣传走访的主题，{span}，单位：户", "Topics of policy visits, {span}, households"),
    "visits.topic": ("主题", "Topic"),
    "visits.household_count": ("{n} 户", "{n}"),
    "visits.heard_title": ("百姓反映最多的是{name}，占 {share}", "{name} is raised most: {share}"),
    "visits.heard_none": ("本期没有听到反映", "Nothing was raised in this period"),
    "visits.heard_subtitle": (
        "走访、随手拍、12345 转成的事件，按大类，{span}，单位：件",
        "Events from visits, snap reports and 12345, by category, {span}",
    ),
    "visits.heard_note": (
        "只计可考核事件。▲▼ 是比对比期多或少的件数；件数多少不评好坏。",
        "Countable events. ▲▼: more or fewer than in the days compared with; volumes are not judged.",
    ),
    "visits.all_ways": ("三个渠道合计", "All three"),
    "visits.rising_title": ("“{name}”升得最多：{before}→{now} 件", "“{name}” rose most: {before}→{now}"),
    "visits.most_title": ("“{name}”最多，{n} 件", "“{name}” leads with {n}"),
    "visits.subjects_subtitle": ("反映的具体问题，{span}，多的在前", "What is raised, {span}, most first"),
    "visits.subjects_note": (
        "走访、随手拍、12345 转成的可考核事件，按小类。",
        "Countable events from visits, snap reports and 12345, by subcategory.",
    ),
    "visits.change": ("增减", "Change"),
    "visits.still_open": ("未结", "Open"),
}


@dataclass(frozen=True)
class Speaker:
    """Says a word in one language: `t("page.overview")`."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        text = WORDS[key][self.lang == "en"]
        return text.format(**fields) if fields else text

    def join(self, names: Iterable[str]) -> str:
        return self("list").join(names)
