"""Links to choose a place, in groups: for pages that show one place at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.markup import esc, link
from reader.view import View


@dataclass(frozen=True)
class Choice:
    name: str
    said: str
    """A number or a word after the name."""
    page: str
    view: View
    tone: str = ""


def chooser(groups: Sequence[tuple[str, Sequence[Choice]]]) -> str:
    body = []
    for name, choices in groups:
        links = "".join(
            link(
                one.page,
                one.view,
                f'<span>{esc(one.name)}</span><b class="num {one.tone}">{esc(one.said)}</b>',
                "choice",
                one.name,
            )
            for one in choices
        )
        body.append(f'<div class="choice-group"><h3>{esc(name)}</h3><div class="choices">{links}</div></div>')
    return f'<div class="chooser">{"".join(body)}</div>'
