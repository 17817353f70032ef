/* In the dashboard's and Dagster's pages: when the session has ended, nothing of the page stays; the login page comes. */
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
})();
