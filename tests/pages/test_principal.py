"""Who reads, by what the gate says; and files that are offered to one reader."""

import time
from dataclasses import asdict, replace

import pytest

import settings
from reader import offers, principal
from reader.principal import ANYBODY, HEADERS, Principal

STREET = Principal("zhang", "street", "990102005", "a1")


def sent(reader: Principal) -> dict[str, str]:
    return {HEADERS[name]: value for name, value in asdict(reader).items()}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_GATE", "1")


@pytest.mark.parametrize(
    ("value", "is_behind"), [("1", True), ("true", True), ("yes", True), ("", False), ("0", False)]
)
def test_any_word_but_no_closes_the_gate(value: str, is_behind: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_GATE", value)
    assert settings.load().is_behind_gate is is_behind


def test_without_a_gate_nobody_has_a_limit_and_headers_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIHE_GATE", raising=False)
    assert principal.of_headers(sent(STREET)) == principal.of_headers({}) == ANYBODY
    assert ANYBODY.scope == ""


@pytest.mark.parametrize(
    ("role", "org", "scope"),
    [
        ("leader", "990102", ""), ("analyst", "990102", ""), ("engineer", "990102", ""), ("admin", "990102", ""),
        ("street", "990102005", "990102005"), ("community", "990102005003", "990102005003"),
        ("analyst", "990102005", "990102005"), ("admin", "990102005003", "990102005003"),
        ("leader", "990102005", None), ("street", "990102", None), ("street", "990102005003", None),
        ("community", "990102005", None), ("community", "990102", None), ("mayor", "990102", None),
        ("", "990102", None), ("leader", "", None), ("leader", "9901", ""), ("admin", "99", ""),
        ("leader", "990", None), ("street", "9901", None), ("leader", "99010a", None),
        ("analyst", "990102005003001", None),
        ("leader", "９９０１０２", None), ("leader", "990102 ", None), ("leader", "990102\n", None),
        ("street", "99010200'", None),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("gate")
def test_role_and_area_belong_together(role: str, org: str, scope: str | None) -> None:
    found = principal.of_headers(sent(replace(STREET, role=role, org=org)))
    assert (found.scope if found else None) == scope


@pytest.mark.parametrize("missing", HEADERS)
@pytest.mark.usefixtures("gate")
def test_an_identity_that_is_not_whole_is_none(missing: str) -> None:
    assert principal.of_headers(sent(STREET)) == STREET
    assert principal.of_headers(sent(replace(STREET, **{missing: ""}))) is None
    assert (
        principal.of_headers({name: value for name, value in sent(STREET).items() if name != HEADERS[missing]}) is None
    )


# ---------------------------------------------------------------- files


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "_offers", type(offers._offers)())


def offered(reader: Principal, cells: int = 1) -> str:
    return offers.offer(reader, "表.csv", "text/csv", cells, lambda: b"x").removeprefix(f"{offers.PATH}/")


@pytest.mark.parametrize("field", HEADERS)
def test_a_file_is_for_one_reader_in_one_session(field: str) -> None:
    number = offered(STREET)
    assert len(number) >= 32
    assert offers.asked(number, replace(STREET, **{field: "other"})) is None
    assert offers.asked(number, ANYBODY) is None
    found = offers.asked(number, STREET)
    assert found and found.make() == b"x" and offers.asked(number, STREET) is found


def test_a_file_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    number = offered(STREET)
    then = time.monotonic() + offers.SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: then)
    assert offers.asked(number, STREET) is None
    assert not offers._offers


def test_the_oldest_files_go_when_there_are_too_many_or_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "MOST", 3)
    monkeypatch.setattr(offers, "MOST_CELLS", 100)
    numbers = [offered(STREET) for _ in range(5)]
    assert [number for number in numbers if offers.asked(number, STREET)] == numbers[2:]
    large = offered(STREET, 99)
    assert [number for number in numbers if offers.asked(number, STREET)] == numbers[4:]
    larger = offered(STREET, 1000)
    assert offers.asked(large, STREET) is None
    assert offers.asked(larger, STREET), "what was just offered can be fetched, however large"
