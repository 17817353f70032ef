"""Words of 总览, the overview, and of the wall that shows its panels."""

WORDS: dict[str, tuple[str, str]] = {
    "filter.unit": ("排名单位", "Ranking unit"),
    # the finding
    "say.start": ("{period}{area}{name}", "{period}, {area}: {name}"),
    "say.start_again": ("{period}{name}", "{period}: {name}"),
    "say.start_same": ("{name}", "{name}"),
    "say.n": ("（n={n}）", " (n={n})"),
    "say.flat": ("{label}持平", "{label} unchanged"),
    "say.target": ("（目标 {value}）", " ({value})"),
    "say.nothing.no_data": ("暂无数据", "no data yet"),
    "say.nothing.not_applicable": ("本期没有到期的事件", "no event fell due"),
    "say.nothing.hidden": ("样本不足（n={n}），不显示", "too few cases (n={n}), hidden"),
    "say.nothing.ok": ("", ""),
    "say.nothing.few": ("", ""),
    "say.nothing.warming": ("", ""),
    # cards
    "card.choose": ("在下方各图中看这个指标", "Show this KPI in the panels below"),
    "card.no_data": ("数据未接入", "Not connected yet"),
    "card.more": ("等 {n} 个来源", " and others, {n} in all"),
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
    "score.moved": ("30天来", "In 30 days"),
    "score.still": ("{days}天来各指标得分几乎没有变化", "No KPI's score moved in {days} days"),
    "score.cancelled": ("30天来持平：", "Unchanged in 30 days: "),
    "say.profile": ("社区档案 ›", "Profile ›"),
    "say.points": ("站点 ›", "Service points ›"),
    # ranking
    "rank.change.prev": ("比上期", "Change"),
    "rank.change.year": ("比同期", "Change"),
    "rank.no": ("位次", "No."),
    "rank.band": ("与全区比", "vs district"),
    "rank.interval": ("90% 区间", "90% interval"),
    "rank.district": ("全区 {value}", "district {value}"),
    "rank.between": ("… 中间 {n} 个与全区相当，略 …", "… {n} in between, level with the district …"),
    "rank.between_plain": ("… 中间 {n} 个，略 …", "… {n} in between …"),
    "rank.between_unlike": (
        "… 另有 {unlike}，其余 {n} 个相当 …",
        "… in between: {unlike}, {n} level …",
    ),
    "rank.between.better": ("{n} 个明显优于", "{n} clearly better"),
    "rank.between.worse": ("{n} 个明显落后", "{n} clearly behind"),
    "rank.all": ("全部显示", "Show all"),
    "rank.ends": ("只看两端", "Show the ends only"),
    "rank.hidden": ("另有 {n} 个样本不足（n＜5），不参与比较", "Too few cases (n<5), not compared: {n}"),
    "rank.smoothed_hint": ("按平滑值 {value} 排列", "ranked by the smoothed value {value}"),
    "rank.no_interval": ("只有一条记录，没有区间", "one row, without interval"),
    "rank.exact": ("全数，不是样本，没有区间", "all there is, not a sample: without interval"),
    "rank.interval_hint": ("90% 区间 {low}–{high}", "90% interval {low}–{high}"),
    "rank.nothing": ("本期没有可比较的社区", "Nothing to compare in this period"),
    "rank.nothing_why": (
        "样本不足的有 {n} 个；换一个指标，或看更长的时间。",
        "Too few cases: {n}. Choose another KPI or a longer period.",
    ),
    "rank.subtitle": ("{name}，{span} · 点一行下钻", "{name}, {span} · click a row"),
    "rank.title_nothing": ("{name}：样本不足，暂不比较", "{name}: too few cases to compare"),
    "rank.title_one": ("{name} {value}", "{name} {value}"),
    "rank.title_own": ("{name} {value}，{band}", "{name} {value}, {band}"),
    "rank.title_own_plain": ("{name} {value}", "{name} {value}"),
    "rank.title_both": (
        "{worse} 个明显落后于全区，{better} 个明显优于",
        "{worse} clearly behind, {better} clearly ahead",
    ),
    "rank.title_worse": ("{n} 个明显落后于全区：{worse}", "{n} clearly behind the district: {worse}"),
    "rank.title_better": (
        "{n} 个明显优于全区，没有明显落后的",
        "{n} clearly ahead of the district, none clearly behind",
    ),
    "rank.title_same": ("{n} 个与全区相当，差别在偶然范围之内", "All {n} level with the district: no more than chance"),
    "rank.title_ends": ("{best}最好，{last}最后", "Best: {best}; last: {last}"),
    "rank.title_same_value": ("全部相同：{all}", "All alike: {all}"),
    "rank.tied": ("并列的 {n} 个（{value}）", "{n} together ({value})"),
    "rank.note": (
        (
            "点是数值，线是 90% 区间；虚线是全区。区间整个在全区一侧，才判为“明显”。n＜5 不参与；5–19 为空心点。"
            "率按向全区收缩的平滑值排列，样本少的不会排到两端。存量与窗口指标是全数：没有区间，按原值排列。"
        ),
        "Dots are values, lines 90% intervals; the dashed line is the district. Only an interval that clears it is "
        "called clear. n<5 is left out; 5–19 is a hollow dot. Rates are in the order of their values smoothed towards "
        "the district, so that few cases come at neither end. Stocks and windows count all there is: no interval, and "
        "the order of their values.",
    ),
    "band.own.better": ("明显优于全区", "clearly better than the district"),
    "band.own.same": ("与全区相当", "level with the district"),
    "band.own.worse": ("明显落后于全区", "clearly behind the district"),
    "band.better": ("明显优于", "clearly better"),
    "band.same": ("与全区相当", "level"),
    "band.worse": ("明显落后", "clearly behind"),
    # tiles
    "tile.breach": ("破红线", "red line"),
    "tile.stretch": ("挑战值", "stretch"),
    "tile.own": ("另有目标的地方按自己的目标着色", "places with targets of their own are shaded by these"),
    "tile.overdue_n": ("超期未结 {n} 件", "{n} overdue and open"),
    "tile.open": ("看{name}", "Open {name}"),
    "tile.hint": ("{value}（n={n}）", "{value} (n={n})"),
    "tile.title": ("{of} 个可判断的社区中 {reached} 个达标", "{reached} of {of} judged communities on target"),
    "tile.title_breached": ("，{n} 个破红线", ", {n} beyond the red line"),
    "tile.title_doubted": ("，另有 {n} 个存疑", ", {n} in doubt"),
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
    "attention.more": ("另有 {n} 条", "{n} more"),
    "attention.all": ("全部显示", "Show all"),
    "attention.nothing": ("没有需要特别关注的事项", "Nothing needs special attention"),
    "attention.nothing_why": (
        "各指标未破红线，没有明显变差，数据到齐。",
        "No red line is broken, nothing clearly fell, the data are complete.",
    ),
    "attention.nothing_but": (
        "除下列结构性短板外，各指标未破红线，没有明显变差，数据到齐。",
        "But for the structural shortfalls below no red line is broken, nothing clearly fell, the data are complete.",
    ),
    "attention.title": ("需要关注 {n} 条，没有严重的", "{n} to look at, none severe"),
    "attention.title_severe": ("先处理这 {n} 件严重事项", "{n} severe: look here first"),
    "attention.title_severe_some": (
        "{n} 件严重事项，先处理这 {shown} 件",
        "{n} severe: look at these {shown} first",
    ),
    "attention.title_none": ("本期没有需要特别关注的事项", "Nothing needs attention"),
    "attention.subtitle": (
        "需要关注 · {area} · 共 {n} 条，危重在前",
        "Needs attention · {area} · {n}, by danger, gap and people",
    ),
    "attention.note": (
        (
            "先后按危险程度 × 超出红线的倍数 × 户数（开平方），近30日，不按统计显著与否。一个指标一条，说最要紧的一处；"
            "一处的下级多半破红线时，说这一处。严重：危险程度（见口径）3 级及以上。关注：明显变差、明显落后。"
            "数据：迟到、缺报、文件无法使用。结构性短板是建没建、设没设，一时难改，另列。"
        ),
        "In the order of danger × how far beyond the red line × households (square root), over 30 days, and not of "
        "statistical significance. One item a KPI, at its most pressing place; a place whose parts are mostly beyond "
        "the line stands for them. Severe: a danger of 3 or more (see definitions). Watch: clearly worse, clearly "
        "behind. Data: late, missing, unusable. Structural shortfalls are what was never built or founded.",
    ),
    "attention.at": ("{place}：", "{place}: "),
    "attention.backlog": ("{place}{n} 件超期未结", "{place}{n} overdue and open"),
    "attention.backlog_kind": ("，{n} 件为{kind}", ", {n} of them {kind}"),
    "attention.backlog_days": ("最久已超 {days} 天", "longest {days} day(s) over"),
    "attention.holds": ("{name}承办 {n} 件", "{n} with {name}"),
    "attention.broken": ("{name} {value}", "{name} {value}"),
    "attention.missed": ("{of} {counted}中 {n} {missed}", "{n} of {of} {counted} {missed}"),
    "attention.missed_all": ("{of} {counted}全部{missed}", "all {of} {counted} {missed}"),
    "attention.rows.up": ("{of} 项中 {n} 项未达", "{n} of {of} short"),
    "attention.rows.down": ("{of} 项中占 {n} 项", "{n} of {of}"),
    "attention.households.up": ("{of} 户中 {n} 户未达", "{n} of {of} short"),
    "attention.households.down": ("{of} 户中占 {n} 户", "{n} of {of} households"),
    "attention.for": ("破红线（{red}）已 {days} 天", "red line {red}: {days} d"),
    "attention.always": ("有数据以来一直破红线（{red}）", "beyond the red line {red} on all days there are"),
    "attention.owner": ("{name}负责", "{name}"),
    "attention.places": ("另有 {n} 处同样", "{n} more alike"),
    "attention.structural": ("结构性短板", "Structural"),
    "attention.fell": ("{name}明显变差 {sign}{size}", "{name} clearly worse {sign}{size}"),
    "attention.fell_why": ("{label}：{before} → {now} · n={n}", "{label}: {before} → {now} · n={n}"),
    "attention.behind": ("{n} 个社区明显落后：{names}", "Clearly behind ({n}): {names}"),
    "attention.behind_why": ("{name}最低 {value} · n={n}", "{name}, last {value} · n={n}"),
    "attention.index": ("{name}型得分▼{n} 分", "{name}: score ▼{n}"),
    "attention.index_why": (
        "30天来：{before} → {now} · 主要是{name}▼{n}",
        "In 30 days: {before} → {now} · mostly {name} ▼{n}",
    ),
    "attention.repeat": ("{name}反复发生“{what}”{n} 起", '{name}: "{what}" again and again, {n}'),
    "attention.repeat_why": (
        "近90日，结案后又发 {n} 起 · 反复点位共 {spots} 处",
        "90 days, back after closing: {n} · spots in all: {spots}",
    ),
    "attention.promise": ("逾期未兑现的承诺 {n} 项", "Promises past their day: {n}"),
    "attention.promise_why": (
        "最多的是{kind} {n} 项 · 最久逾期 {days} 天",
        "mostly {kind}: {n} · longest {days} d late",
    ),
    "attention.stale": ("数据比应有的日期晚 {n} 天", "Data late by {n} d"),
    "attention.stale_why": ("最新业务日 {day}", "newest business date {day}"),
    "attention.missing": ("{names}最新一日未到", "{names}: newest day missing"),
    "attention.missing_why": ("沿用 {since}的数据", "data of {since} carried on"),
    "attention.sentinel": ("{n} 处数据异常，值得核实", "Patterns in the data to look at: {n}"),
    "attention.sentinel_why": (
        "近30日：{patterns} · 共 {rows} 条，不等于造假",
        "30 days: {patterns} · {rows} row(s), no accusation",
    ),
    "attention.held": ("{n} 个文件无法使用，已挂起", "Unusable files held: {n}"),
    "attention.held_why": ("最近一个是 {day}的数据", "latest one is for {day}"),
    # funnel
    "funnel.nothing_why": ("换一个更长的时间看看。", "Try a longer period."),
    "funnel.subtitle": ("事件流程，{span}上报的事件，单位：件", "Events reported {span}, by how far they got"),
    "funnel.not_filled": ("来源未填写这一步", "not filled in by the source"),
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
    "trend.scores_subtitle": (
        "四型得分（近30日），近12周，虚线为目标 80",
        "Scores of 30 days, twelve weeks; dashed: target 80",
    ),
    "trend.scores_low": ("{names}低于目标", "{names} below target"),
    "trend.scores_all_low": ("四型都在目标 80 分以下", "All four types below the target of 80"),
    "trend.scores_none_low": ("四型都在目标之上", "All four types above target"),
    "trend.scores_above": ("{names}在目标之上", "{names} above target"),
    "trend.scores_falling": ("，{names}走低", ", {names} falling"),
    "trend.scores_rising": ("，{names}走高", ", {names} rising"),
    # panels, tables, downloads
    "column.parent": ("所属", "Belongs to"),
    "column.smoothed": ("平滑值", "Smoothed"),
    "column.low": ("区间下限", "Low 90%"),
    "column.high": ("区间上限", "High 90%"),
    "column.severity": ("程度", "Severity"),
}
