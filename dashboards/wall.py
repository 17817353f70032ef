"""大屏: the overview on the wall of a command centre: dark, larger, without controls, following by itself."""

import frame
from context import Context


def show(context: Context) -> None:
    frame.filters(context)
