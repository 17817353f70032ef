"""Words around every page and panel: what Streamlit says by itself, the states in which the page cannot answer, what
files and paper say, and the largest of several counts."""

WORDS: dict[str, tuple[str, str]] = {
    "streamlit.skip": ("跳到正文", "Skip to the content"),
    "streamlit.pages": ("各页", "Pages"),
    "streamlit.open_menu": ("打开菜单", "Open the menu"),
    "streamlit.close_menu": ("收起菜单", "Close the menu"),
    "streamlit.choose": ("请选择", "Choose"),
    "streamlit.open": ("展开", "Unfold"),
    "streamlit.close": ("关闭", "Close this"),
    "streamlit.clear": ("清除", "Clear"),
    "streamlit.picture": ("存为图片：", "Save as a picture: "),
    "streamlit.fullscreen": ("全屏：", "Full screen: "),
    "streamlit.gone": ("看板没有应答", "The dashboard does not answer"),
    "streamlit.gone_why": (
        "屏幕上是断开前的数。请查看本机到看板服务器的网络；网络没有问题就找数据工程师。恢复后会自动接上，不必刷新。",
        "The numbers on screen are those from before. Check the network between this computer and the dashboard's "
        "server; if it is fine, call the data engineer. The page follows by itself when the server is back.",
    ),
    "gone": ("连接已断开，以下是断开前的数", "Not connected: the numbers are those from before"),
    "old_browser.title": ("浏览器版本太旧，打不开看板", "This browser is too old for the dashboard"),
    "old_browser.text": (
        "请换用 111 或更新版本的谷歌浏览器或微软浏览器，或 121 以上的火狐浏览器；国产双核浏览器请切到“极速模式”。",
        "Use Chrome or Edge 111 or later, or Firefox 121 or later.",
    ),
    "old_browser.script": (
        "看板要用脚本，请在浏览器里允许。",
        "The dashboard needs scripts: allow them in the browser.",
    ),
    "old_browser.opening": ("正在打开……", "Opening …"),
    "filter.fold": ("筛选：{chosen}", "Filter: {chosen}"),
    "most.tied": ("{names}（并列）", "{names} (tied)"),
    "most.many": ("{n} 个并列的", "{n}, tied,"),
    "most.share": ("{share}（n={n}）", "{share} (n={n})"),
    "most.few": ("只有 {n} 件，样本不足，不分先后", "Only {n}: too few to have a first"),
    "table.goes_on": ("左右滑动看全表 →", "Swipe for the whole table →"),
    "scope.link_local": ("（只在看板所在的机器上能打开）", " (opens only on the dashboard's own machine)"),
    "scope.page": ("第 &P 页，共 &N 页", "Page &P of &N"),
    "panel.hint": (" · 点一行", " · a row "),
}
