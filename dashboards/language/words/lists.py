"""Words of the filters of lists."""

WORDS: dict[str, tuple[str, str]] = {
    "narrow.name": ("筛选", "Filters"),
    "narrow.category": ("类别", "Category"),
    "narrow.level": ("现在层级", "Level now"),
    "narrow.department": ("责任单位", "Department"),
    "narrow.holder": ("承办单位", "Held by"),
    "narrow.kind": ("承诺类型", "Kind"),
    "narrow.owner": ("承诺单位", "Promised by"),
    "narrow.choose": ("只看“{name}”", 'Only "{name}"'),
    "narrow.leave": ("不再只看“{name}”", 'No longer only "{name}"'),
    "narrow.more": ("另有 {n} 个", "{n} more"),
    "narrow.unknown": ("清单里没有", "not in the list"),
}
