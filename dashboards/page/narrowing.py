"""The filters of a page's lists, kept in the URL: which there are, what is chosen, what is left of a list.

Belongs here: dimensions with their words. Does not belong here: counting (figures/narrowing.py), the chips
(components/chips.py), the lists (screens/).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from components.chips import Chip, chips
from figures import narrowing
from figures.narrowing import Dimension
from figures.published import Row
from language import numbers as fmt
from language.words import WORDS, Speaker
from reader.context import Context
from reader.view import View


@dataclass(frozen=True)
class Filter:
    dimension: Dimension
    name: str
    """Key of its word."""
    said: Callable[[str, Speaker], str]
    """A value of the rows in words."""
    prefix: str = ""
    """Of the words of a code."""

    def named(self, code: str, t: Speaker) -> str:
        """What the URL asks for, though no row has it; a unit's name is in rows only."""
        return t(self.prefix + code) if self.prefix + code in WORDS else t("narrow.unknown")


def of_code(field: str, column: str, name: str, prefix: str) -> Filter:
    """A property with codes of the contract, whose words begin with a prefix."""
    return Filter(Dimension(field, column), name, lambda value, t: t(prefix + value), prefix)


def of_unit(field: str, column: str, name: str) -> Filter:
    """A property with names of units."""
    return Filter(Dimension(field, column, is_unit=True), name, lambda value, t: t.term(value))


@dataclass(frozen=True)
class Narrowing:
    """The filters of a page for one list of rows."""

    context: Context
    page: str
    filters: Sequence[Filter]
    rows: Sequence[Row]

    @property
    def chosen(self) -> dict[str, str]:
        view = self.context.view
        return {one.dimension.field: code for one in self.filters if (code := getattr(view, one.dimension.field))}

    @property
    def dimensions(self) -> list[Dimension]:
        return [one.dimension for one in self.filters]

    def kept(self, rows: Sequence[Row]) -> list[Row]:
        return narrowing.narrowed(rows, self.dimensions, self.chosen)

    def without(self) -> View:
        """The view with no filter on."""
        return replace(self.context.view, **{one.dimension.field: "" for one in self.filters})

    def chips(self, of: str) -> str:
        """As markup; empty if there is nothing to choose. of: the key of what is counted."""
        t, view = self.context.t, self.context.view
        lines = []
        for one in self.filters:
            on = self.chosen.get(one.dimension.field, "")
            found = narrowing.choices(self.rows, self.dimensions, self.chosen, one.dimension)
            values = [
                Chip(
                    one.said(choice.value, t),
                    choice.rows,
                    replace(view, **{one.dimension.field: "" if choice.code == on else choice.code}),
                    choice.code == on,
                )
                for choice in found
            ]
            if on and on not in {choice.code for choice in found}:
                # The URL asks for something that the list does not have: it can be left too.
                values.insert(0, Chip(one.named(on, t), 0, replace(view, **{one.dimension.field: ""}), True))
            lines.append((t(one.name), values))
        return chips(self.page, lines, t(of, n=fmt.whole(len(self.rows))), t)
