"""Twelve weeks as lines: at most four, labelled at their ends, with the target as a dashed line, with
a step where it changes. A native ECharts chart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import theme
from figures.board import Week
from language import numbers as fmt

FONT_SIZE = 12
"""In px."""


@dataclass(frozen=True)
class Line:
    name: str
    colour: str
    weeks: Sequence[Week]
    width: float = 2.4


@dataclass(frozen=True)
class Series:
    """A line of plain numbers."""

    name: str
    colour: str
    values: Sequence[float | None]
    width: float = 2.4


@dataclass(frozen=True)
class Mark:
    """A thin line with a word at one of the weeks."""

    week: int
    text: str


def _step(rough: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = math.pow(10, math.floor(math.log10(rough)))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def trend(
    lines: Sequence[Line],
    unit: str,
    targets: Sequence[float | None],
    lang: str,
    colours: dict[str, str],
    marks: Sequence[Mark] = (),
) -> dict[str, Any]:
    """KPIs of one unit by week. targets: that of each week."""
    labels = [fmt.short_day(week.last, lang) for week in lines[0].weeks]
    series = [Series(line.name, line.colour, [week.figure.value for week in line.weeks], line.width) for line in lines]
    return chart(series, labels, unit, targets, lang, colours, marks=marks)


def chart(
    lines: Sequence[Series],
    labels: Sequence[str],
    unit: str,
    targets: Sequence[float | None],
    lang: str,
    colours: dict[str, str],
    marks: Sequence[Mark] = (),
) -> dict[str, Any]:
    """Lines over labels, in `unit` as numbers.value formats it (`score`: points of 100, one decimal).
    targets: that of each label, or none."""
    floor, ceiling, step = _scale([value for line in lines for value in (*line.values, *targets)], unit)
    crowded = sum(value is not None for line in lines for value in line.values) >= 14
    series = [_line(line, unit, lang, colours, len(lines) > 1, crowded) for line in lines]
    target = targets[0] if len(set(targets)) == 1 else None
    if target is not None or marks:
        series[0]["markLine"] = _lines_across(target, marks, colours)
    if len(set(targets)) > 1:
        series.append(_steps(targets, colours))
    room = 72 if len(lines) == 1 else 8 * FONT_SIZE if unit == "score" else 150
    axis = {"color": colours["muted"], "fontSize": FONT_SIZE, "fontFamily": theme.FONT, "textBorderWidth": 0}
    return {
        "animation": False,
        "textStyle": {"fontFamily": theme.FONT},
        "grid": {"left": 44, "right": room, "top": 2 * FONT_SIZE if marks else 12, "bottom": 2 * FONT_SIZE + 2},
        "xAxis": {
            "type": "category",
            "data": list(labels),
            "boundaryGap": False,
            "axisLine": {"lineStyle": {"color": colours["line"]}},
            "axisLabel": axis,
            "axisTick": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "min": floor,
            "max": ceiling,
            "interval": step,
            "axisLabel": axis,
            "splitLine": {"lineStyle": {"color": colours["grid"]}},
        },
        "tooltip": {
            "trigger": "axis",
            "backgroundColor": colours["card"],
            "borderColor": colours["line"],
            "textStyle": {"color": colours["ink"], "fontFamily": theme.FONT, "fontSize": 12},
        },
        "series": series,
    }


def _scale(values: Sequence[float | None], unit: str) -> tuple[float, float, float]:
    """Begin, end and step of the axis: round numbers, so that its labels are round."""
    marks = [value for value in values if value is not None]
    low, high = min(marks), max(marks)
    pad = (high - low) * 0.15 or 1.0
    # Counts begin at nothing: half a line high is half as many.
    floor = 0.0 if unit == "count" else max(0.0, low - pad)
    ceiling = min(100.0, high + pad) if unit == "percent" else high + pad
    step = _step((ceiling - floor) / 4)
    return round(floor // step * step, 6), round(-(-ceiling // step) * step, 6), step


def _line(
    line: Series,
    unit: str,
    lang: str,
    colours: dict[str, str],
    is_named: bool,
    is_crowded: bool,
) -> dict[str, Any]:
    values = [None if value is None else round(value, 2) for value in line.values]
    newest = next((value for value in reversed(values) if value is not None), None)
    last = fmt.value(newest, unit, lang)
    return {
        "type": "line",
        "name": line.name,
        "data": values,
        "symbol": "circle",
        "symbolSize": 5,
        "showSymbol": not is_crowded,
        "color": line.colour,
        "lineStyle": {"width": line.width},
        # A label without a place makes ECharts move none of the others apart.
        "endLabel": _end_label(f"{line.name} {last}" if is_named else last, colours)
        if newest is not None
        else {"show": False},
        "labelLayout": {"moveOverlap": "shiftY"},
        "connectNulls": False,
    }


def _steps(targets: Sequence[float | None], colours: dict[str, str]) -> dict[str, Any]:
    """Targets that change, as a dashed line that changes between two labels."""
    return {
        "type": "line",
        "data": list(targets),
        "step": "middle",
        "symbol": "none",
        "silent": True,
        "color": colours["muted"],
        "lineStyle": {"type": "dashed", "width": 1.2},
        "tooltip": {"show": False},
    }


def _end_label(text: str, colours: dict[str, str]) -> dict[str, Any]:
    return {
        "show": True,
        "formatter": text,
        "color": colours["ink"],
        "fontSize": FONT_SIZE,
        "textBorderWidth": 0,
        "fontFamily": theme.FONT,
        "distance": 6,
        "width": 132,
        "overflow": "break",
        "lineHeight": FONT_SIZE + 3,
    }


def _lines_across(target: float | None, marks: Sequence[Mark], colours: dict[str, str]) -> dict[str, Any]:
    """The target from left to right, and every mark from the bottom to the top with its word above."""
    level = [] if target is None else [{"yAxis": target, "label": {"show": False}}]
    upright = [
        {
            "xAxis": mark.week,
            "lineStyle": {"color": colours["muted"], "type": "solid", "width": 1, "opacity": 0.55},
            "label": {
                "show": True,
                "formatter": mark.text,
                "position": "end",
                "color": colours["muted"],
                "fontSize": FONT_SIZE - 1,
                "fontFamily": theme.FONT,
                "textBorderWidth": 0,
            },
        }
        for mark in marks
    ]
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": colours["muted"], "type": "dashed", "width": 1.2},
        "data": [*level, *upright],
    }
