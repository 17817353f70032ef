"""Colours, defined once. Streamlit's own colours are read from .streamlit/config.toml; all others are defined here.

Belongs here: the palette of both themes, as CSS variables for theme.css and as values for charts. Does not belong here:
layout (theme.css).
"""

import tomllib
from functools import cache
from pathlib import Path

import streamlit as st

HERE = Path(__file__).resolve().parent
_WALL = "theme_wall"
FONT = "'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif"

# Colour-blind readers can distinguish them (light, dark). Convenient and beautiful are too light for text on white.
PILLARS = {
    "safe": ("#2563B0", "#6FAEF2"),
    "convenient": ("#C77700", "#F5B23D"),
    "beautiful": ("#3A9E8A", "#45C49C"),
    "happy": ("#8E3B76", "#E08CC0"),
}
EXTRAS = {
    # The organisations' index is none of the four types.
    "organisation": ("#5B6776", "#A9B6C4"),
    "page": ("#F2F5F8", "#0B1522"),
    "brand": ("#1F5FA8", "#1F5FA8"),
    "brand-end": ("#3D8BD9", "#3D8BD9"),
    "on-brand": ("#FFFFFF", "#FFFFFF"),
    "muted": ("#64727F", "#93A1B0"),
    "grid": ("#E6EBF0", "#223346"),
    "bad": ("#B02A14", "#FF6F61"),
    "warn": ("#935700", "#F5B23D"),
    "good": ("#116B51", "#7BE3C6"),
    "bad-soft": ("#FBEAE6", "#3A1F22"),
    "warn-soft": ("#FBF1DF", "#352A17"),
    "good-soft": ("#E4F3EE", "#14322D"),
    # Worse than the red line, short of the target, on target, at the stretch goal: one hue, increasingly strong.
    "seq0": ("#E3EDF8", "#17304E"),
    "seq1": ("#B4D0EC", "#245892"),
    "seq2": ("#5E97D1", "#4C8FD6"),
    "seq3": ("#1E5296", "#A9CDF3"),
    "on0": ("#1B2733", "#DCE8F5"),
    "on1": ("#1B2733", "#FFFFFF"),
    "on2": ("#0B1522", "#0B1522"),
    "on3": ("#FFFFFF", "#0B1522"),
}
STREAMLIT = {
    "primary": "primaryColor",
    "card": "backgroundColor",
    "soft": "secondaryBackgroundColor",
    "ink": "textColor",
    "line": "borderColor",
    "link": "linkColor",
}


def on_wall(is_wall: bool) -> None:
    """The wall is dark, even if the reader's browser prefers light."""
    st.session_state[_WALL] = is_wall


def is_dark() -> bool:
    return bool(st.session_state.get(_WALL)) or (st.context.theme.type or "light") == "dark"


@cache
def palette(dark: bool) -> dict[str, str]:
    config = tomllib.loads((HERE / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    base = config["dark" if dark else "light"]
    colours = {name: str(base[key]) for name, key in STREAMLIT.items()}
    for group in (PILLARS, EXTRAS):
        colours |= {name: pair[dark] for name, pair in group.items()}
    return colours


def colour(name: str) -> str:
    return palette(is_dark())[name]


@cache
def _rules(modified_ns: int) -> str:
    return (HERE / "theme.css").read_text(encoding="utf-8")


def style(**texts: str) -> str:
    """The complete style sheet. texts: what it writes by itself, as variables: `goes_on`, that a table goes on to the
    right; `gone`, that the server does not answer."""
    variables = {**palette(is_dark()), **{name.replace("_", "-"): f"'{text}'" for name, text in texts.items()}}
    # Paper is white. Charts are drawn on the screen: theme.css turns them for it.
    on_paper = {**palette(dark=False), "chart-on-paper": "invert(1) hue-rotate(180deg)" if is_dark() else "none"}
    rules = _rules((HERE / "theme.css").stat().st_mtime_ns)
    return f"<style>{_root(variables)}\n@media print {{ {_root(on_paper)} }}\n{rules}</style>"


def _root(variables: dict[str, str]) -> str:
    return f":root{{{';'.join(f'--{name}:{value}' for name, value in variables.items())}}}"
