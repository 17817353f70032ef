"""社区档案: the whole picture of one community, as one page that prints."""

import frame
from context import Context


def show(context: Context) -> None:
    frame.filters(context)
