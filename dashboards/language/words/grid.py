"""Words of 网格, the grids."""

WORDS: dict[str, tuple[str, str]] = {
    "grid.say": ("{area}共 {n} 个网格", "{area}, {n} grid(s)"),
    "grid.say_none": ("{area}的网格名册里还没有网格。", "No grid in the register of {area} yet."),
    "grid.say_bare": ("{n} 个没有网格员", "{n} without a worker"),
    "grid.say_staffed": ("都有网格员", "all with a worker"),
    "grid.say_part": ("都有网格员，{n} 个没有专职的", "all with a worker, {n} without a full-time one"),
    "grid.say_over": ("{n} 个的负荷超过全区中位数 {times} 倍", "{n} above {times} times the district's median load"),
    "grid.say_fair": ("没有超负荷的", "none overloaded"),
    "grid.say_late": (
        "{n} 个有超期未结事件，最多的是{name} {most} 件",
        "{n} with overdue events, most in {name}: {most}",
    ),
    "grid.say_few": ("{n} 个有超期未结事件", "{n} with overdue events"),
    "grid.unknown": ("当日网格名册里没有 {code}。", "No grid {code} in that day's register."),
    "grid.roles": ("专职 {full}，兼职 {part}", "full-time {full}, part-time {part}"),
    "grid.roles_short": ("{full}＋{part}", "{full}+{part}"),
    "grid.nobody": ("无人", "nobody"),
    "grid.covered": ("走访覆盖（半年）", "Visited (180 d)"),
    "grid.visited": ("已走访 {n} 户", "{n} household(s) visited"),
    "grid.households_visited": ("半年走访户数", "Households visited"),
    "grid.visits": ("近28日走访 {n} 次", "{n} visit(s) in 28 days"),
    "grid.hidden": ("1–4 户不公布", "1 to 4: not published"),
    "grid.open": ("在办", "Open"),
    "grid.reported": ("近30日上报 {n} 件", "{n} reported in 30 days"),
    "grid.reported_head": ("近30日上报", "Reported in 30 days"),
    "grid.times": ("负荷倍数", "Load, times median"),
    "grid.type.basic": ("基础网格", "basic grid"),
    "grid.type.micro": ("微网格", "micro grid"),
    "grid.type.dedicated": ("专属网格", "dedicated grid"),
    "grid.one": ("{name}：{n} 件超期未结", "{name}: {n} overdue and open"),
    "grid.one_subtitle": ("网格员与超期事件 · 点一行看流转", "Workers and overdue events · a row opens its way"),
    "grid.all": ("‹ 全部网格", "‹ all grids"),
    "grid.events": ("这个网格的事件 ›", "Events of this grid ›"),
    "grid.load": ("28日负荷 {load}（中位数 {median}）", "load of 28 days {load} (median {median})"),
    "grid.title": ("{n} 个网格中 {late} 个有超期未结事件", "{late} of {n} grids have overdue events"),
    "grid.title_plain": ("{n} 个网格", "{n} grid(s)"),
    "grid.subtitle": (
        "截至{day}，无人的、超期多的、负荷重的在前 · 点一行看这个网格",
        "To {day}, worst first · a row opens the grid",
    ),
    "grid.withheld": ("隐去", "withheld"),
    "grid.note": (
        "网格员：专职＋兼职。走访覆盖：半年内有效走访过的户数 ÷ 网格户数，重点户：截至最近一个整月末；1–4 户及可据以推"
        "出者不公布（隐去）。负荷倍数：本网格负荷最重的网格员，"
        "近28日走访与排查次数"
        "（按全职折算）÷ 全区中位数，超过 1.5 倍为超负荷。在办、超期：可考核事件。",
        "Workers: full-time + part-time. Visited: households with a valid visit in 180 days over the grid's "
        "households, and care households: at the end of the newest whole month; 1 to 4, and what would tell them, are "
        "not published (withheld). "
        "Load: visits and inspections of 28 days per full-time worker over the district's median, of the grid's most "
        "loaded worker; above 1.5 is overloaded. Open and overdue: countable events.",
    ),
    "grid.loads_title": ("{of} 个网格中 {n} 个超负荷", "{n} of {of} grids overloaded"),
    "grid.loads_none": ("还没有网格员负荷", "No loads yet"),
    "grid.loads_subtitle": (
        "网格员近28日负荷与全区中位数（{median}）之比",
        "Load of 28 days against the district's median ({median})",
    ),
    "grid.band0": ("不到 0.5 倍", "up to 0.5"),
    "grid.band1": ("0.5–1 倍", "0.5–1"),
    "grid.band2": ("1–1.5 倍", "1–1.5"),
    "grid.band3": ("超过 1.5 倍", "over 1.5"),
    "grid.grids": ("网格", "Grids"),
    "grid.count": ("{n} 个", "{n}"),
    "grid.cover_title": ("{of} 个网格中 {n} 个走访不到 {under}", "{n} of {of} grids under {under} visited"),
    "grid.cover_subtitle": ("半年走访覆盖率，网格数", "Visited in 180 days, grids"),
    "grid.cover_limits": ("；红线 {red}，目标 {target}", "; red line {red}, target {target}"),
    "grid.cover_under": ("{high} 以下", "under {high}"),
    "grid.cover_from": ("{low} 以上", "{low} and more"),
    "grid.cover_low": ("破红线", "beyond red line"),
    "events.overdue_word": ("已过处置时限", "past their limit"),
    # one grid, week by week
    "grid.weeks": ("每周 {before} 件 → {now} 件", "{before} → {now} events a week"),
    "grid.weeks_few": ("完整的周还不到两周", "Not yet two whole weeks"),
    "grid.weeks_subtitle": ("每周上报的事件，{n} 周，单位：件", "Events reported by week, {n} weeks"),
    "grid.weeks_reported": ("上报", "Reported"),
    "grid.weeks_followed": ("已回访", "Followed up"),
    "grid.weeks_satisfied": ("回访满意", "Satisfied at follow-up"),
    "grid.weeks_note": (
        "计可考核事件，按上报日；周为七天，最后一周止于数据日。右边是网格内小区的小组、项目与管理方式的变化。",
        "Countable events by day of report; the last week ends on the newest day. On the right: groups, projects and "
        "management of the grid's residential areas.",
    ),
    "grid.changes_none": ("近 {days} 天没有小组、项目或管理方式的变化", "No group, project or change in {days} days"),
    "grid.changed.group": ("成立", "Founded"),
    "grid.changed.project_started": ("立项", "Started"),
    "grid.changed.project_finished": ("完工", "Finished"),
    "grid.changed.management": ("改为", "Became"),
    "role.full_time_grid_worker": ("专职网格员", "full-time worker"),
    "role.part_time_grid_worker": ("兼职网格员", "part-time worker"),
}
