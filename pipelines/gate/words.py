"""Every word of the gate's own pages, Chinese and English.

Belongs here: words. Does not belong here: markup (`pages`), words of the dashboard (`dashboards/language/`).
"""

WORDS: dict[str, tuple[str, str]] = {
    "system": ("四合 · 基层治理数据平台", "Sihe · governance data"),
    "language": ("English", "中文"),
    "sign_in": ("登录", "Sign in"),
    "name": ("用户名", "User name"),
    "password": ("口令", "Password"),
    "code": ("动态码", "One-time code"),
    "code_hint": ("六位数字。启用了双因素的账户填写。", "Six digits, if your account has a second factor."),
    "or": ("或", "or"),
    "by_provider": ("用“{name}”登录", "Sign in with {name}"),
    "wrong": ("用户名、口令或动态码不对。", "User name, password or code is wrong."),
    "wait": ("尝试过多，请 {seconds} 秒后再试。", "Too many attempts: try again in {seconds} seconds."),
    "busy": ("登录的人太多，请稍后再试。", "Many people are signing in: try again in a moment."),
    "must_change": (
        "口令由管理员设置或已过期，请先改成自己的口令。",
        "An administrator chose this password, or it is too old: choose your own first.",
    ),
    "the_same": ("新口令与原口令相同。", "The new password is the old one."),
    "no_entry": ("此身份没有本系统的账户。", "This identity has no account here."),
    "needs_code": (
        "此角色需要双因素，请用用户名、口令和动态码登录。",
        "This role needs two factors: sign in with user name, password and code.",
    ),
    "provider_failed": ("统一身份认证没有完成，请重试。", "The identity provider did not complete: try again."),
    "elsewhere": ("请求不是从本站页面发出的。", "The request did not come from a page of this site."),
    "help": ("忘记口令或无法登录，请联系本区系统管理员。", "If you cannot sign in, ask your administrator."),
    "account": ("账户", "Account"),
    "signed_in_as": ("{name}，{role}，范围 {org}", "{name}, {role}, area {org}"),
    "dashboard": ("驾驶舱", "Dashboard"),
    "sign_out": ("退出登录", "Sign out"),
    "sessions": ("登录中的会话", "Sessions"),
    "began": ("开始", "Began"),
    "seen": ("最近使用", "Last used"),
    "from": ("来自", "From"),
    "agent": ("浏览器", "Browser"),
    "this": ("当前会话", "this one"),
    "end": ("结束", "End"),
    "end_others": ("结束其他全部会话", "End all others"),
    "confirm": ("结束会话前再输一次口令", "Your password once more, to end sessions"),
    "sign_in_again": ("结束会话前请退出并重新登录。", "To end sessions, sign out and in again first."),
    "new_password": ("新口令", "New password"),
    "again": ("再输一次", "Once more"),
    "change_password": ("修改口令", "Change the password"),
    "changed": ("口令已修改，其他会话已结束。", "The password was changed; other sessions have ended."),
    "not_the_same": ("两次输入的新口令不一样。", "The new passwords differ."),
    "session_ended": ("会话已结束。", "The session was ended."),
    "audit": ("审计", "Audit"),
    "at": ("时间", "Time"),
    "who": ("谁", "Who"),
    "what": ("做了什么", "What"),
    "details": ("详情", "Details"),
    "whole": ("共 {lines} 条，自 {since} 起，链条完整。", "{lines} lines since {since}; the chain is whole."),
    "broken": ("审计记录有改动：{problem}", "The audit was changed: {problem}"),
    "files": ("数据文件", "Data files"),
    "files_hint": (
        "每次发布一份，只读。DuckDB 文件含全部表；下面是最新一次的 Parquet 和工作簿。",
        "One a publication, read-only. The DuckDB file has all tables; Parquet and the workbook are of the newest.",
    ),
    "file": ("文件", "File"),
    "size": ("大小", "Size"),
    "nothing_published": ("还没有发布。", "Nothing is published yet."),
    "refused": ("不能打开", "Refused"),
    "refused_text": ("没有这个页面，或您没有权限。", "There is no such page, or you may not open it."),
    "role.leader": ("区领导", "leader"),
    "role.street": ("镇街", "street"),
    "role.community": ("社区", "community"),
    "role.analyst": ("分析师", "analyst"),
    "role.engineer": ("数据工程师", "data engineer"),
    "role.admin": ("管理员", "administrator"),
    "what.sign-in": ("登录", "signed in"),
    "what.sign-in-failed": ("登录失败", "sign-in failed"),
    "what.sign-out": ("退出", "signed out"),
    "what.session-ended": ("结束会话", "ended a session"),
    "what.page": ("查看", "viewed"),
    "what.missing": ("磁盘已满，若干次查看没有记录", "views without a line: the disk was full"),
    "what.download": ("下载", "downloaded"),
    "what.refused": ("被拒绝", "refused"),
    "what.changed": ("Dagster 操作", "acted in Dagster"),
    "what.password": ("修改口令", "changed the password"),
    "what.user": ("用户管理", "changed a user"),
    "what.started": ("启动", "started"),
}


class Speaker:
    """Returns a text in one language: `t("sign_in")`."""

    def __init__(self, language: str) -> None:
        self.language = "en" if language == "en" else "zh"

    def __call__(self, key: str, **fields: object) -> str:
        text = WORDS[key][self.language == "en"]
        return text.format(**fields) if fields else text
