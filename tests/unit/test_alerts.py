"""Alerts about late feeds and failed runs: once a day, in a robot's own format, with a real connection or none."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines import alerts, settings
from pipelines.alerts import Alert
from pipelines.contracts.model import Contract
from pipelines.settings import Settings
from pipelines.warehouse.store import Warehouse
from tests.unit.helpers import ledger_line
from tests.unit.robot import Robot

DAY = date(2024, 1, 5)
NOW = datetime(2024, 1, 6, 6, 0)
ALERT = Alert("四合：1 个数据集未按时到达 · 1 feeds are late", ("a.b: no accepted file for 2024-01-05",))


# ---------------------------------------------------------------- who is late


@pytest.fixture
def contract(contracts: tuple[Contract, ...]) -> Contract:
    return next(contract for contract in contracts if contract.platform == "service_centre")


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (datetime(2024, 1, 7, 5, 9, 59), []),
        (datetime(2024, 1, 7, 5, 10, 0), ["2024-01-06"]),
        (datetime(2024, 1, 8, 5, 9, 59), ["2024-01-06"]),
        (datetime(2024, 1, 8, 5, 10, 0), ["2024-01-07"]),
        (datetime(2024, 1, 6, 12, 0, 0), []),
    ],
)
def test_a_feed_is_late_ten_minutes_after_its_time(
    warehouse: Warehouse, contract: Contract, now: datetime, late: list[str]
) -> None:
    """A held file does not count as accepted; a feed that was never delivered is not late, and another feed's delivery
    does not count."""
    warehouse.write_lines([
        ledger_line(1, DAY, 1),
        ledger_line(2, DAY + timedelta(days=1), 0, state="held", reason="bad"),
        ledger_line(3, DAY + timedelta(days=1), 0, "duty_shift", state="held", reason="bad"),
    ])  # fmt: skip
    found = alerts.late_feeds(warehouse, [contract], now)
    assert found == [("service_centre.service_case", day) for day in late]


def test_a_day_that_is_missing_between_others_is_late_no_more(warehouse: Warehouse, contract: Contract) -> None:
    warehouse.write_lines([ledger_line(1, DAY - timedelta(days=2), 1), ledger_line(2, DAY, 0)])
    assert alerts.late_feeds(warehouse, [contract], NOW) == []


def test_an_alert_says_what_where_and_what_to_do() -> None:
    alert = alerts.of_late_feeds([("a.b", "2024-01-05"), ("a.c", "2024-01-05")])
    assert "2 feeds are late" in alert.title
    assert alert.lines[1].startswith("a.c: no accepted file for 2024-01-05: ask the platform")
    failed = alerts.of_failed_run("build_marts", ["models: it broke"], "/home/logs/x.log")
    assert failed.lines == ("models: it broke", "the log: /home/logs/x.log")


# ---------------------------------------------------------------- a robot


@pytest.fixture
def robot() -> Iterator[Robot]:
    with Robot() as made:
        yield made


@pytest.fixture
def quiet(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "inbox", tmp_path)


def send(where: Settings, alert: Alert, now: datetime) -> bool:
    return alerts.send(replace(where, clock=lambda: now), alert)


def told(where: Settings) -> list[dict[str, Any]]:
    lines = where.alerts_file.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


def test_without_a_webhook_the_file_says_it_once_a_day(quiet: Settings) -> None:
    assert send(quiet, ALERT, NOW)
    assert not send(quiet, ALERT, NOW.replace(hour=23, minute=59))
    assert send(quiet, replace(ALERT, lines=("another",)), NOW)
    assert send(quiet, ALERT, NOW + timedelta(days=1))
    assert [record["at"] for record in told(quiet)] == [
        "2024-01-06 06:00:00", "2024-01-06 06:00:00", "2024-01-07 06:00:00"
    ]  # fmt: skip
    assert told(quiet)[0] == {
        "at": "2024-01-06 06:00:00",
        "title": ALERT.title,
        "lines": list(ALERT.lines),
        "webhook": "none is set",
    }


@pytest.mark.parametrize("kind", settings.WEBHOOK_KINDS)
def test_a_robot_gets_markdown_in_its_own_shape_once_a_day(quiet: Settings, robot: Robot, kind: str) -> None:
    there = replace(quiet, webhook=robot.address, webhook_kind=kind)
    assert send(there, ALERT, NOW)
    assert not send(there, ALERT, NOW)
    ((content_type, body),) = robot.posted
    text = f"### {ALERT.title}\n- {ALERT.lines[0]}"
    assert content_type.startswith("application/json")
    if kind == "wecom":
        assert body == {"msgtype": "markdown", "markdown": {"content": text}}
    else:
        assert body == {"msgtype": "markdown", "markdown": {"title": ALERT.title, "text": text}}
    assert [record["webhook"] for record in told(there)] == ["sent"]


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        (200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}', "refused: errcode 93000"),
        (200, b"<html>", "failed: JSONDecodeError"),
        (200, b"[]", "refused: the answer is no robot's"),
        (200, b"null", "refused: the answer is no robot's"),
        (500, b"", "failed: HTTPError"),
        (404, b"{}", "failed: HTTPError"),
    ],
)
def test_what_a_robot_refuses_is_noted_and_tried_again(
    quiet: Settings, robot: Robot, status: int, answer: bytes, says: str
) -> None:
    robot.status, robot.answer = status, answer
    there = replace(quiet, webhook=robot.address)
    assert send(there, ALERT, NOW)
    assert [record["webhook"] for record in told(there)] == [says]
    robot.status, robot.answer = 200, b"{}"
    assert send(there, ALERT, NOW)
    assert [record["webhook"] for record in told(there)] == [says, "sent"]
    assert not send(there, ALERT, NOW)
    assert len(robot.posted) == 2


def test_a_webhook_that_nobody_listens_at_fails_nothing_and_is_tried_again(quiet: Settings, robot: Robot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}/"
    assert send(replace(quiet, webhook=address), ALERT, NOW)
    assert send(replace(quiet, webhook=address), ALERT, NOW)
    assert [record["webhook"] for record in told(quiet)] == ["failed: URLError"] * 2
    assert send(replace(quiet, webhook=robot.address), ALERT, NOW)
    assert told(quiet)[-1]["webhook"] == "sent"


@pytest.mark.parametrize("babble", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])
def test_whatever_listens_there_instead_fails_nothing(quiet: Settings, babble: bytes) -> None:
    """The port is wrong: the server there may speak another protocol, or close the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(babble)

        thread = threading.Thread(target=answer)
        thread.start()
        there = replace(quiet, webhook=f"http://127.0.0.1:{server.getsockname()[1]}/")
        assert send(there, ALERT, NOW)
        thread.join()
    assert told(quiet)[0]["webhook"].startswith("failed: ")


@pytest.mark.parametrize("kind", settings.WEBHOOK_KINDS)
def test_text_from_outside_is_no_markup_in_a_message(kind: str) -> None:
    outside = "a.csv](http://x)<font color=red>@all</font>\n### gone `code` *b* |c| ![i](u) \\"
    body = json.dumps(alerts.message(kind, Alert(outside, (outside, "plain"))), ensure_ascii=False)
    content = json.loads(body)["markdown"]
    text = content["content" if kind == "wecom" else "text"]
    assert len(text.splitlines()) == 3
    assert text.startswith("### ")
    assert not set("<>`[]*|!\\") & set(text)
    assert "#" not in text[3:]
    assert "\n" not in content.get("title", "")


def test_a_line_that_a_crash_cut_off_stops_nothing(quiet: Settings) -> None:
    send(quiet, ALERT, NOW)
    whole = quiet.alerts_file.read_bytes()
    quiet.alerts_file.write_bytes(whole + whole[:50] + b"\n\xff\n")
    assert not send(quiet, ALERT, NOW)
    assert send(quiet, replace(ALERT, lines=()), NOW)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize("address", ["ftp://x/", "file:///etc/passwd", "qyapi.weixin.qq.com/x", " http://x/"])
def test_a_webhook_is_an_http_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("SIHE_WEBHOOK", address)
    with pytest.raises(ValueError, match="SIHE_WEBHOOK: an address that begins with http"):
        settings.load(tmp_path)


def test_a_robot_is_of_a_kind_that_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_WEBHOOK", "https://oapi.dingtalk.com/robot/send")
    monkeypatch.setenv("SIHE_WEBHOOK_KIND", "slack")
    with pytest.raises(ValueError, match="SIHE_WEBHOOK_KIND: one of wecom, dingtalk"):
        settings.load(tmp_path)
    monkeypatch.setenv("SIHE_WEBHOOK_KIND", "dingtalk")
    found = settings.load(tmp_path)
    assert (found.webhook, found.webhook_kind) == ("https://oapi.dingtalk.com/robot/send", "dingtalk")
    monkeypatch.setenv("SIHE_WEBHOOK", "")
    assert settings.load(tmp_path).webhook is None
