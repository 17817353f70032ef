/* In the dashboard's and Dagster's pages: when the session has ended, nothing of the page stays, and the login page
   comes. In Dagster's also a way to the account, which the dashboard has in its header. */
(() => {
  const Plain = window.WebSocket;
  const leave = () => {
    document.documentElement.replaceChildren();
    location.replace("/login?next=" + encodeURIComponent(location.pathname + location.search));
  };
  const ask = () => fetch("/account/alive", { cache: "no-store" }).then((answer) => answer.status === 401 && leave(), () => {});
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", (closed) => (closed.code === 4401 ? leave() : ask()));
    }
  };
  addEventListener("pageshow", (shown) => shown.persisted && ask());
  addEventListener("DOMContentLoaded", () => {
    if (!location.pathname.startsWith("/dagster")) return;
    const link = Object.assign(document.createElement("a"), { href: "/account", textContent: "账户 · 退出", lang: "zh-CN", title: "Account, sign out" });
    Object.assign(link.style, {
      position: "fixed", right: ".6rem", bottom: ".4rem", zIndex: "999992", padding: ".1rem .7rem", borderRadius: "999px",
      font: "13px 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif", color: "#fff", background: "#1F5FA8", textDecoration: "none",
    });
    document.body.append(link);
  });
})();
