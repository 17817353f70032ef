"""Words of 大屏, the wall."""

WORDS: dict[str, tuple[str, str]] = {
    "wall.foot": (
        "数据截至 {day} 24:00 · 生成于 {built} · 有新数据时自动更新",
        "Data to {day}, 24:00 · built {built} · follows new data by itself",
    ),
}
