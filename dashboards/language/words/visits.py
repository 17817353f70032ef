"""Words of 走访与民情, visits and what they hear."""

WORDS: dict[str, tuple[str, str]] = {
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
    "visits.left": ("还差户数", "Left to visit"),
    "visits.needs_none": ("走访没有发现问题", "No visit found a need"),
    "visits.needs_title": (
        "走访发现问题 {n} 次，{share}已转办，{open} 件未结",
        "{n} visit(s) found a need: {share} handed over, {open} still open",
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
        "转办后满 15 日未结 {overdue} 件；指挥中心查不到的编号 {unknown} 个",
        "Handed over and open after 15 days: {overdue}; numbers the command centre does not have: {unknown}",
    ),
    "visits.of_found": ("占发现（%）", "Of found (%)"),
    "need.found": ("发现问题", "found"),
    "need.handed_over": ("转办", "handed over"),
    "need.actioned_7d": ("7日受理", "accepted in 7 d"),
    "need.resolved_15d": ("15日办结", "closed in 15 d"),
    "need.closed": ("已结案", "closed by now"),
    "need.unknown": ("编号查不到", "number unknown"),
    "need.still_open": ("未结", "still open"),
    "need.overdue": ("15日后未结", "open after 15 d"),
    "visits.type": ("走访类型", "Kind"),
    "visits.type_title": ("{n} 户次走访中 {share}不算有效", "{share} of {n} visits do not count"),
    "visits.type_subtitle": ("按走访类型，{span}，单位：户次", "By kind of visit, {span}"),
    "visits.type_note": (
        "有效：在现场、有结束时间、至少 3 分钟。次数只展示，从不按多少打分。",
        "Valid: on site, ended, at least 3 minutes. Numbers of visits are shown and never scored.",
    ),
    "visits.valid": ("有效", "valid"),
    "visits.too_short": ("不足3分钟或没有结束", "under 3 minutes or not ended"),
    "visits.with_problems": ("发现问题", "With problems"),
    "visits.found_short": ("发现 {n}", "found {n}"),
    "visit_type.routine": ("日常走访", "routine"),
    "visit_type.care": ("重点走访", "care"),
    "visit_type.policy_publicity": ("政策宣传", "policy news"),
    "visit_type.sentiment": ("民情收集", "sentiment"),
    "visit_type.party_member_link": ("党员联心", "party members"),
    "visits.care_none": ("没有登记满一个周期的重点户", "No care household is due yet"),
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
    "visits.care_counted": ("按类别的户数截至{day}", "By kind: counted on {day}"),
    "visits.care_hidden": (
        "按类别有 1–4 户者，这里不公布类别；请看上级区域",
        "Some kinds have 1 to 4 households: not shown here by kind; see the area above",
    ),
    "visits.care_count": ("{done}/{all} 户", "{done}/{all}"),
    "visits.every": ("周期（天）", "Every (days)"),
    "visits.registered": ("登记日", "Registered"),
    "visits.last_visit": ("最近有效走访", "Newest valid visit"),
    "visits.days_since": ("距今天数", "Days since"),
    "visits.over": ("已超", "Over by"),
    "visits.never": ("从未", "never"),
    "visits.no_visit": ("数据中没有", "none in the data"),
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
    "visits.policy_title": ("“{topic}”宣传到户最多，{n} 户", '"{topic}" reached most households: {n}'),
    "visits.policy_none": ("没有政策宣传走访", "No visit brought policy news"),
    "visits.policy_subtitle": ("政策宣传走访的主题，{span}，单位：户", "Topics of policy visits, {span}, households"),
    "visits.household_count": ("{n} 户", "{n}"),
    "visits.heard_title": ("群众反映最多的是{name}，占 {share}", "{name} is raised most: {share}"),
    "visits.heard_none": ("本期没有群众反映", "Nothing was raised in this period"),
    "visits.heard_subtitle": (
        "走访、随手拍、12345 转成的事件，按大类，{span}，单位：件",
        "Events from visits, snap reports and 12345, by category, {span}",
    ),
    "visits.heard_note": (
        "只计可考核事件。▲▼ 是比对比期多或少的件数；件数多少不评好坏。",
        "Countable events. ▲▼: more or fewer than in the days compared with; volumes are not judged.",
    ),
    "visits.all_ways": ("三个渠道合计", "All three"),
    "visits.rising_title": ("“{name}”升得最多：{before}→{now} 件", '"{name}" rose most: {before}→{now}'),
    "visits.most_title": ("“{name}”最多，{n} 件", '"{name}" leads with {n}'),
    "visits.subjects_subtitle": ("反映的具体问题，{span}，多的在前", "What is raised, {span}, most first"),
    "visits.subjects_note": (
        "走访、随手拍、12345 转成的可考核事件，按小类。",
        "Countable events from visits, snap reports and 12345, by subcategory.",
    ),
    "visits.change": ("增减", "Change"),
    "visits.still_open": ("未结", "Open"),
    "visits.care_late": ("{of} 户重点户中 {n} 户没有按期走访", "{n} of {of} care households not visited on schedule"),
    "visits.care_worst": ("，{kind}缺得最多（{share}）", "; worst: {kind} ({share})"),
}
