"""Words of 数据质量, whether the data can be trusted."""

WORDS: dict[str, tuple[str, str]] = {
    "feeds.only": ("只看“{name}”所依据的 {n} 个数据集。", 'Only the feeds behind "{name}": {n}.'),
    "feeds.all": ("看全部数据集", "All feeds"),
    "feeds.all_types": ("五个指数", "the five indices"),
    # panels, tables, downloads
    "column.revision": ("修订", "Revision"),
    "column.received": ("收到时间", "Received"),
    "column.reason": ("原因", "Reason"),
    "column.files": ("文件", "Files"),
    "column.rows": ("行数", "Rows"),
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
    "glance.held": ("挂起未补的文件", "Files held, not mended"),
    "glance.held_none": ("近30日没有", "none in 30 days"),
    "glance.held_mended": ("近30日另有 {n} 个，已补上", "{n} other(s) in 30 days, mended"),
    "glance.held_some": ("前一日数据继续有效", "the day before stays in force"),
    "arrival.title": (
        "近30日已接入来源：缺报 {missing} 次，挂起未补 {held} 次，迟到 {late} 次",
        "Connected feeds, 30 days: {missing} missing, {held} held and not mended, {late} late",
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
    "arrival.hint": ("{rows} 行，{at} 收到", "{rows} row(s), received {at}"),
    "arrival.month": ("{n}月", "{n}/"),
    "arrival.unconnected": (
        "未接入：{n} 个来源，接入后自动出现在上面",
        "Not connected: {n} feed(s); they appear above once they deliver",
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
            '"Counted" comes from a count that knows nothing of the parsing; '
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
        'Personal data are masked; "Data" lists every row.',
    ),
    "reject.example": ("最近一例的文件", "Newest example, file"),
    "reject.raw": ("原始内容", "Raw row"),
    "unusable.title": (
        "{n} 个文件挂起，{mended} 个已由后来的文件补上",
        "Files held: {n}, mended by later ones: {mended}",
    ),
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
    "watch.title_none": ("还不能判断数据是否真实", "Not enough to judge how the data are made"),
    "watch.subtitle": ("监测数据质量的指标，全区，{span}", "KPIs that watch the data, district, {span}"),
    "watch.unconnected": (
        "按约定的全部来源计，其中 {n} 个未接入",
        "counts every feed of the contracts; {n} are not connected",
    ),
    "watch.note": (
        "秒结：上报后 10 分钟内结案；过多可能是先办后报，或敷衍应付。剔除率：经批准不计入考核的事件。",
        (
            "Closed within 10 minutes of being reported: too many of these are "
            "made for the record. Excluded: taken out of assessment with approval."
        ),
    ),
    # sentinels, checks, accounts
    "check.title": ("{of} 项检查中 {n} 项有提示", "{n} of {of} checks have something to look at"),
    "check.title_all": ("{n} 项检查全部通过", "All {n} checks pass"),
    "check.title_none": ("还没有检查结果", "No check has run yet"),
    "check.subtitle": ("每个来源的各项检查，{span}", "Six checks of every feed, {span}"),
    "check.note": (
        (
            "按时到齐、没有挂起、行数账平、符合合同、行数与往常相当、引用能对上。有提示不等于错，数字照常发布；详"
            "情在“看数据”里。"
        ),
        (
            "Fresh, nothing held, rows accounted for, as contracted, volume as usual, references known. "
            'Something to look at is not an error: numbers are published all the same; "Data" has the details.'
        ),
    ),
    "check.name": ("检查", "Check"),
    "check.days": ("有提示的天数", "Days"),
    "check.newest": ("最近一次", "Newest"),
    "check.detail": ("详情", "Detail"),
    "check.text": ("{passed}/{of} 个来源通过", "{passed}/{of} feeds pass"),
    "check.passed": ("通过", "pass"),
    "check.conspicuous": ("有提示", "to look at"),
    "check.fresh": ("按时到齐", "fresh"),
    "check.no_file_held": ("没有挂起", "nothing held"),
    "check.rows_accounted_for": ("行数账平", "rows accounted for"),
    "check.as_contracted": ("符合合同", "as contracted"),
    "check.volume_as_usual": ("行数如常", "volume as usual"),
    "check.rows_of_their_day": ("日期相符", "rows of their day"),
    "check.bytes_of_their_day": ("不是旧文件", "not another day's file"),
    "check.times_in_order": ("时间有序", "times in order"),
    "check.corrections_newer": ("更正更新", "corrections newer"),
    "check.replaced_for_good": ("更正未回退", "replaced for good"),
    "check.references_known": ("引用能对上", "references known"),
    "account_use.none": ("还没有走访账号的记录", "No account has a visit yet"),
    "account_use.title": ("{of} 个账号中 {n} 个用法异常", "{n} of {of} accounts are used unusually"),
    "account_use.fine": (
        "{n} 个走访账号都由在岗人员逐户录入",
        "All {n} accounts: people in post, one visit after another",
    ),
    "account_use.subtitle": (
        "网格力量账号的走访，{span}，异常的在前",
        "Visits by workers' accounts, {span}, unusual first",
    ),
    "account_use.note": (
        (
            "不在岗：当天名册中此人不在岗。一分钟最多：同一账号同一分钟开始的走访数，10 次以上多是集中补录。"
            "只列编号，不列姓名。每月最后一日和最新一日统计前 28 天。"
        ),
        (
            "Not in post: the register did not have the person in post that day. Busiest minute: visits begun in "
            "one minute; ten and more are mostly entered all at once. Numbers only, no names. The 28 days to the last "
            "day of a month or the newest day are counted."
        ),
    ),
    "account_use.out_of_post": ("不在岗", "Not in post"),
    "account_use.minute": ("一分钟最多", "Busiest minute"),
    "account_use.invalid": ("无效", "Invalid"),
    # why rows and files were refused
    "file_reason.other": ("文件不能读取，原文在“看数据”里", 'cannot be read; "Data" has the message'),
    # restatements
    "restated.title": ("近30天更正 {n} 个数，最近一次 {at}", "{n} number(s) restated in 30 days, last at {at}"),
    "restated.title_none": ("近30日没有更正", "Nothing was restated in 30 days"),
    "restated.none_why": (
        "每次发布都与上一次发布比对；某日首次发布不算更正。",
        "Every publication is compared with the one before; the first numbers of a day are no restatement.",
    ),
    "restated.subtitle": (
        "全区各指标各日，发布后又更正的数 · 点一行看口径和依据",
        "The district's numbers by KPI and day that changed after publication · a row opens the definition",
    ),
    "restated.note": (
        "来自文件是两次发布之间入库的本指标数据集的文件；没有文件时，变的是口径，或有人行使了删除权。",
        (
            "Files are those of the KPI's feeds loaded between the two publications; without a file, a definition "
            "changed, or a person was erased."
        ),
    ),
    "restated.at": ("更正发布", "Restated at"),
    "restated.day": ("数据日期", "Day"),
    "restated.old": ("原来", "Before"),
    "restated.new": ("现在", "Now"),
    "restated.files": ("来自文件", "Files"),
    "restated.no_file": ("没有文件", "no file"),
}
