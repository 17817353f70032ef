"""What stands below figures in doubt: whose they are, which pattern touches them, and the way to the findings.

Belongs here: the note with its link. Does not belong here: the mark itself, which stands inside links (`markup`).
"""

from collections.abc import Iterable, Sequence

from components.markup import doubt_mark, esc, link
from language.words import Speaker
from reader.view import View


def doubt_note(places: Iterable[tuple[str, Sequence[str]]], view: View, t: Speaker) -> str:
    """places: a name and its sentinels each; empty if none is in doubt."""
    found: dict[str, list[str]] = {}
    for name, doubts in places:
        for pattern in doubts:
            found.setdefault(pattern, []).append(name)
    if not found:
        return ""
    said = t("semicolon").join(
        t("doubt.of", names=t.join(list(dict.fromkeys(names))), pattern=t("sentinel." + pattern))
        for pattern, names in sorted(found.items())
    )
    mark = doubt_mark(sorted(found), t)
    go = link("data", view, esc(t("doubt.go")), "doubt-go", t("doubt.go_hint"))
    return f'<div class="doubt-note">{mark} {esc(said)}{esc(t("stop"))} {go}</div>'
