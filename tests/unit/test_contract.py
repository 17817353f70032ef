"""The contracts: all of them load; a broken one says where, and takes down its own platform only."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from pipelines.contract import Contract, ContractError, Delivery, Feed, Kind, Treatment, load_contracts, salvage
from tests.unit.conftest import CONTRACTS

NAME = "service_centre.odcs.yaml"
SOURCE = (CONTRACTS / NAME).read_text(encoding="utf-8")


def line_of(text: str, in_source: str = SOURCE) -> int:
    return in_source[: in_source.index(text)].count("\n") + 1


def broken(folder: Path, old: str, new: str) -> ContractError:
    """The one error of a folder that holds only the contract with that change."""
    assert old in SOURCE
    (folder / NAME).write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
    loaded, errors = load_contracts(folder)
    assert loaded == ()
    (error,) = errors
    assert error.file.name == NAME
    assert NAME in str(error)
    return error


def test_the_eight_contracts_give_33_feeds(contracts: tuple[Contract, ...]) -> None:
    assert Counter({contract.platform: len(contract.feeds) for contract in contracts}) == {
        "co_building": 7,
        "command_centre": 4,
        "home_visit": 1,
        "property_selfgov": 5,
        "service_centre": 3,
        "smart_community": 7,
        "snap_report": 1,
        "volunteer": 5,
    }
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
        ("primaryKey: true", "primaryKey: false", "schema[0].properties", "primaryKey"),
        ("value: snapshot", "value: weekly", "schema[0].customProperties", "delivery"),
        ("property: delivery", "property: colour", "schema[0].customProperties[0]", "unknown property 'colour'"),
        ("format: csv", "format: parquet", "servers[0].format", "csv"),
        ("encoding: utf-8", "encoding: klingon", "servers[0].encoding", "klingon"),
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


def test_a_broken_contract_leaves_the_other_platforms(tmp_path: Path) -> None:
    for file in CONTRACTS.glob("*.odcs.yaml"):
        shutil.copy(file, tmp_path)
    (tmp_path / NAME).write_text(SOURCE.replace("logicalType", "logicalTyp"), encoding="utf-8")
    loaded, errors = load_contracts(tmp_path)
    assert len(loaded) == 7
    assert sum(len(contract.feeds) for contract in loaded) == 30
    assert [error.file.name for error in errors] == [NAME]


def test_a_second_contract_of_one_platform_is_an_error_of_the_later_file(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(SOURCE, encoding="utf-8")
    (tmp_path / "twin.odcs.yaml").write_text(SOURCE, encoding="utf-8")
    loaded, (error,) = load_contracts(tmp_path)
    assert [contract.platform for contract in loaded] == ["service_centre"]
    assert error.file.name == "twin.odcs.yaml"


def test_a_folder_without_contracts_is_an_error(tmp_path: Path) -> None:
    loaded, errors = load_contracts(tmp_path)
    assert (loaded, len(errors)) == ((), 1)


@pytest.mark.parametrize("file", sorted(CONTRACTS.glob("*.odcs.yaml")), ids=lambda file: file.name.partition(".")[0])
def test_what_is_salvaged_of_a_contract_keeps_its_tables(
    tmp_path: Path, file: Path, contracts: tuple[Contract, ...]
) -> None:
    """Tables, columns, keys and deliveries are those of the whole contract, even where YAML itself is broken."""
    copy = tmp_path / file.name
    copy.write_text("broken: [\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    whole = next(contract for contract in contracts if contract.platform == file.name.partition(".")[0])
    saved = salvage(copy)

    def shape(feed: Feed) -> tuple[object, ...]:
        columns = [column.name for column in feed.stored_columns]
        return feed.id, feed.delivery, feed.updated_by, feed.key, columns

    assert [shape(feed) for feed in saved] == [shape(feed) for feed in whole.feeds]


def test_a_pattern_means_ascii_digits(feeds: dict[str, Feed]) -> None:
    pattern = feeds["command_centre.event"].column("event_id").pattern
    assert pattern is not None
    assert re.fullmatch(pattern, "SJ" + "1" * 14)
    assert not re.fullmatch(pattern, "SJ" + "٣" * 14)
