"""The SQL of the dbt project's models as their first build runs it, rendered without dbt: for reading, not for running.

Belongs here: the few names of dbt that the facts' models use. Does not belong here: building (dbt does), following
columns through the SQL (`columns_read`).

dbt itself would compile the same text, but needs an installation and 10 s; a vendor's file is judged in 3 s.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import jinja2.ext

from pipelines.settings import DBT_DIR

_MACRO = re.compile(r"\{%-?\s*macro\s+(?P<name>\w+)\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)


class CannotRender(ValueError):
    """A model that needs more of dbt than there is here."""


class _Returned(Exception):
    """What `return` leaves a macro with: it may be no text."""

    def __init__(self, value: object) -> None:
        self.value = value


def _return(value: object) -> None:
    raise _Returned(value)


_DBT = SimpleNamespace(
    datediff=lambda first, second, part: f"date_diff('{part}', {first}, {second})",
    dateadd=lambda part, interval, start: f"({start} + to_{part}s({interval}))",
    date_trunc=lambda part, date: f"date_trunc('{part}', {date})",
    type_string=lambda: "varchar",
    string_literal=lambda text: f"'{text}'",
)


class Models:
    """The models of a project. facts: the entries of its facts, as their yml has them. feeds: the stored columns of
    each feed (`<platform>.<feed>`)."""

    def __init__(
        self,
        facts: Mapping[str, Mapping[str, Any]],
        feeds: Mapping[str, Sequence[str]],
        project: Path = DBT_DIR,
    ) -> None:
        self._files = {file.stem: file for file in (project / "models").rglob("*.sql")}
        self._environment = jinja2.Environment(
            extensions=[jinja2.ext.do], undefined=jinja2.StrictUndefined, autoescape=False
        )
        self._environment.globals |= {
            "return": _return,
            "ref": lambda name: name,
            "source": lambda platform, feed: f"{platform}__{feed}",
            "config": lambda *_, **__: "",
            "is_incremental": lambda: False,
            "execute": True,
            "dbt": _DBT,
            "registered_facts": lambda: facts,
            "delivered_columns": lambda platform, feed: feeds[f"{platform}.{feed}"],
        }
        for name, text in _macros(project).items():
            if name not in self._environment.globals:
                self._environment.globals[name] = self._called(name, text)

    def sql(self, name: str) -> str:
        """The SQL of a model; raises CannotRender if there is no such model, or it needs more of dbt."""
        if name not in self._files:
            raise CannotRender(f"there is no model {name!r}")
        text = self._files[name].read_text(encoding="utf-8")
        try:
            return self._environment.from_string(text).render()
        except (jinja2.TemplateError, _Returned, TypeError, AttributeError, KeyError) as error:
            raise CannotRender(f"{name}: {error}") from error

    def _called(self, name: str, text: str) -> Callable[..., object]:
        """A macro; read when it is called, since most never are."""

        def call(*given: object, **named: object) -> object:
            macro = getattr(self._environment.from_string(text).module, name)
            try:
                return str(macro(*given, **named))
            except _Returned as returned:
                return returned.value

        return call


@lru_cache(maxsize=1)
def _macros(project: Path) -> dict[str, str]:
    """Every macro by name, each as a text of its own: one that calls another then does so by `call`."""
    found: dict[str, str] = {}
    for file in sorted((project / "macros").glob("*.sql")):
        found |= {one["name"]: one[0] for one in _MACRO.finditer(file.read_text(encoding="utf-8"))}
    return found
