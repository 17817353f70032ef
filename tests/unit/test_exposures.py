"""Exposures: what a page reads, followed through the dashboard's sources."""

from pathlib import Path

import pytest
import yaml

from pipelines.exposures import FRAME, Dashboard, exposures_document
from pipelines.settings import DASHBOARD_DIR, DBT_DIR

SOURCES = {
    "app.py": "from figures import published\n\n\ndef main():\n    published.ask('build')\n",
    "figures/__init__.py": "",
    "figures/published.py": "def ask(question, **params): ...\n",
    "figures/scores.py": (
        "from figures import published\n\n\ndef now():\n    return published.ask('scores')\n\n\n"
        "def before():\n    return published.ask('older')\n"
    ),
    "screens/__init__.py": "",
    "screens/a.py": (
        "from figures import scores\nfrom screens.b import Panel\n\n\ndef show(context):\n    scores.now()\n"
        "    PANEL()\n\n\ndef _unused():\n    context.ask('events')\n\n\nPANEL = Panel\n"
    ),
    "screens/b/__init__.py": (
        "from figures.published import ask\n\n\nclass Panel:\n    def draw(self):\n        self.ask_window('visits')\n"
        "\n\ndef show(context):\n    ask('older')\n    print('events')\n"
    ),
    "queries/build.sql": "select generation from meta.build",
    "queries/scores.sql": "-- As in from marts.nothing.\nselect 1 from marts.score join meta.feed on true",
    "queries/older.sql": "select 1 from ({old})",
    "queries/parts/old.sql": "select 1 from marts.older",
    "queries/events.sql": "select 1 from marts.fct_event",
    "queries/visits.sql": "with a as (select 1 from marts.fct_visit) select 1 from a",
    "menu.toml": "".join(
        f"[[page]]\nname = '{name}'\ntitle = ['{name}甲', 'A']\nquestion = ['问', 'why']\nowner = 'us'\n"
        for name in "ab"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_page_asks_what_its_functions_reach_in_other_modules_and_nothing_else(folder: Path) -> None:
    dashboard = Dashboard(folder)
    assert dashboard.questions(("screens.a", "show")) == {"scores", "visits"}
    assert dashboard.questions(("screens.b", "show")) == {"older"}
    assert dashboard.questions(FRAME) == {"build"}


def test_an_exposure_names_the_models_that_are_asked_and_whom_they_are_for(folder: Path) -> None:
    document = yaml.safe_load(exposures_document(folder, {"score", "feed", "older", "fct_visit", "fct_event"}))
    a, b = document["exposures"]
    assert a["depends_on"] == ["ref('fct_visit')", "ref('feed')", "ref('score')"]
    assert b["depends_on"] == ["ref('older')"]
    assert [one["config"]["meta"]["shows"] for one in (a, b)] == [["fct_visit", "feed", "score"], ["older"]]
    assert (a["name"], a["label"], a["description"], a["owner"]) == ("a", "a甲", "问 · why", {"name": "us"})


def test_every_question_of_the_dashboard_is_asked() -> None:
    dashboard = Dashboard(DASHBOARD_DIR)
    pages = [name.split(".")[1] for name in dashboard.modules if name.count(".") == 1 and name.startswith("screens.")]
    asked = dashboard.questions(FRAME, *((f"screens.{page}", "show") for page in pages))
    # The publication itself is queried by its own module, before there is a page.
    assert set(dashboard.tables) - asked == {"build"}


def test_what_the_pages_of_the_dashboard_read_is_found() -> None:
    models = {file.stem for file in (DBT_DIR / "models").rglob("*.sql")}
    document = yaml.safe_load(exposures_document(DASHBOARD_DIR, models))
    read = {one["name"]: set(one["depends_on"]) for one in document["exposures"]}
    frame = {f"ref('{name}')" for name in ("dim_org", "feed", "delivery", "kpi_definition")}
    assert all(frame <= models_read for models_read in read.values())
    assert "ref('kpi_evidence')" in read["definitions"] and "ref('kpi_evidence')" not in read["grid"]
    assert "ref('fct_visit')" in read["visits"] and "ref('fct_visit')" not in read["grid"]
    assert "ref('promise')" in read["cobuilding"] & read["overview"]
