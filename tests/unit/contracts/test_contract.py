"""The contracts: all of them load; a broken one gives the place of its error, and leaves out only its own platform."""

import itertools
import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines import installation, settings
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import SQL_WORDS, Contract, ContractError, Delivery, Feed, Kind, Treatment
from pipelines.contracts.salvage import salvage
from pipelines.delivery import landing
from tests.unit.conftest import CONTRACTS

NAME = "service_centre.odcs.yaml"
SOURCE = (CONTRACTS / NAME).read_text(encoding="utf-8")
PLATFORMS = sorted(file.name.partition(".")[0] for file in CONTRACTS.glob("*.odcs.yaml"))


def line_of(text: str, in_source: str = SOURCE) -> int:
    return in_source[: in_source.index(text)].count("\n") + 1


def broken(folder: Path, old: str, new: str) -> ContractError:
    """The one error of a folder that contains only the contract with that change."""
    assert old in SOURCE
    (folder / NAME).write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
    loaded, errors = load_contracts(folder)
    assert loaded == ()
    (error,) = errors
    assert error.file.name == NAME
    assert NAME in str(error)
    return error


def test_every_contract_is_of_the_platform_that_its_file_is_named_for(contracts: tuple[Contract, ...]) -> None:
    assert [contract.platform for contract in contracts] == PLATFORMS
    assert all(contract.feeds for contract in contracts)
    assert {f"{contract.available_at:%H:%M}" for contract in contracts} == {"05:00"}


def test_a_feed_is_compiled_with_all_that_the_intake_needs(feeds: dict[str, Feed]) -> None:
    event = feeds["command_centre.event"]
    assert (event.format, event.encoding, event.delimiter) == ("csv", "gb18030", ",")
    assert (event.delivery, event.updated_by, event.key) == (Delivery.CHANGES, "updated_at", ("event_id",))
    assert event.file_template == "command_centre_event_{yyyymmdd}.csv"
    assert event.table == "command_centre__event"
    community = feeds["smart_community.community"]
    assert (community.format, community.sheet, community.header_row) == ("xlsx", "社区", 2)


@pytest.mark.parametrize(
    ("feed", "column", "kind", "sql", "privacy"),
    [
        ("command_centre.event", "event_id", Kind.STRING, "VARCHAR", None),
        ("command_centre.event", "rework_count", Kind.INTEGER, "BIGINT", None),
        ("command_centre.event", "longitude", Kind.NUMBER, "DOUBLE", None),
        ("command_centre.event", "is_excluded", Kind.BOOLEAN, "BOOLEAN", None),
        ("command_centre.event", "reported_at", Kind.TIMESTAMP, "TIMESTAMP", None),
        ("command_centre.event", "description", Kind.STRING, "VARCHAR", Treatment.REDACT),
        ("command_centre.hazard_inspection", "rectify_due_on", Kind.DATE, "DATE", None),
        ("property_selfgov.project", "budget_yuan", Kind.NUMBER, "DECIMAL(18, 2)", None),
        ("volunteer.service_log", "credited_hours", Kind.NUMBER, "DECIMAL(18, 1)", None),
        ("home_visit.visit", "longitude", Kind.NUMBER, "DOUBLE", Treatment.GENERALISE),
        ("home_visit.visit", "household_id", Kind.STRING, "VARCHAR", Treatment.PSEUDONYMISE),
        ("snap_report.report", "reporter_phone", Kind.STRING, "VARCHAR", Treatment.DROP),
        ("volunteer.volunteer_team", "leader_name", Kind.STRING, "VARCHAR", Treatment.MASK),
    ],
)
def test_a_column_has_its_type_and_treatment(
    feeds: dict[str, Feed], feed: str, column: str, kind: Kind, sql: str, privacy: Treatment | None
) -> None:
    found = feeds[feed].column(column)
    assert (found.kind, found.sql_type, found.privacy) == (kind, sql, privacy)


def test_a_dropped_column_is_checked_but_not_stored(feeds: dict[str, Feed]) -> None:
    feed = feeds["snap_report.report"]
    assert "reporter_phone" in [column.name for column in feed.columns]
    assert "reporter_phone" not in [column.name for column in feed.stored_columns]


def test_names_in_the_export_are_told_from_names_in_the_warehouse(feeds: dict[str, Feed]) -> None:
    assert feeds["snap_report.report"].column("longitude").header == "lng"
    assert feeds["command_centre.hazard_inspection"].column("hazard_level").codes == {
        "无": "none",
        "一般": "minor",
        "较大": "major",
        "重大": "critical",
    }


PII = "classification: PII, customProperties: [{property: privacy, value: pseudonymise}]"


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("status: active", "status: active\nbogus: 1", "bogus", "Extra inputs"),
        ("physicalName: 站点名称", "physicalNam: 站点名称", "schema[0].properties[1].physicalNam", "unknown key"),
        ("status: active", "status: active\nstatus: draft", "status", "twice"),
        ("status: active", "status: [active", "", "not YAML"),
        ("status: active", "\tstatus: active", "", "not YAML"),
        ("id: 'true'", "id: 'yes'", "schema[2].properties[7].enum[0].id", "'true' and 'false'"),
        ("id: 'true'", "id: true", "schema[2].properties[7].enum[0].id", "string"),
        ("{id: kiosk,", "{id: station,", "schema[0].properties[4].enum[2]", "each once"),
        (PII, "classification: PII", "schema[1].properties[5]", "go together"),
        (PII, PII.removeprefix("classification: PII, "), "schema[1].properties[5]", "go together"),
        ("value: pseudonymise", "value: encrypt", "schema[1].properties[5].customProperties[0]", "privacy"),
        ("value: pseudonymise", "value: generalise", "schema[1].properties[5].customProperties", "only a number"),
        ("maxLength: 80", "maxLenght: 80", "schema[0].properties[1].logicalTypeOptions.maxLenght", "unknown option"),
        ("maxLength: 80", "minimum: 8", "schema[0].properties[1].logicalTypeOptions.minimum", "unknown option"),
        (r"'^ZD\d{5}$'", r"'^ZD(\d{5}$'", "schema[0].properties[0].logicalTypeOptions.pattern", "regular expression"),
        ("maximum: 20000", "multipleOf: 0.03", "schema[0].properties[6].logicalTypeOptions.multipleOf", "power of ten"),
        ("logicalType: string", "logicalType: text", "schema[0].properties[0].logicalType", "is needed"),
        ("  - {property: updatedBy, value: updated_at}\n", "", "schema[1].customProperties", "updatedBy is needed"),
        ("value: updated_at", "value: updated_on", "schema[1].customProperties", "no column 'updated_on'"),
        ("value: accepted_at", "value: nowhere", "schema[1].customProperties", "eventTime"),
        ("service_case_{y", "service_point_{y", "schema[1].customProperties", "another feed has the same file"),
        ("service_point_{yyyymmdd}", "service_point", "schema[0].customProperties", "{yyyymmdd}"),
        ("service_centre_service_point_{", "../service_point_{", "schema[0].customProperties", "{yyyymmdd}"),
        ("- name: service_case", "- name: service_point", "schema[1].name", "stands twice"),
        ("{name: point_name", "{name: point_code", "schema[0].properties[1].name", "stands twice"),
        ("physicalName: 站点名称", "physicalName: 站点编码", "schema[0].properties[1].physicalName", "stands twice"),
        ("{name: point_code", "{name: Point-Code", "schema[0].properties[0].name", "lower-case"),
        ("{name: point_name", "{name: group", "schema[0].properties[1].name", "'group' is a word of SQL"),
        ("primaryKey: true", "primaryKey: false", "schema[0].properties", "primaryKey"),
        ("value: snapshot", "value: weekly", "schema[0].customProperties", "delivery"),
        ("property: delivery", "property: colour", "schema[0].customProperties[0]", "unknown property 'colour'"),
        ("format: csv", "format: parquet", "servers[0].format", "csv"),
        ("encoding: utf-8", "encoding: klingon", "servers[0].encoding", "klingon"),
        ("encoding: utf-8", "encoding: undefined", "servers[0].encoding", "unknown encoding"),
        ("delimiter: ','", "delimiter: '||'", "servers[0].delimiter", "one ASCII sign is needed"),
        ("delimiter: ','", r"delimiter: '\t'", "servers[0].delimiter", "a tab is"),
        ("delimiter: ','", "delimiter: '，'", "servers[0].delimiter", "one ASCII sign is needed"),
        ("delimiter: ','", "delimiter: '\"'", "servers[0].delimiter", "one ASCII sign is needed"),
        ("value: '05:00'", "value: '25:00'", "slaProperties", "HH:MM"),
        ("id: service_centre", "id: Service Centre", "id", "platform's id"),
        ("version: 1.0.0\n", "", "version", "a version like 1.0.0"),
        ("version: 1.0.0\n", "version: first\n", "version", "a version like 1.0.0"),
        (SOURCE, "", "", "not a mapping"),
        (SOURCE, "- a list\n", "", "not a mapping"),
    ],
)
def test_a_broken_contract_names_file_place_line_and_problem(
    tmp_path: Path, old: str, new: str, place: str, problem: str
) -> None:
    error = broken(tmp_path, old, new)
    assert error.place == place
    assert problem in error.problem
    assert error.line is not None
    assert f"{NAME}:{error.line}" in str(error)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("maxLength: 80", "maxLenght: 80", line_of("name: point_name")),
        (PII, "classification: PII", line_of("name: applicant_id_number")),
        ("{id: 'true', value: 是", "{id: 'yes', value: 是", line_of("name: is_extended")),
        ("- name: service_case", "- name: service_point", line_of("- name: service_case")),
        ("format: csv", "format: parquet", line_of("format: csv")),
    ],
)
def test_the_line_of_an_error_is_the_line_to_mend(tmp_path: Path, old: str, new: str, line: int) -> None:
    assert broken(tmp_path, old, new).line == line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"pattern: '^ZD\d{5}$'", "pattern: 5"),
        ("maxLength: 80", "maxLength: eighty"),
        ("minimum: 0", "minimum: none"),
    ],
)
def test_an_option_whose_value_is_of_another_type_is_an_error_of_its_place(tmp_path: Path, old: str, new: str) -> None:
    assert "logicalTypeOptions" in broken(tmp_path, old, new).place


def test_a_contract_that_holds_itself_is_an_error_not_a_crash(tmp_path: Path) -> None:
    broken(tmp_path, "status: active", "status: &a [*a]")


def test_bytes_that_are_no_text_are_an_error_of_their_file(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"id: \xff\xfe")
    _, (error,) = load_contracts(tmp_path)
    assert "cannot be read" in str(error)


def test_the_words_that_no_column_is_called_by_are_those_of_the_database() -> None:
    kinds = "('reserved', 'type_function')"
    asked = f"select keyword_name from duckdb_keywords() where keyword_category in {kinds}"
    words = duckdb.execute(asked).fetchall()
    assert {word for (word,) in words} == SQL_WORDS


@pytest.mark.parametrize(("name", "problem"), [("order", "'order' is a word of SQL"), ("point_code", "stands twice")])
def test_a_column_that_no_table_can_have_stops_nothing_else(tmp_path: Path, name: str, problem: str) -> None:
    """In the contract of a new platform."""
    here = installation.load(tmp_path / "home", tmp_path / "inbox")
    own = here.settings.own_contracts
    own.mkdir(parents=True)
    text = renamed(("id: service_centre", "id: library"), ("service_centre_", "library_"), ("point_name", name))
    (own / "library.odcs.yaml").write_text(text, encoding="utf-8")
    again = installation.load(tmp_path / "home", tmp_path / "inbox")
    (error,) = again.errors
    assert problem in error.problem
    with again.writing("a test") as opened:
        assert opened.connection.execute("select count(*) from raw.command_centre__event").fetchall() == [(0,)]


def test_a_broken_contract_leaves_the_other_platforms(tmp_path: Path) -> None:
    for file in CONTRACTS.glob("*.odcs.yaml"):
        shutil.copy(file, tmp_path)
    (tmp_path / NAME).write_text(SOURCE.replace("logicalType", "logicalTyp"), encoding="utf-8")
    loaded, errors = load_contracts(tmp_path)
    assert [contract.platform for contract in loaded] == [one for one in PLATFORMS if one != "service_centre"]
    assert [error.file.name for error in errors] == [NAME]


# ---------------------------------------------------------------- copies


def whole_folder(folder: Path) -> Path:
    """All contracts of Sihe, in a folder that a test may change."""
    folder.mkdir(exist_ok=True)
    for file in CONTRACTS.glob("*.odcs.yaml"):
        shutil.copy(file, folder)
    return folder


NEW_FEEDS = [(name, f"our_{name}") for name in ("service_point", "service_case", "duty_shift")]


def renamed(*pairs: tuple[str, str]) -> str:
    text = SOURCE
    for old, new in pairs:
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("copy_name", ["a_copy.odcs.yaml", "zz copy.odcs.yaml"])
@pytest.mark.parametrize(
    "copied",
    [SOURCE, renamed(*NEW_FEEDS), renamed(("version: 1.0.0", "version: 0.1.0")), renamed(("服务", "图书"))],
    ids=["as it was", "other feeds", "another version without a day", "other headers"],
)
def test_a_copy_that_kept_its_id_is_refused_beside_its_original(tmp_path: Path, copy_name: str, copied: str) -> None:
    folder = whole_folder(tmp_path)
    (folder / copy_name).write_text(copied, encoding="utf-8")
    loaded, errors = load_contracts(folder)
    assert {contract.platform for contract in loaded} == set(PLATFORMS) - {"service_centre"}
    assert {error.file.name for error in errors} == {NAME, copy_name}
    for error in errors:
        assert all(name in str(error) for name in (NAME, copy_name))
        assert (error.place, error.line) == ("id", line_of("id: service_centre"))


@pytest.mark.parametrize("platform", ["a_library", "z_library"])
def test_a_copy_with_an_id_of_its_own_and_the_other_platforms_files_is_refused_beside_its_original(
    tmp_path: Path, platform: str
) -> None:
    folder = whole_folder(tmp_path)
    copied = renamed(("id: service_centre", f"id: {platform}"))
    (folder / f"{platform}.odcs.yaml").write_text(copied, encoding="utf-8")
    loaded, errors = load_contracts(folder)
    assert len(loaded) == len(PLATFORMS) - 1
    assert {error.file.name for error in errors} == {NAME, f"{platform}.odcs.yaml"}
    for error in errors:
        assert all(name in str(error) for name in (NAME, f"{platform}.odcs.yaml", "service_centre_service_point_"))


def test_a_copy_with_an_id_and_files_of_its_own_is_a_platform(tmp_path: Path) -> None:
    folder = whole_folder(tmp_path)
    copied = renamed(("id: service_centre", "id: library"), ("service_centre_", "library_"))
    (folder / "library.odcs.yaml").write_text(copied, encoding="utf-8")
    loaded, errors = load_contracts(folder)
    assert (len(loaded), errors) == (len(PLATFORMS) + 1, ())


def test_the_tables_of_a_contract_and_its_copy_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models read them: a copy whose feeds have other columns must not break a build."""
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / NAME).write_text(SOURCE, encoding="utf-8")
    monkeypatch.setenv("SIHE_CONTRACTS", str(folder))
    here = installation.load(tmp_path / "home", tmp_path)
    with here.writing("a test"):
        pass
    (folder / "a copy.odcs.yaml").write_text(renamed(("point_code", "shelf_code")), encoding="utf-8")
    here = installation.load(tmp_path / "home", tmp_path)
    assert (here.contracts, len(here.errors)) == ((), 2)
    point = next(feed for feed in here.salvaged if feed.name == "service_point")
    assert point.key == ("point_code",)
    with here.writing("a test") as opened:
        for feed in here.salvaged:
            names = ", ".join(column.name for column in feed.table_columns)
            assert opened.connection.execute(f"select {names} from raw.{feed.table}").fetchall() == []


# ---------------------------------------------------------------- references


COMMUNITY = "to: smart_community.community.community_code"


def referring(folder: Path, to: str, target: tuple[str, str] | None = None) -> tuple[ContractError, ...]:
    """The errors of all contracts if one column of the service centre refers to something else, and another platform's
    contract is replaced: (its file's name, its text)."""
    whole_folder(folder)
    assert COMMUNITY in SOURCE
    (folder / NAME).write_text(SOURCE.replace(COMMUNITY, to, 1), encoding="utf-8")
    if target is not None:
        (folder / target[0]).write_text(target[1], encoding="utf-8")
    return load_contracts(folder)[1]


@pytest.mark.parametrize(
    ("to", "meant"),
    [
        ("to: smart_comunity.community.community_code", "smart_community.community.community_code"),
        ("to: smart_community.comunity.community_code", "smart_community.community.community_code"),
        ("to: smart_community.community.community_cod", "smart_community.community.community_code"),
        ("to: smart_community.community", "smart_community.community.area_km2"),
        ("to: community", None),
        ("to: nowhere.at.all", None),
        ("to: service_centre.service_point.point_cod", "service_centre.service_point.point_code"),
    ],
)
def test_a_reference_that_nothing_answers_is_refused_with_the_word_that_was_meant(
    tmp_path: Path, to: str, meant: str | None
) -> None:
    (error,) = referring(tmp_path, to)
    assert (error.file.name, error.line) == (NAME, line_of(COMMUNITY))
    assert "no contract has" in error.problem
    assert ("did you mean" in error.problem) == (meant is not None)
    assert meant is None or error.problem.endswith(f"did you mean {meant!r}?")


@pytest.mark.parametrize(
    ("to", "problem"),
    [
        ("to: snap_report.report.reporter_phone", "dropped at the door"),
        ("to: [smart_community.community.community_code]", "one platform.feed.column"),
        ("from: smart_community.community.community_code", "one platform.feed.column"),
        (f"{COMMUNITY}}}, {{type: foreignKey, {COMMUNITY}", "one relationship at most"),
    ],
)
def test_a_reference_that_could_not_be_checked_is_refused(tmp_path: Path, to: str, problem: str) -> None:
    (error,) = referring(tmp_path, to)
    assert (error.file.name, error.line) == (NAME, line_of(COMMUNITY))
    assert problem in error.problem


def test_a_dropped_column_and_a_whole_feed_refer_to_nothing(tmp_path: Path) -> None:
    dropped = PII.replace("pseudonymise", "drop") + ", relationships: [{type: foreignKey, " + COMMUNITY + "}]"
    assert "dropped at the door" in broken(tmp_path, PII, dropped).problem
    whole = "- name: service_case\n  relationships: [{type: foreignKey, " + COMMUNITY + "}]"
    assert "at its column" in broken(tmp_path, "- name: service_case", whole).problem
    assert "foreignKey is needed" in broken(tmp_path, "type: foreignKey", "type: primary").problem


@pytest.mark.parametrize(
    "text",
    [
        "broken: [\n" + (CONTRACTS / "smart_community.odcs.yaml").read_text(encoding="utf-8"),
        (CONTRACTS / "smart_community.odcs.yaml").read_text(encoding="utf-8").replace("status: active", "status: 1"),
        "nothing of it is left",
        "",
    ],
    ids=["no YAML", "no contract", "no text of it", "empty"],
)
@pytest.mark.parametrize("file", ["smart_community.odcs.yaml", "our register.odcs.yaml"])
def test_references_to_a_platform_whose_contract_is_broken_take_nothing_down(
    tmp_path: Path, text: str, file: str
) -> None:
    whole_folder(tmp_path)
    (tmp_path / "smart_community.odcs.yaml").unlink()
    (tmp_path / file).write_text(text, encoding="utf-8")
    loaded, errors = load_contracts(tmp_path)
    assert [error.file.name for error in errors] == [file]
    assert len(loaded) == len(PLATFORMS) - 1


def test_a_reference_that_is_refused_takes_down_nothing_that_refers_to_its_own_feeds(tmp_path: Path) -> None:
    whole_folder(tmp_path)
    file = tmp_path / "smart_community.odcs.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("to: smart_community.residential_area.area_code", "to: smart_community.house.code"), "utf-8"
    )
    loaded, errors = load_contracts(tmp_path)
    assert [error.file.name for error in errors] == [file.name]
    assert len(loaded) == len(PLATFORMS) - 1


def test_an_installation_may_go_without_a_platform_that_others_refer_to(tmp_path: Path) -> None:
    whole_folder(tmp_path)
    (tmp_path / "smart_community.odcs.yaml").unlink()
    loaded, errors = load_contracts(tmp_path)
    assert (len(loaded), errors) == (len(PLATFORMS) - 1, ())


def test_a_reference_may_be_to_a_column_that_only_an_earlier_version_has(tmp_path: Path) -> None:
    whole_folder(tmp_path)
    (tmp_path / NAME.replace(".", "-2.", 1)).write_text(version("2.0.0", "2024-02-01", ADDED), encoding="utf-8")
    visits = tmp_path / "home_visit.odcs.yaml"
    text = visits.read_text(encoding="utf-8")
    visits.write_text(
        text.replace("to: smart_community.grid.grid_code", "to: service_centre.service_point.theme"), "utf-8"
    )
    assert load_contracts(tmp_path)[1] == ()


# ---------------------------------------------------------------- what is left of broken ones


def test_a_folder_without_contracts_is_an_error(tmp_path: Path) -> None:
    loaded, errors = load_contracts(tmp_path)
    assert (loaded, len(errors)) == ((), 1)


def test_a_folder_that_is_not_there_says_so_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name, said in (("nope", "does not exist"), ("file", "is no folder")):
        loaded, (error,) = load_contracts(tmp_path / name)
        assert loaded == ()
        assert str(error) == (
            f"{name}: the folder of contracts {tmp_path / name} {said}: correct SIHE_CONTRACTS, or unset it to use the"
            " packaged ones"
        )


@pytest.mark.parametrize("file", sorted(CONTRACTS.glob("*.odcs.yaml")), ids=lambda file: file.name.partition(".")[0])
def test_what_is_salvaged_of_a_contract_keeps_its_tables(
    tmp_path: Path, file: Path, contracts: tuple[Contract, ...]
) -> None:
    """Tables, columns with their types, keys and deliveries are those of the complete contract, even if YAML itself is
    broken: models read them, and check their types."""
    copy = tmp_path / file.name
    copy.write_text("broken: [\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    whole = next(contract for contract in contracts if contract.platform == file.name.partition(".")[0])
    saved = salvage(copy)

    def shape(feed: Feed) -> tuple[object, ...]:
        columns = [(column.name, column.sql_type) for column in feed.stored_columns]
        return feed.id, feed.delivery, feed.updated_by, feed.key, columns

    assert [shape(feed) for feed in saved] == [shape(feed) for feed in whole.feeds]


def test_a_pattern_means_ascii_digits(feeds: dict[str, Feed]) -> None:
    pattern = feeds["command_centre.event"].column("event_id").pattern
    assert pattern is not None
    assert re.fullmatch(pattern, "SJ" + "1" * 14)
    assert not re.fullmatch(pattern, "SJ" + "٣" * 14)


# ---------------------------------------------------------------- versions of a contract


def version(number: str, begins: str | None = None, *changes: tuple[str, str]) -> str:
    """The contract as another version of it, with these changes."""
    head = f"version: {number}\n"
    if begins is not None:
        head += f"customProperties: [{{property: appliesFrom, value: {begins}}}]\n"
    text = SOURCE.replace("version: 1.0.0\n", head, 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def versions(folder: Path, *texts: str) -> tuple[tuple[Contract, ...], tuple[ContractError, ...]]:
    """The result of loading a folder with these contracts of one platform, named as in the handbook."""
    for i, text in enumerate(texts, 1):
        (folder / NAME.replace(".", f"-{i}." if i > 1 else ".", 1)).write_text(text, encoding="utf-8")
    return load_contracts(folder)


ADDED = (
    "  - {name: theme, physicalName: 特色主题, logicalType: string",
    "  - {name: seats, physicalName: 座位数, logicalType: integer}\n"
    "  - {name: slogan, physicalName: 口号, logicalType: string",
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_version_of_a_business_date_does_not_depend_on_file_names(tmp_path: Path, order: tuple[int, ...]) -> None:
    texts = [version("1.0.0"), version("1.10.0", "2024-03-01"), version("1.9.0", "'2024-02-01'")]
    (contract,), errors = versions(tmp_path, *(texts[i] for i in order))
    assert errors == ()
    assert (contract.version, len(contract.feeds)) == ("1.10.0", 3)
    feed = contract.feeds[0]
    days = [
        date(2015, 1, 1),
        date(2024, 1, 31),
        date(2024, 2, 1),
        date(2024, 2, 29),
        date(2024, 3, 1),
        date(2030, 1, 1),
    ]
    assert [feed.as_of(day).version for day in days] == ["1.0.0", "1.0.0", "1.9.0", "1.9.0", "1.10.0", "1.10.0"]


def test_without_an_unlimited_version_the_oldest_reads_what_came_before(tmp_path: Path) -> None:
    (contract,), _ = versions(tmp_path, version("1.0.0", "2024-01-01"), version("2.0.0", "2024-02-01"))
    assert contract.feeds[0].as_of(date(2020, 1, 1)).version == "1.0.0"


def test_a_table_has_the_columns_of_all_versions_the_newest_first(tmp_path: Path) -> None:
    (contract,), errors = versions(tmp_path, version("2.0.0", "2024-02-01", ADDED), version("1.0.0"))
    assert errors == ()
    feed = contract.feeds[0]
    names = [column.name for column in feed.table_columns]
    assert names == [column.name for column in feed.columns] + ["theme"]
    assert {"seats", "slogan"} <= set(names)
    assert "theme" not in [column.name for column in feed.columns]


def test_feeds_come_and_go_with_versions(tmp_path: Path) -> None:
    at = SOURCE.index("- name: duty_shift")
    (contract,), errors = versions(
        tmp_path, SOURCE[:at], version("2.0.0", "2024-02-01").replace("service_case", "deal")
    )
    assert errors == ()
    assert {feed.name: feed.version for feed in contract.feeds} == {
        "service_point": "2.0.0", "deal": "2.0.0", "duty_shift": "2.0.0", "service_case": "1.0.0",
    }  # fmt: skip
    duty = next(feed for feed in contract.feeds if feed.name == "duty_shift")
    assert duty.as_of(date(2024, 1, 1)).version == "2.0.0"


@pytest.mark.parametrize("file", ["service_centre_service_point", "Service_Centre_Service_Point"])
def test_a_feed_that_is_renamed_with_its_file_is_refused(tmp_path: Path, file: str) -> None:
    """Both would take every file, of any date: a new feed's first version also reads what came before it."""
    renamed = version(
        "2.0.0", "2024-02-01", ("- name: service_point\n", "- name: point\n"),
        ("service_centre_service_point_{", f"{file}_{{"),
    ).replace("service_centre.service_point.", "service_centre.point.")  # fmt: skip
    (contract,), (error,) = versions(tmp_path, SOURCE, renamed)
    assert contract.version == "1.0.0"
    assert (error.file.name, error.place, error.line is not None) == (
        "service_centre-2.odcs.yaml", "schema[0].customProperties", True,
    )  # fmt: skip
    assert "are also service_centre.service_point's, by service_centre.odcs.yaml" in str(error)
    assert "a feed has one name in all versions ('service_point'?), or file names of its own" in str(error)


def test_a_file_name_may_go_to_another_feed_that_had_files_of_its_own_before(tmp_path: Path) -> None:
    taken = version(
        "2.0.0", "2024-02-01", ("service_centre_service_point_{", "point-{"),
        ("service_centre_duty_shift_{", "service_centre_service_point_{"),
    )  # fmt: skip
    (contract,), errors = versions(tmp_path, SOURCE, taken)
    # duty_shift has had its own files before; from the day on, nobody else has these.
    assert (contract.version, errors) == ("2.0.0", ())


@pytest.mark.parametrize(
    ("second", "place", "problem"),
    [
        (version("2.0.0"), "customProperties", "needs a date after 1.0.0's"),
        (version("2.0.0", "2023-12-31"), "customProperties", "needs a date after 1.0.0's"),
        (version("2.0.0", "2024-01-01"), "customProperties", "needs a date after 1.0.0's"),
        (version("2.0.0", "soon"), "customProperties[0]", "a date YYYY-MM-DD is needed"),
        (version("2.0.0", "'2024-02-30'"), "customProperties[0]", "a date YYYY-MM-DD is needed"),
        (version("2.0.0", "2024-02-30"), "", "day is out of range"),
        (
            version("2.0.0", "2024-02-01").replace("appliesFrom", "validFrom"),
            "customProperties[0]",
            "unknown property 'validFrom'",
        ),
        (
            version("2.0.0", "2024-02-01", ("name: functions, physicalName: 功能数, logicalType: integer",
                                            "name: functions, physicalName: 功能数, logicalType: number")),
            "schema.service_point.functions",
            "is DOUBLE in version 2.0.0 and BIGINT in 1.0.0",
        ),
    ],
)  # fmt: skip
def test_a_version_that_contradicts_the_one_before_is_an_error_and_that_one_stays(
    tmp_path: Path, second: str, place: str, problem: str
) -> None:
    (contract,), (error,) = versions(tmp_path, version("1.0.0", "2024-01-01"), second)
    assert (contract.version, contract.feeds[0].earlier) == ("1.0.0", ())
    assert (error.file.name, error.place) == (NAME.replace(".", "-2.", 1), place)
    assert problem in error.problem


@pytest.mark.parametrize("number", ["1.0.0", "'1.0'"])
def test_two_contracts_of_one_version_are_both_errors(tmp_path: Path, number: str) -> None:
    loaded, errors = versions(tmp_path, version("1.0.0"), version(number, "2024-02-01"))
    assert loaded == ()
    assert [error.place for error in errors] == ["id", "id"]


def test_a_third_version_goes_on_without_two_that_claim_to_be_the_same(tmp_path: Path) -> None:
    texts = [version("1.0.0"), version("2.0.0", "2024-02-01"), version("2.0.0", "2024-03-01")]
    (contract,), errors = versions(tmp_path, *texts)
    assert (contract.version, len(errors)) == ("1.0.0", 2)


def test_a_type_that_only_the_oldest_version_had_is_kept_too(tmp_path: Path) -> None:
    """A column may be removed and come back; it must come back with its type."""
    (contract,), (error,) = versions(
        tmp_path,
        version("1.0.0"),
        version("2.0.0", "2024-02-01", ADDED),
        version("3.0.0", "2024-03-01", ("特色主题, logicalType: string, logicalTypeOptions: {maxLength: 60}",
                                        "特色主题, logicalType: integer")),
    )  # fmt: skip
    assert contract.version == "2.0.0"
    assert error.place == "schema.service_point.theme"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("service_centre_service_point_20240131.csv", True),
        ("service_centre_service_point_20240201.csv", False),
        ("fwzd-20240131.csv", False),
        ("fwzd-20240201.csv", True),
        ("fwzd-20240201_r2.csv", True),
    ],
)
def test_a_file_is_named_as_the_version_of_its_date_says(tmp_path: Path, name: str, read: bool) -> None:
    renamed = version("2.0.0", "2024-02-01", ("service_centre_service_point_{", "fwzd-{"))
    (contract,), _ = versions(tmp_path, SOURCE, renamed)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / name).touch()
    (arrival,) = landing.scan(inbox, contract.feeds)
    assert [feed.name for feed in arrival.feeds] == (["service_point"] if read else [])


def test_a_broken_version_leaves_the_others_of_its_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file's name is not the name of a platform: it becomes no table."""
    contracts = tmp_path / "contracts"
    contracts.mkdir()
    versions(contracts, SOURCE, version("2.0.0", "2024-02-01", ("logicalType: string", "logicalType: text")))
    for name, value in settings.load(tmp_path / "home", tmp_path).environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SIHE_CONTRACTS", str(contracts))
    here = installation.load(tmp_path / "home", tmp_path)
    assert [contract.version for contract in here.contracts] == ["1.0.0"]
    assert (len(here.errors), here.salvaged) == (1, ())
    with here.writing("a test") as opened:
        assert opened.lines() == []


@pytest.mark.parametrize("file", [NAME, "service_centre-2.odcs.yaml", "our points.odcs.yaml"])
def test_what_is_salvaged_is_of_the_platform_that_the_contract_names(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text("broken: [\n" + SOURCE, encoding="utf-8")
    assert {feed.platform for feed in salvage(tmp_path / file)} == {"service_centre"}
    (tmp_path / file).write_text("broken: [\n" + SOURCE.replace("id: service_centre\n", ""), encoding="utf-8")
    (platform,) = {feed.platform for feed in salvage(tmp_path / file)}
    assert re.fullmatch("[a-z0-9_]+", platform)


# ---------------------------------------------------------------- other headers, retention


POINT_NAME = "{name: point_name, physicalName: 站点名称,"


def test_a_column_knows_the_other_headers_that_it_has_had(tmp_path: Path) -> None:
    synonyms = f"{POINT_NAME} synonyms: [{{synonym: 名称}}, {{synonym: 站名}}],"
    (tmp_path / NAME).write_text(SOURCE.replace(POINT_NAME, synonyms), encoding="utf-8")
    (contract,), errors = load_contracts(tmp_path)
    assert errors == ()
    assert contract.feeds[0].column("point_name").aliases == ("名称", "站名")


@pytest.mark.parametrize("header", ["站点编码", "站点类型", "旧名"])
def test_a_header_of_two_columns_is_an_error(tmp_path: Path, header: str) -> None:
    other = POINT_NAME.replace("point_name", "point_code").replace("站点名称", "站点编码")
    changed = SOURCE.replace(POINT_NAME, f"{POINT_NAME} synonyms: [{{synonym: {header}}}],", 1)
    if header == "旧名":
        changed = changed.replace(other, f"{other} synonyms: [{{synonym: {header}}}],", 1)
    (tmp_path / NAME).write_text(changed, encoding="utf-8")
    _, (error,) = load_contracts(tmp_path)
    assert error.place.endswith(".synonyms")
    assert f"header '{header}' stands twice" in error.problem


SLA = "slaProperties:\n"


@pytest.mark.parametrize(("entry", "days"), [("", None), ("- {property: retention, value: 400, unit: d}\n", 400)])
def test_how_long_files_are_kept(tmp_path: Path, entry: str, days: int | None) -> None:
    (tmp_path / NAME).write_text(SOURCE.replace(SLA, SLA + entry, 1), encoding="utf-8")
    (contract,), errors = load_contracts(tmp_path)
    assert errors == ()
    assert contract.keeps_files_days == days


@pytest.mark.parametrize(
    "entry",
    [
        "{property: retention, value: 400}",
        "{property: retention, value: 13, unit: m}",
        "{property: retention, value: '400', unit: d}",
        "{property: retention, value: 1.5, unit: d}",
        "{property: retention, value: 0, unit: d}",
        "{property: retention, value: -1, unit: d}",
        "{property: retention, value: true, unit: d}",
        "{property: retention, unit: d}",
        "{property: retention, value: 400, unit: d}\n- {property: retention, value: 400, unit: d}",
    ],
)
def test_a_retention_of_another_shape_is_an_error(tmp_path: Path, entry: str) -> None:
    """Files that are deleted too early are lost: anything unclear is refused."""
    error = broken(tmp_path, SLA, f"{SLA}- {entry}\n")
    assert (error.place, "whole number of days" in error.problem) == ("slaProperties", True)
