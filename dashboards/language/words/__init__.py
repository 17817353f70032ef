"""Every word of the interface, Chinese and English: a file a page with what that page alone says, one for the evidence
under a number, and `common`.

Here: words and the labels of the contracts' codes. Not here: names from the data (they stay as they are), numbers
and units (language/numbers.py), titles of the pages (menu.toml). A key is written `area.word`; a text may hold
{fields}. Formulas and caveats are the warehouse's own words (kpi_definition), not here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

WORDS: dict[str, tuple[str, str]] = {}
for _file in iter_modules(__path__):
    WORDS |= import_module(f"{__name__}.{_file.name}").WORDS


@dataclass(frozen=True)
class Speaker:
    """Says a word in one language: `t("area.all")`."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        text = WORDS[key][self.lang == "en"]
        return text.format(**fields) if fields else text

    def join(self, names: Iterable[str]) -> str:
        return self("list").join(names)
