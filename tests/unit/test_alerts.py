"""Alerts: once a day, in a robot's own format and by mail, with a real connection or none."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines import alerts, settings
from pipelines.alerts import Alert
from pipelines.settings import Mail, Settings
from tests.unit.post_office import PostOffice
from tests.unit.robot import Robot

NOW = datetime(2024, 1, 6, 6, 0)
ALERT = Alert("四合：1 个数据集未按时到达 · 1 feeds are late", ("a.b: no accepted file for 2024-01-05",))


def test_an_alert_says_what_where_and_what_to_do() -> None:
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
        "mail": "none is set",
    }


def test_a_run_that_fails_again_in_the_same_way_is_said_once_a_day(quiet: Settings) -> None:
    assert send(quiet, alerts.of_failed_run("build_marts", ["models: it broke"], "/home/logs/x.log"), NOW)
    assert not send(quiet, alerts.of_failed_run("build_marts", ["models: it broke"], "/home/logs/y.log"), NOW)
    assert send(quiet, alerts.of_failed_run("build_marts", ["models: another"], "/home/logs/z.log"), NOW)


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


# ---------------------------------------------------------------- mail


MAIL = Mail("smtp://127.0.0.1:0", "sihe@example.gov.cn", ("night@example.gov.cn",))


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    with PostOffice() as made:
        yield made


def test_a_letter_goes_to_all_who_get_every_alert_and_to_its_owner(quiet: Settings, post_office: PostOffice) -> None:
    quiet.owners_file.write_text("区民政局: [a@example.gov.cn, night@example.gov.cn]\n别处: [b@example.gov.cn]\n")
    there = replace(quiet, mail=replace(MAIL, server=post_office.address))
    owned = replace(ALERT, lines=("第一\n行", "second"), owner="区民政局")
    assert send(there, owned, NOW)
    assert not send(there, owned, NOW)
    ((receivers, letter),) = post_office.received
    assert receivers == ["night@example.gov.cn", "a@example.gov.cn"]
    assert letter["Subject"] == ALERT.title
    assert letter.get_content().replace("\r\n", "\n") == "第一 行\n\nsecond\n"
    assert told(there)[0]["mail"] == "sent"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a@b", "owners.yaml:1: is not a mapping; `owner: [name@example.gov.cn, …]` is needed"),
        (
            "乙: [a@b]\n区民政局: a@b",
            "owners.yaml:2: 区民政局: is no list; `owner: [name@example.gov.cn, …]` is needed",
        ),
        ("区民政局:\n  - a@b\n  - secret\n", "owners.yaml:3: 区民政局[1]: is no mail address; `owner: ["),
        ("区民政局: [a@b, 7]", "owners.yaml:1: 区民政局[1]: is no mail address"),
        ("甲: [a@b]\n甲: [c@d]\n", "甲: this owner is there twice"),
        ("{", "owners.yaml:2: is not YAML: "),
        ("a: [b]: c", "owners.yaml:1: is not YAML: "),
    ],
)
def test_owners_that_cannot_be_read_are_no_letter_and_the_record_says_where(
    quiet: Settings, text: str, said: str
) -> None:
    quiet.owners_file.write_text(text, encoding="utf-8")
    assert send(replace(quiet, mail=MAIL), ALERT, NOW)
    failed = told(quiet)[0]["mail"]
    assert failed.startswith(f"failed: {quiet.owners_file}") and said in failed
    assert "secret" not in failed and "a@b" not in failed


@pytest.mark.parametrize("text", ["", "# 区民政局: [a@b]\n\n"])
def test_owners_without_a_line_are_none(quiet: Settings, text: str) -> None:
    quiet.owners_file.write_text(text, encoding="utf-8")
    assert alerts.owners(quiet) == {}


def test_a_letter_that_is_refused_is_sent_again(quiet: Settings, post_office: PostOffice) -> None:
    there = replace(quiet, mail=replace(MAIL, server=post_office.address))
    post_office.is_refusing = True
    assert send(there, ALERT, NOW)
    post_office.is_refusing = False
    assert send(there, ALERT, NOW)
    assert not send(there, ALERT, NOW)
    assert [record["mail"] for record in told(there)] == ["failed: SMTPRecipientsRefused", "sent"]


def test_what_one_way_out_refuses_is_not_said_again_on_the_other(
    quiet: Settings, robot: Robot, post_office: PostOffice
) -> None:
    """A mail server that is down, or an error in owners.yaml, would post to the webhook every five minutes."""
    there = replace(quiet, webhook=robot.address, mail=replace(MAIL, server=post_office.address))
    post_office.is_refusing = True
    for _ in range(3):
        assert not alerts.deliver(there, ALERT)
    assert len(robot.posted) == 1
    post_office.is_refusing = False
    assert alerts.deliver(there, ALERT)
    assert (len(robot.posted), len(post_office.received)) == (1, 1)
    assert [record["webhook"] for record in told(there)] == ["sent", *["sent before"] * 3]
    # It has reached everyone: the next time it is news again.
    assert alerts.deliver(there, ALERT)
    assert (len(robot.posted), len(post_office.received)) == (2, 2)


# ---------------------------------------------------------------- settings


def test_mail_is_complete_or_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIHE_MAIL_SERVER", "mail.example.gov.cn")
    with pytest.raises(ValueError, match="SIHE_MAIL_SERVER: an address that begins with one of smtp, "):
        settings.load(tmp_path)
    monkeypatch.setenv("SIHE_MAIL_SERVER", "smtps://user@mail.example.gov.cn:465")
    with pytest.raises(ValueError, match="SIHE_MAIL_FROM and SIHE_MAIL_TO are needed"):
        settings.load(tmp_path)
    monkeypatch.setenv("SIHE_MAIL_FROM", "sihe@example.gov.cn")
    monkeypatch.setenv("SIHE_MAIL_TO", "a@example.gov.cn, b@example.gov.cn,")
    monkeypatch.setenv("SIHE_MAIL_PASSWORD_FILE", "/etc/sihe.password")
    found = settings.load(tmp_path).mail
    assert found is not None
    assert found.to == ("a@example.gov.cn", "b@example.gov.cn")
    assert found.password_file == Path("/etc/sihe.password")


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
