"""The search box: a field over the page with its hits below, used by keyboard alone. `/` or a button with the attribute
data-search opens it, the arrow keys choose a hit, Enter opens it, Esc closes the box.

Belongs here: the box and its behaviour in the browser. Does not belong here: what is found (figures/finder.py), where a
hit leads (page/search.py).
"""

from collections.abc import Callable, Sequence

import streamlit as st

from components.markup import esc
from language.words import Speaker

_JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector('.search');
  if (!root) return;
  if (root.dataset.frame !== data.frame) { root.innerHTML = data.frame; root.dataset.frame = data.frame; }
  const box = root.querySelector('.search-box'), field = root.querySelector('input');
  const list = root.querySelector('.search-hits');
  const links = () => [...list.querySelectorAll('a[data-go]')];
  const choose = (at) => {
    const all = links();
    const on = all.length ? (at + all.length) % all.length : -1;
    all.forEach((link, number) => {
      link.id = `search-hit-${number}`;
      link.setAttribute('role', 'option');
      link.setAttribute('tabindex', '-1');
      link.setAttribute('aria-selected', String(number === on));
    });
    if (on < 0) { field.removeAttribute('aria-activedescendant'); return; }
    field.setAttribute('aria-activedescendant', all[on].id);
    all[on].scrollIntoView({ block: 'nearest' });
  };
  const chosen = () => links().findIndex((link) => link.getAttribute('aria-selected') === 'true');
  const close = () => {
    root.classList.remove('open');
    root.waits = false;
    // A hidden field keeps the focus until the next frame, and would take the next `/` for text.
    field.blur();
    if (root.cameFrom && root.cameFrom.isConnected) root.cameFrom.focus();
    root.cameFrom = null;
  };
  const open = () => {
    if (root.classList.contains('open')) return;
    root.cameFrom = document.activeElement;
    root.classList.add('open');
    if (!isAnswered()) ask();
    field.focus();
    field.select();
  };
  const go = (link) => {
    if (!link) return;
    close();
    field.value = '';
    setTriggerValue('go', link.dataset.go);
  };
  const ask = () => { clearTimeout(root.timer); setTriggerValue('text', field.value); };
  const isAnswered = () => data.text === field.value;

  if (list.dataset.markup !== data.markup) {
    list.innerHTML = data.markup;
    list.dataset.markup = data.markup;
    choose(0);
  }
  if (root.waits && isAnswered()) { root.waits = false; go(links()[0]); }

  root.typed = () => { clearTimeout(root.timer); root.timer = setTimeout(ask, 160); };
  field.oninput = (event) => { if (!event.isComposing) root.typed(); };
  // Chinese is composed first; then there is no further input event.
  if (!field.hears) { field.hears = true; field.addEventListener('compositionend', () => root.typed()); }
  box.onkeydown = (event) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown') choose(chosen() + 1);
    else if (event.key === 'ArrowUp') choose(chosen() - 1);
    else if (event.key === 'Enter') { if (isAnswered()) go(links()[chosen()]); else { root.waits = true; ask(); } }
    else if (event.key === 'Tab') { event.preventDefault(); choose(chosen() + (event.shiftKey ? -1 : 1)); return; }
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  root.onclick = (event) => {
    if (event.target === root) { close(); return; }
    const link = event.target.closest('a[data-go]');
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(link);
  };
  const onKey = (event) => {
    if (event.key !== '/' || event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
    if (event.target.closest('input, textarea, select, [contenteditable], [role="dialog"]')) return;
    event.preventDefault();
    open();
  };
  const onClick = (event) => { if (event.target.closest('[data-search]')) open(); };
  document.addEventListener('keydown', onKey);
  document.addEventListener('click', onClick);
  return () => {
    document.removeEventListener('keydown', onKey);
    document.removeEventListener('click', onClick);
  };
}
"""
_show = st.components.v2.component("sihe_search", html='<div class="search"></div>', js=_JS, isolate_styles=False)


def button(t: Speaker) -> str:
    """What opens the box, for the header."""
    return (
        f'<button type="button" class="badge search-open" data-search aria-keyshortcuts="/" '
        f'title="{esc(t("search.hint"))}">{esc(t("search.name"))}<kbd>/</kbd></button>'
    )


def hits(groups: Sequence[tuple[str, Sequence[str]]], t: Speaker, is_asked: bool) -> str:
    """groups: heads with their links as markup. is_asked: something is typed."""
    if not groups:
        return f'<p class="search-none">{esc(t("search.none" if is_asked else "search.help"))}</p>'
    return "".join(
        f'<div role="group" aria-label="{esc(head)}"><h3 aria-hidden="true">{esc(head)}</h3>{"".join(links)}</div>'
        for head, links in groups
    )


def search_box(markup: str, text: str, t: Speaker, asked: Callable[[], None], followed: Callable[[], None]) -> None:
    """markup: from `hits`, for `text`. The callbacks find what was typed or clicked in the session, under `search_box`
    as `text` and `go`."""
    name, keys = esc(t("search.name")), esc(t("search.keys"))
    frame = (
        f'<div class="search-box" role="dialog" aria-modal="true" aria-label="{name}">'
        '<input type="text" role="combobox" aria-expanded="true" aria-controls="search-hits" aria-autocomplete="list" '
        f'aria-label="{name}" placeholder="{esc(t("search.hint"))}" autocomplete="off" spellcheck="false" '
        'maxlength="60">'
        f'<div class="search-hits" id="search-hits" role="listbox" aria-label="{name}"></div>'
        f'<div class="search-keys" aria-hidden="true">{keys}</div></div>'
    )
    _show(
        key="search_box",
        data={"frame": frame, "markup": markup, "text": text},
        on_text_change=asked,
        on_go_change=followed,
    )
