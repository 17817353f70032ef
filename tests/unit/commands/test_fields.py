"""The tables of fields: generated from the models, and shown in docs/extending.md."""

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from open_data_contract_standard.model import SchemaProperty

from pipelines.commands import cli, fields
from pipelines.contracts.model import FEED_PROPERTIES, FORMATS, OPTIONS, Delivery, Kind, Treatment
from pipelines.registry.model import DIRECTIONS, KINDS, UNITS, Kpi, Measure, Pillar, Rows
from pipelines.settings import PROJECT_DIR

TABLES = {"a KPI file": fields.kpi_fields, "a fact": fields.fact_fields, "a contract": fields.contract_fields}


def cells(table: str) -> list[list[str]]:
    return [line.strip("| \n").split(" | ") for line in table.splitlines()[2:]]


@pytest.mark.parametrize(("name", "made"), TABLES.items())
def test_the_page_shows_the_table_that_the_models_make(name: str, made: Callable[[], str]) -> None:
    page = (PROJECT_DIR / "docs" / "extending.md").read_text(encoding="utf-8")
    shown = re.search(rf"<!-- fields of {name} -->\n\n(.*?)\n<!-- end -->", page, re.DOTALL)
    assert shown is not None
    assert shown[1] == made(), "docs/extending.md is behind the models: sihe registry --fields prints its tables"


def test_the_command_prints_all_tables() -> None:
    printed = CliRunner().invoke(cli.main, ["registry", "--fields"])
    assert printed.exit_code == 0
    assert printed.output == "\n".join(made() for made in TABLES.values())


def test_every_field_of_a_kpi_file_is_there_with_its_values() -> None:
    table = fields.kpi_fields()
    named = [row[1].strip("`") for row in cells(table)]
    assert {*Kpi.model_fields, *Measure.model_fields, *Rows.model_fields} <= set(named)
    for values in (KINDS, DIRECTIONS, UNITS, Pillar):
        assert ", ".join(f"`{value}`" for value in values) in table


def test_every_field_and_value_of_a_contract_is_there() -> None:
    table = fields.contract_fields()
    options = {option for names in OPTIONS.values() for option in names}
    named = {word for row in cells(table) for word in re.findall(r"`(\w+)`", row[1])}
    known = {field.alias or name for name, field in SchemaProperty.model_fields.items()}
    assert {*FEED_PROPERTIES, *options, *known} <= named
    for values in (FORMATS, Delivery, Kind, Treatment):
        assert ", ".join(f"`{value}`" for value in values) in table


def test_a_field_is_listed_once_in_its_place() -> None:
    for made in TABLES.values():
        places = [(row[0], row[1]) for row in cells(made())]
        assert len(places) == len(set(places))
