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
        "屏幕上是断开前的数。请检查本机到看板服务器的网络；网络正常的，请联系数据工程师。恢复后会自动接上，不必刷新。",
        "The numbers on screen are those from before. Check the network between this computer and the dashboard's "
        "server; if it is fine, call the data engineer. The page follows by itself when the server is back.",
    ),
    "streamlit.no_page": ("没有这个页面", "There is no such page"),
    "streamlit.no_page_why": (
        "地址里的页面名不对，已打开总览；请从上方菜单进入。",
        "The address names a page that does not exist. This is the overview: use the menu above.",
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
    # states without data
    "empty.title": ("仓库已建好，还没有数据", "The warehouse is ready and has no data yet"),
    "empty.text": (
        "收到第一批文件后，这里显示全区的情况。没有数据不等于零，所以现在不计算任何数。",
        "The district appears here after the first files. No data is not zero, so nothing is counted yet.",
    ),
    "empty.step1": ("各平台把每日文件放进收件目录", "The platforms drop their daily files into the inbox"),
    "empty.step2": ("运行 sihe run，或等待每晚的任务", "Run sihe run, or wait for the nightly job"),
    "empty.step3": ("发布完成后本页自动更新", "This page follows as soon as it is published"),
    "unpublished.title": ("还没有发布过数据", "Nothing has been published yet"),
    "unpublished.text": ("发布目录里还没有任何版本。", "The publication folder holds no generation yet."),
    "unpublished.step1": ("把导出的文件放进收件目录", "Put the exports into the inbox"),
    "unpublished.step2": (
        "运行 sihe run；想先看看样子，运行 sihe demo",
        "Run sihe run; to see how it looks first, run sihe demo",
    ),
    "unpublished.step3": ("发布完成后本页自动更新", "This page follows as soon as it is published"),
    "damaged.title": ("发布的数据暂时无法读取", "The published data cannot be read at the moment"),
    "damaged.text": (
        "指针指向的版本不可读，也没有更早的版本可用。",
        "The generation that the pointer names is unreadable, and there is no older one.",
    ),
    "damaged.step1": ("运行 sihe doctor 查看原因", "Run sihe doctor to see why"),
    "damaged.step2": ("运行 sihe run 重新发布", "Run sihe run to publish again"),
    "damaged.step3": ("发布完成后本页自动更新", "This page follows as soon as it is published"),
    "failed.title": ("这一页暂时显示不了", "This page cannot be shown at the moment"),
    "failed.frame": (
        "请刷新；如仍不能显示，请告知运行人员，原因已记入日志。",
        "Please reload. If that does not help, tell your engineers: the cause is in the log.",
    ),
    "failed.text": (
        "数据版本 {generation} 与页面不符或已损坏；原因已写入日志。其他页面不受影响。",
        (
            "Generation {generation} does not fit this page or is damaged; "
            "the cause is in the log. Other pages are not affected."
        ),
    ),
    "older.title": (
        "这一版数据由另一版本的程序发布，本页有些内容显示不了",
        "This publication was made by another version of the program: this page cannot show all",
    ),
    "older.text": (
        "发布于 {built}，数据截至 {day}。已显示的内容如当时所发布。",
        "Published {built}, data to {day}. What is shown is as it was published.",
    ),
    "older.step_other": ("其他页面可以照常打开", "Other pages open as usual"),
    "older.step_back": ("要看本页全部内容，请回到现在的数据", "For the whole page, go back to the present data"),
    "older.step_run": (
        "运行 sihe run 重新发布后，本页自动恢复",
        "Run sihe run: this page follows once it is published",
    ),
    "filter.fold": ("筛选：{chosen}", "Filter: {chosen}"),
    "most.tied": ("{names}（并列）", "{names} (tied)"),
    "most.many": ("{n} 个并列的", "{n}, tied,"),
    "most.share": ("{share}（n={n}）", "{share} (n={n})"),
    "most.few": ("只有 {n} 件，样本不足，不分先后", "Only {n}: too few to have a first"),
    "table.goes_on": ("左右滑动看全表 →", "Swipe for the whole table →"),
    "scope.link_local": ("（只在看板所在的机器上能打开）", " (opens only on the dashboard's own machine)"),
    "scope.page": ("第 &P 页，共 &N 页", "Page &P of &N"),
    "panel.hint": (" · 点一行", " · a row "),
    "notice.too_early": (
        "历史版本：{moment} 及以前没有保留的版本，最早的是 {oldest}；已显示最新版本。",
        "No generation of {moment} or before is kept, the oldest is {oldest}; the newest is shown.",
    ),
}
