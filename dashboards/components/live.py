"""One inline component for everything that can be clicked: it shows markup made (and escaped) in Python and reports the
link that was clicked.

Links are real `<a href>`: they can be opened in another tab, copied and focused; a normal click is followed without
reloading the page.
"""

from functools import partial

import streamlit as st

from reader import navigation

_JS = """
// What a click was about. The first of these on the next page is brought into view; the later ones only on a phone,
// where they are not beside what was clicked.
const EVIDENCE = ['.st-key-panel_evidence', '.st-key-panel_event_one'];
const BESIDE = ['.st-key-panel_rank', '.st-key-panel_trend'];

function chooses(link) {
  const there = new URLSearchParams(link.dataset.go.split('?')[1]), here = new URLSearchParams(location.search);
  return link.matches('.att') || ['kpi', 'event'].some((name) => there.get(name) !== here.get(name));
}

function land() {
  let ran = false, left = 80;
  const waiting = setInterval(() => {
    const state = document.querySelector('[data-test-script-state]')?.dataset.testScriptState;
    ran = ran || state === 'running' || left < 60;
    if (--left && !(ran && state === 'notRunning')) return;
    clearInterval(waiting);
    const wanted = matchMedia('(max-width: 820px)').matches ? [...EVIDENCE, ...BESIDE] : EVIDENCE;
    const panel = wanted.map((one) => document.querySelector(one)).find(Boolean);
    if (!panel) return;
    const { top } = panel.getBoundingClientRect();
    if (top < 0 || top > innerHeight / 2) panel.scrollIntoView();
  }, 100);
}

// Marks what goes on to the right of its box; theme.css says it in words.
function watch() {
  if (window.siheWatch) return;
  const mark = () => document.querySelectorAll('.table-box, .heat, .way').forEach(
    (box) => box.toggleAttribute('data-more', box.scrollWidth > box.clientWidth + 8));
  let due;
  const later = () => { clearTimeout(due); due = setTimeout(mark, 150); };
  window.siheWatch = new MutationObserver(later);
  window.siheWatch.observe(document.body, { childList: true, subtree: true });
  addEventListener('resize', later);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector('.live');
  if (!root) return;
  watch();
  document.documentElement.lang = data.lang;
  if (root.dataset.markup !== data.markup) { root.innerHTML = data.markup; root.dataset.markup = data.markup; }
  root.onclick = (event) => {
    const fold = event.target.closest('button.fold');
    if (fold) fold.setAttribute('aria-expanded', document.documentElement.classList.toggle('unfolded'));
    const link = event.target.closest('a[data-go]');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (chooses(link)) land();
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
