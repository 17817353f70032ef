"""Hidden cells that follow from several totals together: an area less the grid that is a part of it.

Belongs here: the equations of a reader. Does not belong here: which cells are small, what follows from one total
(`small_cells`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction

Row = dict[str | int, Fraction]
"""An equation: hidden cells, and by their numbers the totals that it is made of; all of it sums to zero."""


def apart(groups: Collection[Collection[str]]) -> list[list[Collection[str]]]:
    """The groups in lists that have no cell in common: no total in one list says anything of another list."""
    found: list[tuple[set[str], list[Collection[str]]]] = []
    part_of: dict[str, tuple[set[str], list[Collection[str]]]] = {}
    for group in groups:
        parts = {id(part): part for cell in group if (part := part_of.get(cell)) is not None}
        largest = max(parts.values(), key=lambda part: len(part[0]), default=(set[str](), list[Collection[str]]()))
        moved = set(group).union(*(part[0] for part in parts.values() if part is not largest))
        for cells, others in parts.values():
            if cells is not largest[0]:
                largest[1].extend(others)
                others.clear()
        largest[0].update(moved)
        largest[1].append(group)
        part_of |= dict.fromkeys(moved, largest)
        if not parts:
            found.append(largest)
    return [part for _, part in found if part]


def told(
    cells: Mapping[str, int], groups: Sequence[Collection[str]], hidden: Collection[str], least: int
) -> Iterator[list[str]]:
    """For each hidden cell, or sum of some, that follows from the totals of the groups and is less than `least`: the
    shown cells of which any, once it is hidden, leaves another unknown in what it follows from."""
    for row in _solved(groups, hidden).values():
        mine = {cell: factor for cell, factor in row.items() if isinstance(cell, str)}
        if any(factor != 1 for factor in mine.values()) or not 0 < sum(cells[cell] for cell in mine) < least:
            continue
        net: dict[str, Fraction] = {}
        for number, factor in row.items():
            if isinstance(number, int):
                for cell in groups[number]:
                    net[cell] = net.get(cell, Fraction(0)) + factor
        yield [cell for cell, factor in net.items() if factor and cell not in hidden]


def _solved(groups: Sequence[Collection[str]], hidden: Collection[str]) -> dict[str, Row]:
    """The equations in reduced echelon form, each by the cell that is in no other."""
    rows: dict[str, Row] = {}
    for number, group in enumerate(groups):
        row: Row = {cell: Fraction(1) for cell in sorted(group) if cell in hidden}
        row[number] = Fraction(-1)
        for cell in [cell for cell in row if cell in rows]:
            row = _minus(row, rows[str(cell)], row[cell])
        pivot = next((cell for cell in row if isinstance(cell, str)), None)
        if pivot is None:
            continue
        own = {cell: factor / row[pivot] for cell, factor in row.items()}
        for cell, other in rows.items():
            if pivot in other:
                rows[cell] = _minus(other, own, other[pivot])
        rows[pivot] = own
    return rows


def _minus(row: Row, other: Row, times: Fraction) -> Row:
    found = {cell: row.get(cell, Fraction(0)) - times * other.get(cell, Fraction(0)) for cell in {**row, **other}}
    return {cell: factor for cell, factor in found.items() if factor}
