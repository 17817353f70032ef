"""One inline component for everything that can be clicked: it shows markup made (and escaped) in Python and reports the
link that was clicked.

Links are real `<a href>`: they can be opened in another tab, copied and focused; a normal click is followed without
reloading the page.
"""

from functools import partial

import streamlit as st

from reader import navigation

_JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector('.live');
  if (!root) return;
  document.documentElement.lang = data.lang;
  if (root.dataset.markup !== data.markup) { root.innerHTML = data.markup; root.dataset.markup = data.markup; }
  root.onclick = (event) => {
    const link = event.target.closest('a[data-go]');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    setTriggerValue('go', link.dataset.go);
  };
}
"""
_show = st.components.v2.component("sihe_live", html='<div class="live"></div>', js=_JS, isolate_styles=False)


def live(markup: str, key: str, lang: str) -> None:
    _show(
        key=key, data={"markup": markup, "lang": "zh-CN" if lang == "zh" else "en"}, on_go_change=partial(_clicked, key)
    )


def _clicked(key: str) -> None:
    where = st.session_state[key].get("go")
    if isinstance(where, str):
        navigation.follow(where)
