"""capacity."""

import frame
from context import Context


def show(context: Context) -> None:
    t = context.t
    frame.blank_page(t("empty.title"), t("empty.text"))
