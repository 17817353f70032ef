"""网格: can every grid carry its work? Households, workers, visits, open events and load of each."""

import frame
from context import Context


def show(context: Context) -> None:
    frame.filters(context)
