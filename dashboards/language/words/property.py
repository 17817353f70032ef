"""Words of 物业与自治, property services and self-governance."""

WORDS: dict[str, tuple[str, str]] = {
    "property.say_areas": ("{n} 个小区，{none} 个无人管理", "{n} residential area(s), {none} without management"),
    "property.say_three": ("三无小区 {n} 个，", "three-no areas {n}, "),
    "property.say_without": ("{n} 个没有自治小组", "{n} without a group"),
    "property.say_projects": ("项目在建 {running} 个，{late} 个逾期", "projects under way {running}, overdue {late}"),
    "four.none": ("近 92 天没有四联评价", "No four-link review in 92 days"),
    "four.title": ("四联中{link}最弱：{score} 分（{n} 个小区）", "{link} is the weakest link: {score} (areas: {n})"),
    "four.subtitle": (
        "红色物业四联，各小区最近一次评价的平均，最新 {month}，满分 100；下面按得分低的在前",
        "Means of the areas' newest reviews, newest {month}, of 100; below, places by score, lowest first",
    ),
    "four.note": (
        "每个小区取 92 天内最近一次评价，四项平均为小区得分，再对小区平均。没有物业的小区没有这项评价。",
        (
            "An area's newest review of 92 days, the mean of its four scores, and the mean over areas. Areas "
            "without a company are not reviewed."
        ),
    ),
    "four.organisation": ("组织联建", "organisation"),
    "four.meeting": ("会议联席", "meeting"),
    "four.management": ("管理联动", "management"),
    "four.effect": ("成效联评", "effect"),
    "four.score": ("得分", "Score"),
    "four.to_full": ("离满分", "to full"),
    "four.before": ("上次得分", "Score before"),
    "four.change": ("比上次", "Change"),
    "weak.title": ("{n} 个小区低于红线 {red} 分，最低是{name}", "{n} area(s) below the red line of {red}, last {name}"),
    "weak.fine": (
        "{n} 个小区都在红线 {red} 分以上，最低是{name}",
        "All {n} areas above the red line of {red}; last {name}",
    ),
    "weak.subtitle": (
        "各小区四联得分，共 {n} 个，低的在前 · 点一行看所在社区",
        "Areas by score, {n}, lowest first · a row opens the community",
    ),
    "area.name": ("小区", "Area"),
    "area.type": ("小区类型", "Area type"),
    "area.management": ("管理方式", "Management"),
    "area.three_no": ("三无", "Three-no"),
    "area.company": ("物业企业", "Company"),
    "area.party": ("物业党组织", "Party organisation"),
    "area.stewards": ("红色管家", "Red stewards"),
    "area.team": ("自治队伍", "Residents' team"),
    "area.committee": ("业委会", "Owners' committee"),
    "area.upgraded": ("安防提升", "Security upgrade"),
    "area_type.commercial": ("商品房小区", "commercial"),
    "area_type.old": ("老旧小区", "old"),
    "area_type.work_unit": ("单位家属院", "work unit"),
    "area_type.resettlement": ("安置小区", "resettlement"),
    "three.none": ("没有三无小区", "No three-no area"),
    "three.title": (
        "{of} 个三无小区中 {n} 个没有自治小组（{households}）",
        "{n} of {of} three-no areas have no group ({households})",
    ),
    "three.fine": ("{of} 个三无小区都有自治小组", "All {of} three-no areas have a group"),
    "three.subtitle": (
        "无物业、无主管部门、无人防物防的小区，{day}，缺的在前",
        "Areas with no company, no authority, no guard, {day}, those in need first",
    ),
    "three.note": (
        "有红色管家互助小组或居民自治队伍之一即算有小组。",
        "A red steward group or a residents' team counts as a group.",
    ),
    "capacity.none_yet": ("无", "none"),
    "managed.title": (
        "{households}（{share}）没有物业、没有自管、也没有红色管家",
        "{households} ({share}) have no company, no self-management, no stewards",
    ),
    "managed.subtitle": ("小区按管理方式，{day}，单位：个", "Areas by management, {day}"),
    "managed.with_party": ("物业有党组织", "company with party organisation"),
    "managed.with_group": ("有自治小组", "has a group"),
    "managed.neither": ("都没有", "neither"),
    "managed.text": ("{n} 个 · {households}", "{n} · {households}"),
    "compare.too_few": (
        "事件满 20 件的管理方式不到两种，不比较",
        "Fewer than two kinds of management with 20 events: not compared",
    ),
    "compare.title": ("每千户物业类事件：{each}", "Property events per 1000 households: {each}"),
    "compare.each": ("{kind} {n} 件", "{kind} {n}"),
    "compare.subtitle": (
        "按网格内多数住户的管理方式，{span}，每千户件数",
        "By how most households of a grid are managed, {span}, per 1000 households",
    ),
    "compare.note": (
        (
            "事件只到网格，没有小区编码；一个网格按其中多数住户所在小区的管理方式归类，所以是近似。不足 20 件的"
            "管理方式不参与比较。"
        ),
        (
            "Events know their grid and not their area; a grid counts where most of its households live, so this "
            "is an approximation. Kinds of management with fewer than 20 events are not compared."
        ),
    ),
    "compare.grids": ("网格", "Grids"),
    "compare.per_1000": ("每千户", "Per 1000"),
    "compare.repeated": ("重复率", "Repeats"),
    "compare.property_events": ("物业类事件", "Property events"),
    "project.none": ("没有项目", "No project"),
    "project.title_overdue": ("；{n} 个逾期未完，最久 {days} 天", "; {n} overdue, the longest by {days} day(s)"),
    "project.title_overdue_today": ("；{n} 个逾期未完，都不到 1 天", "; {n} overdue, by less than a day"),
    "project.title_fine": ("；没有逾期未完的", "; none overdue"),
    "project.note": (
        "已终止的不计。按期：完工日不晚于计划完工日。",
        "Stopped projects are out. In time: finished by the planned day.",
    ),
    "project.name": ("项目", "Project"),
    "project.standing": ("进度", "Standing"),
    "project.spent_share": ("已用预算", "Spent"),
    "project.residents": ("居民参与人次", "Residents joined"),
    "project.late_by": ("逾期 {days} 天", "overdue by {days} d"),
    "project.due_that_day": ("当日到期，未完工", "due that day, not finished"),
    "project.money": ("未完工 {n} 个，预算 {budget}，已用 {spent}", "{n} unfinished: budget {budget}, spent {spent}"),
    "standing.in_time": ("按期完工", "in time"),
    "standing.late": ("逾期完工", "late"),
    "standing.overdue": ("逾期未完", "overdue"),
    "standing.running": ("在建", "under way"),
    "standing.stopped": ("已终止", "stopped"),
    "works.title": ("本期应完工 {n} 个，按期 {in_time} 个", "{n} were due in the period, {in_time} in time"),
    "works.subtitle": (
        "治理项目，{day}，逾期的在前（常态化服务除外）",
        "Projects, {day}, overdue first (without regular services)",
    ),
    "four.month": ("评价月份", "Month"),
}
