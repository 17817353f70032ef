"""Twelve weeks as a line of 12 points: gaps for missing values, the target as a dashed line with a step where it
changes."""

import base64
from collections.abc import Sequence
from itertools import groupby

WIDTH, HEIGHT = 170, 46


def sparkline(
    values: Sequence[float | None], targets: Sequence[float | None], colour: str, muted: str, alt: str
) -> str:
    """An <img> with a data URI: st.html removes inline SVG, and an image has its own alternative text. targets: that of
    each value."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    marks = known + [target for target in targets if target is not None]
    low, high = min(marks), max(marks)
    pad = max((high - low) * 0.12, 0.01)
    low, high = low - pad, high + pad

    def x(index: int) -> float:
        return 4 + index * (WIDTH - 12) / max(1, len(values) - 1)

    def y(value: float) -> float:
        return HEIGHT - 4 - (value - low) * (HEIGHT - 8) / (high - low)

    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x(index), y(value)))
    runs = [run for run in runs if run]
    parts = []
    begun = 0
    for target, same in groupby(targets):
        ended = begun + len(list(same))
        # A step is half way between two values.
        left = (x(begun - 1) + x(begun)) / 2 if begun else 0.0
        right = (x(ended - 1) + x(ended)) / 2 if ended < len(targets) else WIDTH
        begun = ended
        if target is not None:
            parts.append(
                f'<line x1="{left:g}" x2="{right:g}" y1="{y(target):.1f}" '
                f'y2="{y(target):.1f}" stroke="{muted}" stroke-dasharray="3 3"/>'
            )
    for run in runs:
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in run)
        if len(run) > 1:
            parts.append(
                f'<polygon points="{run[0][0]:.1f},{HEIGHT} {points} '
                f'{run[-1][0]:.1f},{HEIGHT}" fill="{colour}" opacity=".12"/>'
            )
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" '
                'stroke-width="2.2" stroke-linejoin="round"/>'
            )
        else:
            parts.append(f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1.6" fill="{colour}"/>')
    end = runs[-1][-1]
    parts.append(f'<circle cx="{end[0]:.1f}" cy="{end[1]:.1f}" r="3.4" fill="{colour}"/>')
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>'
    encoded = base64.b64encode(svg.encode()).decode()
    return f'<img class="spark" alt="{alt}" src="data:image/svg+xml;base64,{encoded}">'
