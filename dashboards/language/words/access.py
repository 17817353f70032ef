"""Words for readers of a part of the district: what is theirs, and what is not."""

WORDS: dict[str, tuple[str, str]] = {
    "access.under": ("只看{name}", "{name} only"),
    "access.badge": ("范围：{name}", "Scope: {name}"),
    "access.hint": (
        "您看到{name}的明细，以及上级和同级区域的指标",
        "You see the rows of {name}, and the KPIs of the areas above it and beside it",
    ),
    "access.title": ("不在您的范围内", "Not within your scope"),
    "access.area": (
        "您能打开的是{name}。其他区域只作为比较的数字出现，明细不能打开。",
        "You can open {name}. Other areas appear as numbers to compare with, and cannot be opened.",
    ),
    "access.page": (
        "这一页比较整个镇街，您的范围是{name}。",
        "This page compares a whole street; your scope is {name}.",
    ),
    "access.back": ("回到{name}", "Back to {name}"),
    "access.nobody": ("请先登录", "Please sign in"),
    "access.nobody_why": (
        "登录已失效，或者您的账号还没有分配范围。请重新打开登录页；仍然不行的，请联系管理员。",
        "You are no longer signed in, or your account has no scope yet. Open the login page again; if that does not "
        "help, call the administrator.",
    ),
    "access.rows_elsewhere": (
        "一部分依据在{name}以外，这里不列出",
        "some of its rows are outside {name} and not listed here",
    ),
    "access.alliance": (
        "联盟成员登记在镇街，社区账号看不到",
        "Alliance members are registered with the street, so a community cannot see them",
    ),
    "access.rejected": (
        "被拒收的行不能归到镇街，您看不到",
        "Rejected rows belong to no street, so you cannot see them",
    ),
    "access.rejected_why": (
        "读不出来的行不知道属于哪里。各数据集拒收多少行，见左边的账；要看是哪些行，请找数据工程师。",
        "Nobody knows to which area an unreadable row belongs. How many there are is in the accounts; to see them, "
        "ask a data engineer.",
    ),
}
