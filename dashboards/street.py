"""镇街: which street needs help? Streets by types, the three rates, and the workload."""

import frame
from context import Context


def show(context: Context) -> None:
    frame.filters(context)
