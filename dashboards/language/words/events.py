"""Words of 事件, the events."""

WORDS: dict[str, tuple[str, str]] = {
    # events
    "event.id": ("事件编号", "Event"),
    "event.source": ("来源", "Source"),
    "event.level": ("层级", "Level"),
    "event.reported": ("上报时间", "Reported at"),
    "event.closed": ("结案时间", "Closed at"),
    "event.status": ("状态", "Status"),
    "event.department": ("责任单位", "Department"),
    "urgency.normal": ("一般", "normal"),
    "urgency.urgent": ("紧急", "urgent"),
    "urgency.critical": ("特急", "critical"),
    "source.grid_patrol": ("网格巡查", "grid patrol"),
    "source.video": ("视频感知", "video"),
    "source.assigned": ("上级交办", "assigned from above"),
    "source.other": ("其他", "other"),
    "level.community": ("社区", "community"),
    "level.street": ("街道", "street"),
    "event_status.pending": ("待受理", "pending"),
    "event_status.in_progress": ("处置中", "in progress"),
    "event_status.to_verify": ("待核查", "to verify"),
    "event_status.closed": ("已结案", "closed"),
    "event_status.void": ("已作废", "void"),
    # events: the page
    "events.say_none": ("没有上报、也没有在办的事件", "nothing was reported and nothing is open"),
    "events.say_reported": ("上报 ", "reported "),
    "events.say_closed": ("{share} 已结案", "{share} of them closed"),
    "events.say_open": ("在办", "open now"),
    "events.say_longest": ("最久已超 {days} 天", "the longest by {days} day(s)"),
    "events.one_grid": (
        "只看网格 {grid} 的事件；下面六个指标仍是{name}全部的。",
        "Only events of grid {grid}; the six KPIs below are those of all of {name}.",
    ),
    "events.all_grids": ("看{name}全部", "All of {name}"),
    "events.list_of": (
        "点一项，列出相应的事件：在办的和本期到期而超期结案的，共 {n} 件",
        "Choose one to list its events: open, or due in this period and closed too late, {n} in all",
    ),
    "events.list_title": (
        "在办 {open} 件，其中超期 {overdue} 件；本期超期后才结案 {late} 件",
        "{open} open, {overdue} of them overdue; {late} closed too late in this period",
    ),
    "events.list_none": ("没有符合筛选的事件", "No event fits the filters"),
    "events.list_subtitle": (
        "{day}在办的、{span}到期而超期结案的，按筛选",
        "Open on {day}, or due {span} and closed too late, as filtered",
    ),
    "events.list_note": (
        "在办的在前，特急、紧急居首，再按是否超期和处置时限。筛选写在网址里，可以转发。",
        "Open events first, the most urgent at the head, then the overdue. The filters are in the address to send.",
    ),
    "events.list_leave": ("取消筛选", "No filters"),
    "event_standing.open": ("未超期", "in time"),
    "event_standing.overdue": ("已超 {days}", "over by {days}"),
    "event_standing.closed_late": ("超 {days}后结案", "closed {days} too late"),
    "events.reached": ("到过这一步", "Came this far"),
    "events.waiting": ("停在这一步", "Waiting here"),
    "events.waiting_late": ("停在这一步且超期", "Waiting and overdue"),
    "events.passed": ("已走到下一步", "Went on"),
    "events.median": ("停留时长中位数（小时）", "Median hours"),
    "events.median_short": ("中位", "median"),
    "events.slow": ("停留时长90分位（小时）", "90th percentile, hours"),
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
            'so it is no bar of its own; "Data" has it.'
        ),
    ),
    "events.age_none": ("没有在办事件", "No event is open"),
    "events.age_old": ("{n} 件在办超过 15 天，最久 {days} 天", "{n} open for more than 15 days, the oldest {days}"),
    "events.age_fine": ("{n} 件在办，最久 {days} 天", "{n} open, the oldest for {days} day(s)"),
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
        "{name}承办的超期最多：{n} 件，最久 {days} 天",
        "{name} holds most overdue: {n}, up to {days} day(s)",
    ),
    "events.held_fine": ("在办事件由 {n} 个单位承办，没有超期", "{n} units hold open events, none overdue"),
    "events.held_subtitle": (
        "{day}在办事件现在由谁承办，{n} 个单位",
        "Who holds the events open on {day}: {n} unit(s)",
    ),
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
    "events.nobody": ("未记录", "not recorded"),
    "events.open": ("在办", "Open"),
    "events.median_wait": ("已停（中位）", "Waited (median)"),
    "events.median_wait_exported": ("已停（中位，小时）", "Waited (median hours)"),
    "events.of_level": ("其中{level}层级", "of these, {level}"),
    "events.overdue_title": (
        "{n} 件超期未结，最久已超 {days} 天",
        "{n} overdue and open, the longest by {days} day(s)",
    ),
    "events.overdue_subtitle": (
        "截至{day}，特急在前，再按超期长短 · 点一行看流转",
        "To {day}, critical first, then longest · a row opens its way",
    ),
    "events.overdue_note": (
        "可考核、已过处置时限、仍未结案的事件。",
        "Countable events past their limit and not closed.",
    ),
    "events.after": ("停在{stage}", "after {stage}"),
    "events.spot": ("点位", "Spot"),
    "events.spot_title": ("{grid}“{what}”90 天 {n} 起", '{grid}: "{what}" {n} time(s) in 90 days'),
    "events.spot_none": ("90 天内没有反复点位", "No trouble came back in 90 days"),
    "events.spot_none_why": (
        "同一网格同一小类 90 天内 3 起以上才列出；来源没有填写网格的事件无法判断。",
        ("Listed are grids with three or more of one subcategory in 90 days; events without a grid cannot be told."),
    ),
    "events.spot_subtitle": (
        "反复点位：同一网格同一小类，90 天内 3 起以上，共 {n} 处，{open} 处还有未结的",
        "Same grid, same subcategory, three or more in 90 days: {n} spot(s), {open} with some still open",
    ),
    "events.spot_note": (
        "只计可考核事件，截至数据日的 90 天。“结案后又发”是结案以后又有人报的次数。点一行看最近一件的流转。",
        (
            'Countable events of the 90 days to the day of data. "Back" counts closings after which another was '
            "reported. A row opens the newest event."
        ),
    ),
    "events.times": ("起数", "Times"),
    "events.first": ("最早上报", "First"),
    "events.last": ("最近上报", "Newest"),
    "events.closed_count": ("已结案", "Closed"),
    "events.back_count": ("结案后又发", "Back"),
    "events.until_back": ("多久又发（中位，小时）", "Back after (median hours)"),
    "events.is_open": ("有未结案的", "Some open"),
    "events.newest_event": ("最近一件", "Newest event"),
    "events.now": ("现状", "Now"),
    "events.still_open": ("还有未结", "some open"),
    "events.all_closed": ("均已结案", "all closed"),
    "event.original_due": ("原处置时限", "First limit"),
    "event.rework": ("返工次数", "Reworked"),
    "event.follow_up": ("回访", "Follow-up"),
    "follow_up.satisfied": ("满意", "satisfied"),
    "follow_up.fairly_satisfied": ("基本满意", "fairly satisfied"),
    "follow_up.dissatisfied": ("不满意", "dissatisfied"),
    "follow_up.none": ("未回访", "none"),
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
    "tied.call": ("12345工单", "12345 order"),
    # one event's way
    "way.title_on_time": ("“{name}”{taken}办结，按期", '"{name}" closed in {taken}, on time'),
    "way.title_closed_late": ("“{name}”{taken}办结，超期", '"{name}" closed in {taken}, late'),
    "way.title_closed": ("“{name}”{taken}办结", '"{name}" closed in {taken}'),
    "way.title_open": ("“{name}”在办 {taken}，未超期", '"{name}" open for {taken}, within its limit'),
    "way.title_late": ("“{name}”在办 {taken}，已超期", '"{name}" open for {taken}, overdue'),
    "way.title_closed_before": (
        "“{name}”结案早于上报，不计时长",
        '"{name}" was closed before it was reported: no duration',
    ),
    "way.title_not_yet": ("“{name}”在所选日期还没有上报", '"{name}" was not reported yet on the chosen day'),
    "way.title_void": ("“{name}”已作废", '"{name}" was made void'),
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
    "way.movements": ("{n} 次流转，每次对应导出文件的一行", "{n} movement(s), each a line of an export"),
    "way.no_flow": ("没有流转记录", "No movements are recorded"),
    "way.no_flow_why": (
        "流转来源还没有接入，或没有这件事件的记录。",
        "The feed of movements is not connected, or has none of this event.",
    ),
    "way.late_acknowledged": ("4 小时内未签收", "not taken in within 4 h"),
    "way.stages": ("每一步停留多久，在哪一级", "How long in each step, on which level"),
    "way.here": ("还在这一步", "still here"),
    "way.untimed": ("时间先后颠倒，不计时长", "times the wrong way round"),
    "way.tied": ("由它们转来（{n}）", "It came from ({n})"),
    "way.same": ("同一网格同一小类的其他事件（{n}）", "Others of the kind in the same grid ({n})"),
    "way.origin": ("这件事件的现行记录：{file} 第 {row} 行", "Its current record: {file}, row {row}"),
    "way.excluded": ("经批准剔除，不计入考核", "taken out of assessment with approval"),
    "way.extended": ("时限延长过，原为 {at}", "limit moved, first {at}"),
    "way.repeat": ("30 日内同点位重复", "repeats within 30 days"),
    "way.recurring": ("结案后 30 日内复发", "came back within 30 days"),
    # what falls due soon, also in one line of the overview
    "due.title": ("即将超期", "Due soon"),
    "due.within": ("{hours} 小时内", "within {hours} h"),
    "due.critical": ("特急 {n} 件", "{n} critical"),
    "due.urgent": ("紧急 {n} 件", "{n} urgent"),
    "due.of_them": ("其中{counts}", "of them {counts}"),
    "due.none": ("72 小时内没有到期的事件", "No open event falls due within 72 h"),
    "due.each": ("{by}（24/72 小时）", "{by} (24/72 h)"),
    "due.by": ("按", "By"),
    "due.department": ("责任单位", "Department"),
    "due.community": ("社区", "Community"),
    "due.panel_title": (
        "72 小时内 {all} 件到期，24 小时内 {soon} 件",
        "Due within 72 h: {all}, within 24 h: {soon}",
    ),
    "due.subtitle": (
        "即将超期 · {day}24时仍未结、未超期的事件，特急在先",
        "Due soon · open and not overdue at the end of {day}, critical first",
    ),
    "due.note": (
        "从数据最后一日24时起算。点部门或社区看清单；数字含特急、紧急。",
        "Counted from the end of the newest day. A department or a community opens the list.",
    ),
    "due.list_title": ("{hours} 小时内到期 {n} 件", "{n} fall due within {hours} h"),
    "due.list_subtitle": (
        "{area} · 从{day}24时起算，特急在先，再按时限",
        "{area} · from the end of {day}, critical first, then by limit",
    ),
    "due.left": ("还剩", "Left"),
    "due.left_exported": ("还剩（小时）", "Left (hours)"),
    "events.days_over_exported": ("已超（天）", "Over (days)"),
    "due.close": ("收起清单", "Close the list"),
}
