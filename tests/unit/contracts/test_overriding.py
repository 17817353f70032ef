"""An installation's own contracts: what they replace, and what they may not change."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from pipelines import installation
from pipelines.commands.cli import main
from pipelines.contracts.compiler import load_contracts
from pipelines.contracts.model import Contract, ContractError, Feed
from pipelines.contracts.overriding import numbers_said_twice
from pipelines.delivery import landing
from pipelines.districts import district
from pipelines.districts.district import DistrictError
from tests.unit.conftest import CONTRACTS

Document = dict[str, Any]
CASE = "service_centre.service_case"


def packaged(platform: str = "service_centre", *names: str) -> Document:
    """The packaged contract as a document, with some of its feeds; all without names."""
    document: Document = yaml.safe_load((CONTRACTS / f"{platform}.odcs.yaml").read_text(encoding="utf-8"))
    document["schema"] = [feed for feed in document["schema"] if not names or feed["name"] in names]
    return document


def write(folder: Path, document: Document, name: str = "service_centre.odcs.yaml") -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    file = folder / name
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def column(document: Document, name: str, feed: int = 0) -> Document:
    found: Document = next(one for one in document["schema"][feed]["properties"] if one["name"] == name)
    return found


def property_of(document: Document, name: str) -> Document:
    found: Document = next(one for one in document["schema"][0]["customProperties"] if one["property"] == name)
    return found


def loaded(own: Path) -> tuple[dict[str, Feed], dict[str, Contract]]:
    contracts, errors = load_contracts(CONTRACTS, own)
    assert errors == ()
    return {feed.id: feed for one in contracts for feed in one.feeds}, {one.platform: one for one in contracts}


def error_of(own: Path) -> ContractError:
    contracts, (error,) = load_contracts(CONTRACTS, own)
    # Its platform is left out, also the packaged contract: the files would be read otherwise than they are meant.
    assert "service_centre" not in {one.platform for one in contracts}
    assert len(contracts) == len(list(CONTRACTS.glob("*.odcs.yaml"))) - 1
    return error


def test_a_folder_without_own_contracts_changes_nothing(tmp_path: Path) -> None:
    assert load_contracts(CONTRACTS, tmp_path / "contracts") == load_contracts(CONTRACTS)


def test_another_form_of_one_feed_replaces_that_feed_alone(tmp_path: Path, feeds: dict[str, Feed]) -> None:
    own = packaged("service_centre", "service_case")
    own["servers"] = [{"server": "inbox", "type": "local", "format": "csv", "encoding": "gb18030", "delimiter": "|"}]
    own["schema"][0]["customProperties"] = [
        one for one in own["schema"][0]["customProperties"] if one["property"] not in ("sheet", "headerRow")
    ]
    property_of(own, "file")["value"] = "办件_{yyyymmdd}.csv"
    case = column(own, "case_id")
    case["physicalName"], case["synonyms"] = "受理号", [{"synonym": "业务流水"}]
    write(tmp_path, own)
    found, _ = loaded(tmp_path)
    mine = found[CASE]
    assert (mine.format, mine.encoding, mine.delimiter) == ("csv", "gb18030", "|")
    assert (mine.column("case_id").header, mine.column("case_id").aliases) == ("受理号", ("业务流水",))
    assert mine.own_contract == "service_centre.odcs.yaml"
    assert {name: feed for name, feed in found.items() if name != CASE} == {
        name: feed for name, feed in feeds.items() if name != CASE
    }
    named, day, _ = landing.named("办件_20260105.csv", list(found.values()))
    assert ([feed.id for feed in named], day) == ([CASE], date(2026, 1, 5))


def test_feeds_of_a_platform_may_come_in_several_forms_each_with_a_contract(tmp_path: Path) -> None:
    for name in ("service_case", "duty_shift"):
        own = packaged("service_centre", name)
        property_of(own, "file")["value"] = f"{name}-{{yyyymmdd}}.{own['servers'][0]['format']}"
        write(tmp_path, own, f"{name}.odcs.yaml")
    found, contracts = loaded(tmp_path)
    assert {feed.name: feed.own_contract for feed in contracts["service_centre"].feeds} == {
        "service_point": "", "service_case": "service_case.odcs.yaml", "duty_shift": "duty_shift.odcs.yaml",
    }  # fmt: skip
    assert len(found) == 33


def test_an_own_contract_from_a_day_on_leaves_the_days_before_to_the_packaged_one(tmp_path: Path) -> None:
    own = packaged("service_centre", "service_case")
    own["version"] = "2.0.0"
    own["customProperties"] = [{"property": "appliesFrom", "value": "2026-10-01"}]
    column(own, "case_id")["physicalName"] = "受理号"
    write(tmp_path, own)
    mine = loaded(tmp_path)[0][CASE]
    assert mine.as_of(date(2026, 10, 1)).column("case_id").header == "受理号"
    assert (before := mine.as_of(date(2026, 9, 30))).own_contract == ""
    assert before.column("case_id").header != "受理号"


def test_an_own_contract_with_the_number_of_the_packaged_one_is_warned_of(tmp_path: Path) -> None:
    own = packaged("service_centre", "service_case")
    write(tmp_path, own)
    assert numbers_said_twice(list(loaded(tmp_path)[0].values())) == []  # it stands in its place
    own["customProperties"] = [{"property": "appliesFrom", "value": "2026-10-01"}]
    write(tmp_path, own)
    mine = loaded(tmp_path)[0][CASE]
    assert mine.edition != mine.as_of(date(2026, 9, 30)).edition
    (told,) = numbers_said_twice(list(loaded(tmp_path)[0].values()))
    assert told.startswith(
        f"service_centre.odcs.yaml: version 1.0.0 from 2026-10-01 on has the number of the version before it ({CASE})"
    )
    own["version"] = "1.1.0"
    write(tmp_path, own)
    assert numbers_said_twice(list(loaded(tmp_path)[0].values())) == []


def test_two_words_may_mean_one_code(tmp_path: Path) -> None:
    own = packaged("command_centre", "event")
    column(own, "status")["enum"].append({"id": "closed", "value": "办结"})
    write(tmp_path, own, "command_centre.odcs.yaml")
    codes = loaded(tmp_path)[0]["command_centre.event"].column("status").codes
    assert codes is not None
    assert (codes["已结案"], codes["办结"]) == ("closed", "closed")


def test_a_platform_of_its_own_is_added(tmp_path: Path) -> None:
    own = packaged("service_centre", "duty_shift")
    own["id"] = "canteen"
    property_of(own, "file")["value"] = "canteen_{yyyymmdd}.xlsx"
    write(tmp_path, own, "canteen.odcs.yaml")
    found, _ = loaded(tmp_path)
    assert len(found) == 34
    assert found["canteen.duty_shift"].own_contract == "canteen.odcs.yaml"


def opened(document: Document) -> None:
    one = column(document, "applicant_id_number")
    del one["classification"], one["customProperties"]


def otherwise_treated(document: Document) -> None:
    column(document, "applicant_id_number")["customProperties"] = [{"property": "privacy", "value": "mask"}]


def misspelt(document: Document) -> None:
    column(document, "promised_at")["name"] = "promissed_at"


def dropped(document: Document) -> None:
    one = column(document, "accepted_at")
    one["classification"], one["customProperties"] = "PII", [{"property": "privacy", "value": "drop"}]


def of_another_type(document: Document) -> None:
    column(document, "accepted_at")["logicalType"] = "string"


def optional(document: Document) -> None:
    column(document, "accepted_at")["required"] = False


def another_key(document: Document) -> None:
    column(document, "case_id")["primaryKey"] = False
    column(document, "point_code")["primaryKey"] = True


def delivered_otherwise(document: Document) -> None:
    property_of(document, "delivery")["value"] = "append"


def unknown_code(document: Document) -> None:
    column(document, "channel")["enum"][0]["id"] = "counters"


def without_codes(document: Document) -> None:
    del column(document, "channel")["enum"]


def files_of_another_feed(document: Document) -> None:
    property_of(document, "file")["value"] = "command_centre_event_{yyyymmdd}.csv"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (opened, ("personal", "open here")),
        (otherwise_treated, ("personal", "mask here")),
        (misspelt, ("'promised_at' is missing", "is 'promissed_at' meant?")),
        (dropped, ("'accepted_at' is dropped", "models and KPIs read it")),
        (of_another_type, ("VARCHAR here and TIMESTAMP in the packaged contract",)),
        (optional, ("is required in the packaged contract",)),
        (another_key, ("the key is case_id",)),
        (delivered_otherwise, ("delivery: is changes in the packaged contract",)),
        (unknown_code, ("no KPI knows the id 'counters'; did you mean 'counter'?",)),
        (without_codes, ("has an enum in the packaged contract",)),
        (files_of_another_feed, ("command_centre_event_{yyyymmdd}.csv", "command_centre")),
    ],
)
def test_what_kpis_and_persons_rely_on_may_not_be_changed(
    tmp_path: Path, change: Callable[[Document], None], said: tuple[str, ...]
) -> None:
    own = packaged("service_centre", "service_case")
    change(own)
    file = write(tmp_path, own)
    contracts, errors = load_contracts(CONTRACTS, tmp_path)
    error = next(one for one in errors if one.file == file)
    assert "service_centre" not in {one.platform for one in contracts}
    assert error.line and error.place.startswith("schema")
    assert all(words in str(error) for words in said), str(error)


def test_every_treatment_of_every_packaged_column_is_kept(tmp_path: Path, contracts: tuple[Contract, ...]) -> None:
    """Each personal column of each feed, opened alone, is refused."""
    personal = [
        (contract.platform, feed.name, one.name)
        for contract in contracts
        for feed in contract.feeds
        for one in feed.columns
        if one.privacy is not None
    ]
    assert len(personal) > 20
    for platform, feed, name in personal[::4]:
        own = packaged(platform, feed)
        opened_now = column(own, name)
        del opened_now["classification"], opened_now["customProperties"]
        file = write(tmp_path / f"{feed}-{name}", own, f"{platform}.odcs.yaml")
        _, errors = load_contracts(CONTRACTS, file.parent)
        assert name in str(errors[0]) and "personal" in str(errors[0])


def test_a_broken_own_contract_names_file_line_and_key_and_keeps_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = packaged("service_centre", "service_case")
    own["schema"][0]["properties"][1]["physicalNam"] = "名称"
    write(tmp_path / "contracts", own)
    error = error_of(tmp_path / "contracts")
    assert (error.file.name, error.place) == ("service_centre.odcs.yaml", "schema[0].properties[1].physicalNam")
    monkeypatch.delenv("SIHE_CONTRACTS", raising=False)
    here = installation.load(tmp_path, tmp_path / "inbox")
    assert {feed.id for feed in here.salvaged} == {
        f"service_centre.{name}" for name in ("service_point", "service_case", "duty_shift")
    }
    assert all(feed.key for feed in here.salvaged)


def test_two_own_contracts_of_one_platform_promise_the_same(tmp_path: Path) -> None:
    for name, at in (("service_case", "05:00"), ("duty_shift", "09:00")):
        own = packaged("service_centre", name)
        next(sla for sla in own["slaProperties"] if sla["property"] == "timeOfAvailability")["value"] = at
        write(tmp_path, own, f"service_centre-{name}.odcs.yaml")
    assert "a platform has one" in str(error_of(tmp_path))


def test_registry_names_the_contracts_of_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIHE_CONTRACTS", raising=False)
    write(tmp_path / "contracts", packaged("service_centre", "service_case"))
    ran = CliRunner().invoke(main, ["registry", "--home", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    assert f"in place of the packaged {CASE} (service_centre.odcs.yaml)" in ran.output
    write(tmp_path / "contracts", {"id": "service_centre"})
    ran = CliRunner().invoke(main, ["registry", "--home", str(tmp_path)])
    assert (ran.exit_code, "service_centre.odcs.yaml" in ran.output) == (1, True)


# ---------------------------------------------------------------- which feeds are connected


def connecting(home: Path, *names: str) -> None:
    home.mkdir(exist_ok=True)
    named = district.District.named("110101", "东城区").model_dump(exclude_none=True)
    text = yaml.safe_dump({**named, "connected": list(names)}, allow_unicode=True, sort_keys=False)
    (home / "district.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("names", "connected"),
    [
        (("command_centre.event",), ["command_centre.event"]),
        (("home_visit", "command_centre.event"), ["command_centre.event", "home_visit.visit"]),
    ],
)
def test_the_district_says_which_feeds_are_connected(
    tmp_path: Path, names: tuple[str, ...], connected: list[str]
) -> None:
    connecting(tmp_path, *names)
    here = installation.load(tmp_path, tmp_path / "inbox")
    assert sorted(feed.id for feed in here.feeds if feed.is_connected) == connected


def test_without_a_list_every_feed_is_connected(tmp_path: Path) -> None:
    assert all(feed.is_connected for feed in installation.load(tmp_path, tmp_path / "inbox").feeds)


def test_a_feed_that_no_contract_has_is_refused_with_the_nearest_word(tmp_path: Path) -> None:
    connecting(tmp_path, "home_visit", "comand_centre")
    with pytest.raises(
        DistrictError, match=r"connected\[1\]: no contract has 'comand_centre'; did you mean 'command_cen"
    ):
        installation.load(tmp_path, tmp_path / "inbox")
