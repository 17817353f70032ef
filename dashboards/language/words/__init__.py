"""Every word of the interface, Chinese and English: one file per page with its own words, one for the evidence of a
number, and `common`.

Belongs here: words and the labels of the contracts' codes. Does not belong here: names from the data (places stay
unchanged; offices and kinds of events have an English word in the warehouse), numbers and units (language/numbers.py),
titles of the pages (menu.toml). A key is written `area.word`; a text may contain {fields}, an English one {n} row(s).
Formulas and caveats come from the warehouse (kpi_definition).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules

WORDS: dict[str, tuple[str, str]] = {}
for _file in iter_modules(__path__):
    WORDS |= import_module(f"{__name__}.{_file.name}").WORDS


_COUNTED = re.compile(r"\{(\w+)\} ([A-Za-z ]+)\(s\)")


def _numbered(text: str, fields: Mapping[str, object]) -> str:
    """`{n} row(s)` as 1 row, 2 rows: before the fields are put in, whose texts stay as they are."""
    return _COUNTED.sub(
        lambda found: f"{{{found[1]}}} {found[2]}{'' if str(fields.get(found[1])) == '1' else 's'}", text
    )


@dataclass(frozen=True)
class Speaker:
    """Returns a text in one language: `t("area.all")`."""

    lang: str
    terms: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Chinese texts of the data that have an English word: offices and kinds of events."""

    def term(self, text: str | None) -> str:
        """A text of the data in the reader's language, otherwise unchanged; empty for none."""
        return self.terms.get(text, text) if text and self.lang == "en" else text or ""

    def __call__(self, key: str, **fields: object) -> str:
        text = WORDS[key][self.lang == "en"]
        return _numbered(text, fields).format(**fields) if fields else text

    def join(self, names: Iterable[str]) -> str:
        return self("list").join(names)
