"""One inline component for everything that can be clicked: it shows markup made (and escaped) in Python and reports the
link that was clicked.

Links are real `<a href>`: they can be opened in another tab, copied and focused; a normal click is followed without
reloading the page.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import streamlit as st

from reader import navigation

_show = st.components.v2.component(
    "sihe_live",
    html='<div class="live"></div>',
    js=(Path(__file__).parent / "live.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def live(markup: str, key: str, lang: str, ours: Mapping[str, str] | None = None) -> None:
    """`ours`: texts of Streamlit in the reader's language, for the whole page."""
    _show(
        key=key,
        # Pairs: for a dict in here, Streamlit loads pandas to see whether it is a table.
        data={"markup": markup, "lang": "zh-CN" if lang == "zh" else "en", "ours": tuple((ours or {}).items())},
        on_go_change=partial(_clicked, key),
    )


def _clicked(key: str) -> None:
    where = st.session_state[key].get("go")
    if isinstance(where, str):
        navigation.follow(where)
