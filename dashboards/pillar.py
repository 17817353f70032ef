"""四型: why did a type rise or fall? Its KPIs and what each of them contributed."""

import frame
from context import Context


def show(context: Context) -> None:
    frame.filters(context)
