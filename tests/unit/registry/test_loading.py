"""The registry: every KPI file is valid; a broken one gives the place of its error, and only that KPI is left out."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import yaml
from click.testing import CliRunner
from dagster import AssetKey

from pipelines.commands import cli, status
from pipelines.contracts.model import Contract
from pipelines.installation import House
from pipelines.night import findings, wording
from pipelines.orchestration import asset_checks
from pipelines.registry import expressions, loading, macro
from pipelines.registry.loading import Registry, RegistryError
from pipelines.registry.model import DIRECTIONS, KINDS, UNITS, Pillar
from pipelines.settings import DBT_DIR, Settings

PILLAR, KPI = "safe", "event_on_time_close_rate"
SOURCE = (DBT_DIR / "kpis" / PILLAR / f"{KPI}.yml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def whole() -> Registry:
    return loading.load()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The part of the dbt project that the registry reads, which a test may change, with the KPIs of two pillars: all
    of them take half a second more for each of ninety tests."""
    for pillar in (PILLAR, "happy"):
        shutil.copytree(DBT_DIR / "kpis" / pillar, tmp_path / "kpis" / pillar)
    shutil.copytree(DBT_DIR / "models", tmp_path / "models", ignore=shutil.ignore_patterns("*.sql"))
    return tmp_path


@pytest.fixture
def complete(project: Path) -> Path:
    """The same with all KPIs."""
    shutil.copytree(DBT_DIR / "kpis", project / "kpis", dirs_exist_ok=True)
    return project


def line_of(text: str, source: str = SOURCE) -> int:
    return source[: source.index(text)].count("\n") + 1


def broken(project: Path, old: str, new: str) -> RegistryError:
    """The one error if one KPI's file has that change; all other KPIs are loaded, and that one is not."""
    assert old in SOURCE
    file = project / "kpis" / PILLAR / f"{KPI}.yml"
    file.write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
    found = loading.load(project)
    (error,) = found.errors
    assert error.file == file
    assert str(error).startswith(f"kpis/{PILLAR}/{KPI}.yml")
    files = {other.stem for other in (project / "kpis").rglob("*.yml")}
    assert {one.id for one in found.kpis} == files - {KPI}
    return error


# ---------------------------------------------------------------- all of them


def test_every_kpi_file_and_every_fact_is_sound(whole: Registry) -> None:
    assert whole.errors == ()
    files = [file for pillar in Pillar for file in sorted((DBT_DIR / "kpis" / pillar).iterdir())]
    assert [(one.pillar, one.id) for one in whole.kpis] == [(file.parent.name, file.stem) for file in files]
    assert all(entry.is_usable and entry.columns for entry in whole.facts)


def test_every_kpi_whose_shortfall_is_counted_says_of_what(whole: Registry) -> None:
    """Those of flows that sum minutes, hours or votes count no rows; the platform's own data have no leader's list."""
    for one in whole.kpis:
        kpi = one.kpi
        sums = kpi.kind == "flow" and any(measure.sum for measure in kpi.sides.get("den", kpi.num).measures)
        judged = kpi.unit == "percent" and kpi.direction in ("up", "down") and one.pillar is not Pillar.DATA
        assert (kpi.missed is not None) == (judged and not sums), one.id


def test_the_formula_of_a_kpi_is_read_without_that_of_another(whole: Registry) -> None:
    """A screen shows it alone: "as that one / as that one, of a category" is no formula."""
    names = [one.kpi.zh for one in whole.kpis]
    for one in whole.kpis:
        for side in one.kpi.sides.values():
            assert not [name for name in names if f"同{name}" in side.zh], one.id
            assert not re.match("as (there|event_)", side.en), one.id


def test_a_key_of_several_columns_can_be_tested() -> None:
    """A fact's key is an expression: before it an alias would be that of its first column alone."""
    for file in (DBT_DIR / "tests").glob("*.sql"):
        assert not re.search(r"\w\.\{\{ *\w+\.key\b", file.read_text(encoding="utf-8")), file.name


def given_to_dbt(registry: Registry) -> dict[str, Any]:
    """What the generated macros return, by name."""
    caught: list[Any] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {"return": caught.append, "fromjson": json.loads, "graph": {}, "execute": True}
    module = environment.from_string(macro.document(registry)).module
    names = ("registered_kpis", "registered_facts", "unit_factors", "unit_limits")
    for name in names:
        getattr(module, name)()
    return dict(zip(names, caught, strict=True))


def test_dbt_gets_what_the_files_say(whole: Registry) -> None:
    given = given_to_dbt(whole)
    assert list(given["registered_kpis"]) == [one.id for one in whole.kpis]
    assert given["registered_kpis"][KPI] == {"pillar": PILLAR, **yaml.safe_load(SOURCE)}
    assert given["registered_facts"]["fct_event"]["key"] == "event_id"
    assert given["unit_factors"] == {name: unit.factor for name, unit in UNITS.items()}
    assert given["unit_limits"] == {"percent": 100, "points_10": 10, "points_100": 100}


@pytest.mark.parametrize("text", ["{{ x }}", "{% endmacro %}", "{# no comment", 'a "quote"', "a \\ b", "引号'", "a\nb"])
def test_a_text_is_given_back_as_it_is(whole: Registry, text: str) -> None:
    one = whole.kpis[0]
    changed = replace(one, values={**one.values, "zh": text, "points": [0.5, 2, None, True]})
    given = given_to_dbt(replace(whole, kpis=(changed,)))
    assert given["registered_kpis"] == {one.id: {"pillar": one.pillar.value, **changed.values}}


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("unit: percent", "unit: percnt", "unit", "none of percent, per_1000"),
        ("unit: percent", "unit: percnt", "unit", "did you mean 'percent'?"),
        ("kind: flow", "kind: flo", "kind", "did you mean 'flow'?"),
        ("direction: up", "direction: upp", "direction", "did you mean 'up'?"),
        ("points: [70, 90, 98]", "points: [70, 98, 90]", "", "3 points that rise"),
        ("points: [70, 90, 98]", "points: [70, 90]", "", "3 points that rise"),
        ("points: [70, 90, 98]", "points: [70, 90, 90]", "", "3 points that rise"),
        ("direction: up", "direction: down", "", "3 points that fall"),
        ("direction: up", "direction: band", "", "2 points that rise"),
        ("direction: up", "direction: none", "", "neither points nor weight"),
        ("weight: 2\n", "", "", "needs a weight"),
        ("weight: 2", "weight: -2", "weight", "greater than 0"),
        ("weight: 2", "weight: two", "weight", "number"),
        ("owner: 区社会治理指挥中心\n", "", "owner", "is needed"),
        ("owner: 区社会治理指挥中心", "owner: ''", "owner", "at least 1"),
        ("owner:", "ownr:", "ownr", "unknown key; did you mean 'owner'?"),
        ("owner:", "pillar: safe\nowner:", "pillar", "unknown key"),
        ("danger: 2", "danger: 6", "danger", "less than or equal to 5"),
        ("counter: 件, ", "", "missed.counter", "is needed"),
        ("counter: 件", "counted: 件", "missed.counted", "unknown key; did you mean 'counter'?"),
        ("of: {zh: 事件, en: events}", "of: {zh: 事件}", "missed.of.en", "is needed"),
        ("unit: percent", "unit: hours", "", "missed goes with unit percent"),
        ("headline: true", "headline: 'yes'", "headline", "boolean"),
        ("version: 1.0.0", "version: 1.0", "version", "put it in quotes"),
        ("version: 1.0.0", "version: first", "version", "pattern"),
        ("kind: flow", "kind: window", "", "window_days goes with kind window"),
        ("unit: percent", "unit: count", "", "unit count has no den"),
        ("kind: flow", "kind: flow\nkind: stock", "kind", "stands twice"),
        ("kind: flow", "kind: [flow", "", "not YAML"),
        (SOURCE, "", "", "not a mapping"),
        ("fact: fct_event,", "fact: fct_evnt,", "den.fact", "no fact 'fct_evnt'; did you mean 'fct_event'?"),
        ("where: is_countable}", "were: is_countable}", "den.were", "unknown key; did you mean 'where'?"),
        ("where: is_countable}", "where: is_countabel}", "den.where", "did you mean 'is_countable'?"),
        ("is_countable and is_on_time", "is_countable and is_on_tim", "num.where", "did you mean 'is_on_time'?"),
        ("where: is_countable}", "where: event_id}", "den.where", "is varchar: a condition"),
        ("where: is_countable}", "where: is_countable and}", "den.where", "yntax"),
        ("where: is_countable}", "where: 'is_countable -- all'}", "den.where", "yntax"),
        ("where: is_countable}", "where: count(*) > 1}", "den.where", "aggregates"),
        ("where: is_countable}", "where: due_at < now()}", "den.where", "now(): only the columns of the row"),
        ("where: is_countable}", "where: due_on < current_date}", "den.where", "current_date: only"),
        ("where: is_countable}", "where: random() < 0.5}", "den.where", "random(): only"),
        ("where: is_countable}", "where: fct_event.is_countable}", "den.where", "fct_event.is_countable: only"),
        ("where: is_countable}", "where: event_id in (select visit_id from fct_visit)}", "den.where", "a subquery"),
        ("day: due_on, where: is_countable}", "day: due_at, where: is_countable}", "den.day", "is timestamp: a date"),
        ("day: due_on, where: is_countable}", "where: is_countable}", "den", "day or span is needed"),
        ("fct_event, day: due_on, where: is_countable}", "dim_community, sum: households}", "den", "on one day"),
        ("day: due_on, where: is_countable}", "day: due_on, window: 30, where: is_countable}", "den", "on one day"),
        ("day: due_on, where: is_countable}", "span: [due_on, closed_on], where: is_countable}", "den", "on one day"),
        ("day: due_on, where: is_countable}", "day: due_on, span: [due_on, closed_on]}", "den", "exclude each other"),
        ("where: is_countable}", "window: 0}", "den.window", "greater than or equal to 1"),
        ("where: is_countable}", "sum: longitude}", "den.sum", "is double: whole numbers"),
        ("where: is_countable}", "org: comunity_code}", "den.org", "did you mean 'community_code'?"),
        ("where: is_countable}", "covered_by: {fact: fct_visit, by: event_id, dy: started_on}}", "den.covered_by.dy",
         "unknown key; did you mean 'day'?"),
        ("where: is_countable}", "covered_by: {fact: fct_visit, by: visit_id, day: started_on}}",
         "den.covered_by[0].by[0]", "fct_event has no column 'visit_id'"),
        ("where: is_countable}", "covered_by: {fact: fct_visit, by: event_id, key: evnt_id, day: started_on}}",
         "den.covered_by[0].key[0]", "fct_visit has no column 'evnt_id'; did you mean 'event_id'?"),
        ("where: is_countable}", "sums: [{fact: fct_event, day: due_on}]}", "den", "in place of day, fact"),
        ("where: is_countable}", "where: true}", "den.where", "put it in quotes"),
        ("{zh: 处置时限的日期, en: date of event.due_at}", "{zh: 处置时限的日期}", "day.en", "is needed"),
        ("zh: 处置时限的日期, en", "zh: 处置时限的日期, 或者, en", "day.或者", "unknown key"),
    ],
)  # fmt: skip
def test_a_broken_kpi_names_file_line_key_and_the_word_that_was_meant(
    project: Path, old: str, new: str, place: str, problem: str
) -> None:
    error = broken(project, old, new)
    assert error.place.replace("[0]", "") == place.replace("[0]", "")
    assert problem in error.problem
    assert error.line is not None or "not YAML" in error.problem


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("unit: percent", "unit: percnt", line_of("unit: percent")),
        ("where: is_countable}", "where: is_countabel}", line_of("where: is_countable}")),
        ("is_countable and is_on_time", "is_on_tim", line_of("is_countable and is_on_time")),
        ("owner:", "ownr:", line_of("owner:")),
    ],
)
def test_the_line_of_an_error_is_the_line_to_mend(project: Path, old: str, new: str, line: int) -> None:
    assert broken(project, old, new).line == line


@pytest.mark.parametrize("allowed", [*KINDS, *DIRECTIONS, *UNITS])
def test_a_misspelt_word_is_told_all_that_are_allowed(project: Path, allowed: str) -> None:
    key = "kind: flow" if allowed in KINDS else "direction: up" if allowed in DIRECTIONS else "unit: percent"
    assert allowed in broken(project, key, key.partition(":")[0] + ": nothing").problem


def test_a_folder_that_is_no_pillar_is_an_error_of_its_files(complete: Path) -> None:
    (complete / "kpis" / PILLAR).rename(complete / "kpis" / "saf")
    found = loading.load(complete)
    assert {error.file.parent.name for error in found.errors} == {"saf"}
    assert all("the folder 'saf' is no pillar: safe, convenient" in error.problem for error in found.errors)
    assert {one.pillar for one in found.kpis} == set(Pillar) - {Pillar.SAFE}


def test_what_is_shown_as_context_has_no_direction(project: Path) -> None:
    """It would have a score, which nobody is promised."""
    (project / "kpis" / "context").mkdir()
    file = (project / "kpis" / PILLAR / f"{KPI}.yml").rename(project / "kpis" / "context" / f"{KPI}.yml")
    (error,) = loading.load(project).errors
    assert (error.file, error.line) == (file, line_of("direction:"))
    assert "context is never scored" in error.problem


def test_an_id_that_stands_twice_is_an_error_of_both_files(project: Path) -> None:
    shutil.copy(project / "kpis" / PILLAR / f"{KPI}.yml", project / "kpis" / "happy")
    found = loading.load(project)
    assert sorted(str(error) for error in found.errors) == [
        f"kpis/happy/{KPI}.yml: safe/{KPI}.yml has the same id: neither is counted",
        f"kpis/safe/{KPI}.yml: happy/{KPI}.yml has the same id: neither is counted",
    ]
    assert KPI not in {one.id for one in found.kpis}


@pytest.mark.parametrize(
    "name", ["safe/new_rate.yaml", "new_rate.yml", "safe/more/new_rate.yml", "safe/New-Rate.yml", "safe/_rate.yml"]
)
def test_a_file_that_would_be_passed_over_is_an_error(project: Path, name: str) -> None:
    file = project / "kpis" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(SOURCE, encoding="utf-8")
    assert [error.file for error in loading.load(project).errors] == [file]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("related_by: [grid_code", "related_by: [grid_cod", "no column 'grid_cod'; did you mean 'grid_code'?"),
        ("key: event_id, org", "ky: event_id, org", "unknown key; did you mean 'key'?"),
        ("where: is_known_community, related_by", "where: is_known, related_by", "no column 'is_known'"),
    ],
)
def test_a_broken_entry_of_a_fact_takes_out_the_kpis_on_it(
    complete: Path, whole: Registry, old: str, new: str, problem: str
) -> None:
    file = complete / "models" / "marts" / "core" / "_core.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = loading.load(complete)
    (first,) = [error for error in found.errors if error.file == file]
    others = [error for error in found.errors if error.file != file]
    assert first.line == line_of(old, text)
    assert problem in first.problem
    assert others
    assert all("fct_event" in error.problem for error in others)
    standing = {one.id for one in whole.kpis if "fct_event" in {rows.fact for _, rows in expressions.all_rows(one.kpi)}}
    assert {one.id for one in whole.kpis} - {one.id for one in found.kpis} == standing


# ---------------------------------------------------------------- reports


def test_the_command_names_what_is_broken_in_seconds(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = CliRunner().invoke(cli.main, ["registry"])
    assert (ended.exit_code, ended.output.endswith("are sound, 0 files are not\n")) == (0, True)
    broken(project, "unit: percent", "unit: percnt")
    found = loading.load(project)
    monkeypatch.setattr(loading, "load", lambda: found)
    ended = CliRunner().invoke(cli.main, ["registry"])
    assert ended.exit_code == 1
    assert f"kpis/{PILLAR}/{KPI}.yml:{line_of('unit: percent')}: unit: 'percnt' is none of" in ended.output
    assert "sound, 1 files are not" in ended.output


def test_doctor_status_alert_and_dagster_tell_of_a_kpi_that_is_left_out(
    project: Path, settings: Settings, contracts: tuple[Contract, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = broken(project, "unit: percent", "unit: percnt")
    found = loading.load(project)
    monkeypatch.setattr(loading, "load", lambda: found)
    here = House(settings, tuple(one for one in contracts if one.platform == "service_centre"), (), ())
    settings.home.mkdir()
    doctor = [one for one in status.examine(here) if one.what == "KPIs"]
    assert [(one.state, str(error) in one.text) for one in doctor] == [(status.FAIL, True)]
    assert status.status(here).kpi_errors == (str(error),)
    with here.writing("a test") as opened:
        (finding,) = findings.collect(here, opened)
    assert str(error) in wording.line(finding)
    result = asset_checks.registry_result(AssetKey("publication"), here.registry.errors)
    assert not result.passed
    assert str(error) in str(result.metadata)


def test_after_a_build_that_failed_the_kpi_is_named_whose_sql_fails_on_the_rows(project: Path) -> None:
    """Only rows can show that a text is not a number."""
    file = project / "kpis" / PILLAR / f"{KPI}.yml"
    text = SOURCE.replace("where: is_countable}", "where: is_countable and cast(grid_code as int) > 5}")
    file.write_text(text, encoding="utf-8")
    found = loading.load(project)
    assert found.errors == ()
    facts = {entry.name: entry for entry in found.facts}
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        columns = ", ".join(f"{name} {kind}" for name, kind in facts["fct_event"].columns.items())
        connection.execute(f"create table marts.fct_event ({columns})")

        def failing() -> list[str]:
            return [
                str(one.fail(place, problem))
                for one in found.kpis
                for place, problem in expressions.failing(connection, one.kpi, facts)
            ]

        assert failing() == []
        connection.execute("insert into marts.fct_event (event_id, grid_code, is_countable) values ('1', '甲', true)")
        (told,) = failing()
    assert re.match(rf"kpis/{PILLAR}/{KPI}.yml:\d+: den.where: .*grid_code as int.*甲", told)
