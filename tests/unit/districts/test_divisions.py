"""The national register of divisions: packed rows are read unchanged, and a wrong code gives its neighbours."""

from pathlib import Path

import pytest

from pipelines.districts import codes, divisions
from pipelines.districts.divisions import Division


def test_the_register_has_every_level_of_the_country() -> None:
    upper = divisions.upper()
    assert {len(one.code) for one in upper} == {codes.PROVINCE, codes.CITY, codes.DISTRICT}
    assert len(upper) == 31 + 342 + 2978
    inside = divisions.inside("110101")
    assert [one.name for one in inside if len(one.code) == codes.STREET][:2] == ["东华门街道", "景山街道"]
    assert Division("110101001001", "多福巷社区居委会") in inside
    assert all(one.code.startswith("110101") for one in inside)


def test_an_unknown_district_has_nothing_inside() -> None:
    assert divisions.inside("990101") == []
    assert divisions.district("990101") is None


def test_what_is_written_is_read_and_the_same_rows_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        Division("99", "某省"),
        Division("9901", "某市"),
        Division("990101", "某区"),
        Division("990101001", "甲街道"),
        Division("990101001001", "一社区居委会"),
        Division("990101001002", "二社区居委会"),
        Division("990101001200", "三村委会"),
        Division("990101002", "乙街道"),
        Division("990101002001", "123社区居委会"),
    ]
    divisions.write(tmp_path / "a.zip", rows)
    divisions.write(tmp_path / "b.zip", reversed(rows))
    monkeypatch.setattr(divisions, "FILE", tmp_path / "a.zip")
    assert divisions.upper() == rows[:3]
    assert divisions.inside("990101") == rows[3:]
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("金台", "610303"), ("金台区", "610303"), ("渭宾区", "610302"), ("610301", "610303"), ("110", "110101")],
)
def test_a_wrong_code_or_a_name_finds_districts_near_it(wanted: str, found: str) -> None:
    assert found in [one.code for one in divisions.near(wanted)]


@pytest.mark.parametrize("wanted", ["", "990101", "zzz"])
def test_what_is_like_nothing_finds_nothing(wanted: str) -> None:
    assert divisions.near(wanted) == []


def test_a_full_name_leaves_out_cities_that_are_only_parts_of_a_province() -> None:
    assert divisions.full_name(Division("110101", "东城区")) == "北京市东城区"
    assert divisions.full_name(Division("330106", "西湖区")) == "浙江省杭州市西湖区"
    assert divisions.full_name(Division("429004", "仙桃市")) == "湖北省仙桃市"
    assert divisions.full_name(Division("659001", "石河子市")) == "新疆维吾尔自治区石河子市"
    assert divisions.full_name(Division("441900", "东莞市")) == "广东省东莞市"
