"""`make screenshots`: pictures of every page, for people. Uses the home in SIHE_HOME, else var/; writes into
screenshots/, which git ignores: `<page>-<size>-<light|dark>-<zh|en>.png`.

Belongs here: which pages in which sizes. Does not belong here: what is expected of them (test_dashboard.py).
"""

import os
import sys
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

# The first import makes the second one findable.
from .conftest import DASHBOARD, FLAGS, Visit, serve

from reader import menu  # isort: skip

PROJECT = DASHBOARD.parent
FOLDER = PROJECT / "screenshots"
SIZES = {"wall": (1920, 1080), "laptop": (1366, 768), "phone": (390, 844)}
LONGEST = 6000
"""Maximum height in pixels of a complete page."""
VIEWS = [(size, dark, "zh") for size in SIZES for dark in (False, True)] + [("laptop", False, "en")]


def main(pages: tuple[str, ...]) -> None:
    """Take the pictures of these pages, or of all."""
    home = Path(os.environ.get("SIHE_HOME") or PROJECT / "var")
    if not (home / "published" / "current.json").is_file():
        raise click.ClickException(f"nothing is published in {home}: run `make demo` first, or set SIHE_HOME")
    FOLDER.mkdir(exist_ok=True)
    wanted = [page for page in menu.PAGES.values() if not pages or page.name in pages]
    with serve(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        for size, dark, lang in VIEWS:
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale="zh-CN"
            )
            visit = Visit(context.new_page())
            for each in wanted:
                visit.open(f"{address}{each.path}?lang={lang}")
                page = visit.page
                tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
                page.set_viewport_size({"width": width, "height": max(height, min(tall, LONGEST))})
                page.wait_for_timeout(400)
                file = FOLDER / f"{each.name}-{size}-{'dark' if dark else 'light'}-{lang}.png"
                page.screenshot(path=file)
                page.set_viewport_size({"width": width, "height": height})
                click.echo(file.relative_to(PROJECT))
            context.close()
        browser.close()


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
