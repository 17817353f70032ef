"""Words of 依据, the evidence for a number."""

WORDS: dict[str, tuple[str, str]] = {
    "evidence.title": ("“{name}”{value}，由 {rows} 行支撑", '"{name}" {value} stands on {rows} row(s)'),
    "evidence.none": ("“{name}”在这里没有可列的记录", '"{name}": no rows to list here'),
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
    "trust.behind_rows": ("支撑 {n} 行", "{n} row(s) behind the number"),
    "trust.sums": ("逐行相加", "Rows summed"),
    "trust.sum": ("分子 {numerator}，分母 {denominator}", "numerator {numerator}, denominator {denominator}"),
    "trust.sum_count": ("合计 {numerator}", "{numerator} in all"),
    "trust.adds_up": ("与显示的数一致", "as shown"),
    "trust.does_not_add_up": ("与显示的数不一致", "not as shown"),
}
