"""Words of 搜索, the search box."""

WORDS: dict[str, tuple[str, str]] = {
    "search.name": ("搜索", "Search"),
    "search.hint": (
        "社区、镇街、网格名称或拼音，事件编号，页面或指标名称",
        "A community, street or grid by name or pinyin, an event by number, a page, a KPI",
    ),
    "search.help": (
        "输入名称、拼音或首字母；事件输入编号的开头或末尾几位。",
        "Type a name, its pinyin or initials; of an event the first or last characters of its number.",
    ),
    "search.none": ("没有找到。只搜索已发布的数据。", "Nothing found. Only what is published is searched."),
    "search.keys": ("↑↓ 选择，回车打开，退出键关闭", "↑↓ choose, Enter open, Esc close"),
    "search.street": ("镇街", "Streets"),
    "search.community": ("社区", "Communities"),
    "search.grid": ("网格", "Grids"),
    "search.event": ("事件", "Events"),
    "search.page": ("页面", "Pages"),
    "search.kpi": ("指标", "KPIs"),
}
