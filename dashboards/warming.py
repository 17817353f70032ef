"""What is done before a reader comes: all pages are loaded, and the usual ones of a new generation are made.

Belongs here: doing it ahead, in the background. Does not belong here: what a page shows (screens/), what is kept of it
(figures/published.py).

A page that runs outside a session draws nothing, because Streamlit has nobody to send it to; what it has asked and made
is kept for the readers. Usual is what the menu opens: the whole district, without a limit. The views of a scope are
made when its first reader comes.
"""

import gc
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from figures import periods, published
from figures.kpis import definitions
from figures.orgs import Register
from figures.published import Publication
from language.words import Speaker
from reader import menu
from reader.context import Context
from reader.view import View

log = logging.getLogger("sihe.dashboard")
LOOK_EVERY_SECONDS = 3
# Every element of a page outside a session is reported here.
_REPORTS = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")


def load() -> None:
    """Loads the modules of all pages, and takes what is loaded out of Python's search for what is not used any more."""
    for page in menu.PAGES:
        import_module(f"screens.{page}")
    gc.collect()
    gc.freeze()


def make(publication: Publication) -> None:
    """Runs the usual pages of a publication; one that fails is left to its readers, who are told why."""
    register, kpis = Register.read(publication), definitions(publication)
    for page in menu.PAGES.values():
        if register.is_above and not page.is_above:
            continue
        context = Context(publication, register, kpis, View(), Speaker("zh"), periods.beijing_now())
        try:
            import_module(f"screens.{page.name}").show(context)
        except Exception:
            log.info("page %s was not made ahead", page.name, exc_info=True)


def follow(stop: threading.Event) -> None:
    """Makes the pages of the current publication, and of each that follows it, until it has to stop."""
    here, made = threading.get_ident(), ""
    _REPORTS.addFilter(lambda record: record.thread != here)
    while True:
        try:
            publication = published.current() if published.pointer() != made else None
            if publication:
                made = published.pointer() or ""
                make(publication)
        except published.Unavailable:
            log.info("there is nothing to make ahead", exc_info=True)
        if stop.wait(LOOK_EVERY_SECONDS):
            return


@asynccontextmanager
async def ahead(_: object) -> AsyncIterator[None]:
    """While the server runs."""
    load()
    stop = threading.Event()
    # A daemon: the end of the server waits for no page.
    threading.Thread(target=follow, args=(stop,), name="ahead", daemon=True).start()
    yield
    stop.set()
