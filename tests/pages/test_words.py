"""Words: complete in both languages, all used, all in the bundled font."""

import ast
import csv
import re
import string
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from fontTools.ttLib import TTFont

from language import words
from pipelines.settings import PROJECT_DIR
from reader import menu
from reader.view import COMPARISONS, PARAMETERS, PERIODS

DASHBOARD = menu.FILE.parent
SOURCES = [*sorted(DASHBOARD.rglob("*.py")), menu.FILE]
# Sources that use words, without the words themselves.
SPEAKERS = [path for path in SOURCES if path.suffix == ".py" and DASHBOARD / "language" not in path.parents]
FILES = {path.stem: path for path in (DASHBOARD / "language" / "words").glob("[a-z]*.py")}
SHARED = {"above", "access", "common", "evidence", "frame", "lists", "search", "side_by_side"}
CHINESE = re.compile(r"[一-鿿]")
# Words that Chinese readers also write in Latin letters, and Excel's sign for a page number.
LATIN_IN_CHINESE = {
    "P", "XLSX", "CSV", "EN", "n", "N", "sihe", "run", "demo", "doctor", "district", "yaml", "connected",
}  # fmt: skip


def listed(name: str) -> list[str]:
    """The keys of one file of words, as they are written there."""
    value = next(
        node.value
        for node in ast.parse(FILES[name].read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)
    )
    assert isinstance(value, ast.Dict)
    return [ast.literal_eval(key) for key in value.keys if key]


def spoken(paths: Sequence[Path]) -> set[str]:
    """The words that sources use: in full, t("area.word"), or completed at run time: t("period." + code),
    t(f"empty.step{n}")."""
    found: set[str] = set()
    for path in paths:
        texts = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        begun = {text for text in texts if re.fullmatch(r"[a-z_]+\.([a-z_]+\.)*(step)?", text)}
        # The states without data are one panel with the words of the current case.
        begun |= {"unpublished.", "damaged."} if path.name == "app.py" else set()
        found |= {key for key in words.WORDS if key in texts or key.startswith(tuple(begun))}
    return found


def test_every_word_that_is_said_is_there() -> None:
    for path in SPEAKERS:
        for key in re.findall(r'\bt\(\s*"([a-z0-9_.]+)"\s*[,)]', path.read_text(encoding="utf-8")):
            assert key in words.WORDS, f"{path.name}: {key}"


def test_every_word_is_said_somewhere() -> None:
    assert set(words.WORDS) - spoken(SPEAKERS) == set()


def test_every_word_is_written_once() -> None:
    written = [key for name in FILES for key in listed(name)]
    assert sorted(written) == sorted(words.WORDS)


def test_every_page_has_a_file_of_words_and_no_other_page_says_them() -> None:
    assert set(FILES) - SHARED == set(menu.PAGES)
    for name in menu.PAGES:
        others = [
            path
            for path in (DASHBOARD / "screens").rglob("*.py")
            if path.relative_to(DASHBOARD / "screens").with_suffix("").parts[0] != name
        ]
        assert set(listed(name)) & spoken(others) == set(), name


def test_both_languages_say_the_same_fields_in_their_own_script() -> None:
    for key, (chinese, english) in words.WORDS.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (chinese, english)]
        assert fields[0] == fields[1], key
        assert not CHINESE.search(english), key
        latin = set(re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", "", chinese)))
        assert latin <= LATIN_IN_CHINESE, key


def test_an_english_count_of_one_is_one() -> None:
    """And a text that is put in stays as it is."""
    t = words.Speaker("en")
    assert t("project.title", n=1) == "1 project, none late" and t("project.title", n="1,001").startswith(
        "1,001 projects"
    )
    assert t("meeting.title", n="1", decided=2) == "1 meeting decided 2 things"
    assert t("events.spot_title", grid="{n} row(s)", what="1 row(s)", n=1) == '{n} row(s): "1 row(s)" 1 time in 90 days'


def test_english_has_no_marks_that_the_font_draws_as_wide_as_a_chinese_character() -> None:
    assert [key for key, (_, english) in words.WORDS.items() if re.search("[“”‘’，。；：（）]", english)] == []


@pytest.mark.parametrize(("prefix", "codes"), [("period.", PERIODS), ("vs.", COMPARISONS), ("param.", PARAMETERS)])
def test_every_code_has_a_word(prefix: str, codes: tuple[str, ...]) -> None:
    assert all(prefix + code in words.WORDS for code in codes)


@pytest.mark.parametrize("weight", ["400", "700"])
def test_the_bundled_font_has_every_character(weight: str) -> None:
    path = DASHBOARD / "static" / "fonts" / f"NotoSansSC-{weight}.woff2"
    assert path.stat().st_size < 2_400_000
    drawn = TTFont(path).getBestCmap()
    written = {sign for source in SOURCES for sign in source.read_text(encoding="utf-8") if sign.isprintable()}
    common = {bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)}
    assert not {sign for sign in written | common if ord(sign) not in drawn} - {"鿿"}


# Words for a feed's codes, by the field of the contract that has them.
CODES = {
    "category.": "command_centre.event.category",
    "urgency.": "command_centre.event.urgency",
    "source.": "command_centre.event.source",
    "level.": "command_centre.event.level",
    "event_status.": "command_centre.event.status",
    "follow_up.": "command_centre.event.follow_up",
    "action.": "command_centre.event_flow.action",
    "visit_type.": "home_visit.visit.visit_type",
    "care.": "smart_community.care_household.care_category",
    "worker_role.": "smart_community.grid_worker.worker_role",
    "party_org_type.": "smart_community.party_org.party_org_type",
    "area_type.": "smart_community.residential_area.area_type",
    "management.": "smart_community.residential_area.management",
    "point_type.": "service_centre.service_point.point_type",
    "points_kind.": "volunteer.points_txn.kind",
    "meeting_type.": "co_building.joint_meeting.meeting_type",
    "commitment.": "co_building.alliance_commitment.kind",
    "fund.": "co_building.fund_txn.purpose",
    "fund_direction.": "co_building.fund_txn.direction",
    "member_type.": "co_building.alliance_member.member_type",
    "covenant_type.": "co_building.covenant.covenant_type",
    "project_type.": "property_selfgov.project.project_type",
}


@pytest.mark.parametrize("prefix", CODES)
def test_every_code_of_the_contracts_has_a_word(prefix: str) -> None:
    platform, feed, field = CODES[prefix].split(".")
    contract = yaml.safe_load((PROJECT_DIR / "pipelines" / "contracts" / f"{platform}.odcs.yaml").read_text("utf-8"))
    schema = next(schema for schema in contract["schema"] if schema["name"] == feed)
    codes = next(one["enum"] for one in schema["properties"] if one["name"] == field)
    assert not [code["id"] for code in codes if prefix + code["id"] not in words.WORDS]


@pytest.mark.parametrize(
    ("column", "prefix"),
    [
        ("pattern", "sentinel."), ("sentinel", "sentinel."), ("band", "band.own."), ("check_name", "check."),
        ("state", "state."), ("direction", "direction."), ("pillar", "pillar."),
    ],
)  # fmt: skip
def test_the_warehouse_and_the_screens_have_one_word_for_a_code(column: str, prefix: str) -> None:
    with (DASHBOARD.parent / "dbt_project" / "seeds" / "own_code.csv").open(encoding="utf-8") as file:
        published = {row["code"]: row["zh"] for row in csv.DictReader(file) if row["column_name"] == column}
    assert published
    assert {code: words.WORDS[prefix + code][0] for code in published} == published
