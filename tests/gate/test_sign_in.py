"""Signing in, sessions, and how they end.

Belongs here: passwords, second factors, cookies, throttling, the account page. Does not belong here: signing in by a
provider (`test_oidc`), open sockets (`test_sockets`).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pyotp
import pytest
from websockets.exceptions import InvalidStatus

from pipelines.gate import login, passwords, rules, sessions
from pipelines.gate.people import People, Refused
from pipelines.gate.rules import PROFILES
from pipelines.gate.sessions import Sessions
from pipelines.gate.store import Store
from pipelines.gate.throttle import FREE, Throttle
from tests.gate.conftest import DISTRICT, PASSWORD, Site

Small = Callable[..., AbstractContextManager[Site]]
STANDARD = PROFILES["standard"]
FLOOD_SECONDS, FLOOD_PER_SECOND = 60, 20


class Clock:
    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize(
    "password",
    [
        "short", "1234567890", "aaaaaaaaaaaa", "abcdefghijkl", "qwertyuiop123", "password2024!", "P@ssw0rd!!!!",
        "iloveyou520520", "12345678abcdefgh", "sihe-governance", "我的四合平台密码很长",
        "leader-is-here", "x" * 129, "football12345",
    ],
)  # fmt: skip
def test_bad_passwords_are_refused(password: str) -> None:
    assert passwords.objection(password, STANDARD, ["leader"])


@pytest.mark.parametrize("password", [PASSWORD, "沙发与绿色的老虎在跳舞", "kV9#tt2!mmQz", "x7 horse, then rain"])
def test_good_passwords_are_taken(password: str) -> None:
    assert passwords.objection(password, STANDARD, ["leader"]) is None


def test_the_profiles_of_the_protection_levels_ask_for_more() -> None:
    assert passwords.objection(PASSWORD, PROFILES["mlps2"]) is not None
    assert passwords.objection("Correct horse 7", PROFILES["mlps2"]) is None
    assert PROFILES["mlps3"].two_factors == set(rules.ROLES)
    assert PROFILES["mlps3"].idle < PROFILES["mlps2"].idle <= STANDARD.idle == 1800


def test_a_hash_is_argon2id_as_owasp_advises_and_a_password_matches_however_it_is_typed() -> None:
    stored = passwords.hashed("Ångström-Straße-9")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_right("A\u030angstro\u0308m-Straße-9", stored)
    assert not passwords.is_right("Angstrom-Straße-9", stored)
    assert not passwords.is_right(PASSWORD, None) and not passwords.is_right(PASSWORD, "no hash")


def test_nobody_is_told_what_was_wrong(small: Small) -> None:
    with small() as site, site.client() as client:
        site.house.people.set_disabled("analyst", is_disabled=True)
        answers = [
            site.post_login(client, "leader", "not the password"),
            site.post_login(client, "nobody"),
            site.post_login(client, "analyst"),
            site.post_login(client, "engineer", code="000000"),
            site.post_login(client, "engineer", code=""),
        ]
        said = {(answer.status_code, answer.text.partition('role="alert">')[2].partition("<")[0]) for answer in answers}
        assert said == {(401, "用户名、口令或动态码不对。")}
        assert not any("set-cookie" in answer.headers for answer in answers)
        assert client.get("/account").status_code == 401


def test_a_code_is_asked_of_engineers_and_taken_once(small: Small) -> None:
    with small() as site, site.client() as client:
        code = site.code("engineer")
        assert site.post_login(client, "engineer", code=code).status_code == 303
        assert site.post_login(client, "engineer", code=code).status_code == 401


def test_a_cookie_is_for_the_server_alone(small: Small) -> None:
    with small() as site, site.client() as client:
        cookie = site.post_login(client, "leader").headers["set-cookie"].lower()
        assert cookie.startswith("sihe=") and "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
        token = client.cookies["sihe"]
        assert len(token) == 43  # 256 bits
        kept = site.house.store.file.read_bytes()
        assert token.encode() not in kept and PASSWORD.encode() not in kept
        assert site.house.store.file.stat().st_mode & 0o777 == 0o600


def test_every_sign_in_has_a_new_token_and_the_former_one_ends(small: Small) -> None:
    with small() as site, site.client() as client:
        client.cookies.set("sihe", "A" * 43, domain="127.0.0.1")  # fixed by an attacker
        site.post_login(client, "leader")
        first = client.cookies["sihe"]
        assert first != "A" * 43
        site.post_login(client, "street")
        second = client.cookies["sihe"]
        assert second != first
        client.cookies.set("sihe", first, domain="127.0.0.1")
        assert client.get("/account").status_code == 401
        client.cookies.set("sihe", "A" * 43, domain="127.0.0.1")
        assert client.get("/account").status_code == 401


def test_a_token_that_was_signed_out_is_nobody(site: Site) -> None:
    with site.signed_in("community") as client:
        token = client.cookies["sihe"]
        assert client.get("/account").status_code == 200
        answer = client.post("/logout")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        client.cookies.clear()
        assert client.get("/account", headers={"cookie": f"sihe={token}"}).status_code == 401


def test_a_stolen_cookie_is_nobody_once_its_person_is_disabled(site: Site) -> None:
    with site.signed_in("street-analyst") as thief:
        assert thief.get("/").status_code == 200
        site.house.people.set_disabled("street-analyst", is_disabled=True)
        assert thief.get("/").status_code == 401
        site.house.people.set_disabled("street-analyst", is_disabled=False)
        assert thief.get("/").status_code == 401


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path)
    People(found, STANDARD).add("leader", "leader", DISTRICT)
    return found


def test_a_session_ends_when_it_is_idle_and_after_eight_hours(store: Store) -> None:
    now = Clock()
    known = Sessions(store, STANDARD, now)
    token, session = known.begin("leader", "1.2.3.4", "", "password")
    now.at += 1799
    assert known.of(token) and known.alive([session.key])
    now.at += 2
    assert known.of(token) is None and not known.alive([session.key])
    token, session = known.begin("leader", "1.2.3.4", "", "password")
    for _ in range(int(8 * 3600 / 1000)):
        now.at += 1000
        assert known.seen(session.key, 0) == now.at
        assert known.of(token)
    now.at += 801
    known.seen(session.key, 0)
    assert known.of(token) is None


def test_a_person_has_ten_sessions_at_most(store: Store) -> None:
    known = Sessions(store, STANDARD)
    tokens = [known.begin("leader", "1.2.3.4", "", "password")[0] for _ in range(12)]
    assert [known.of(token) is not None for token in tokens] == [False] * 2 + [True] * 10


def test_a_person_sees_and_ends_their_own_sessions_alone(small: Small) -> None:
    with (
        small() as site,
        site.signed_in("leader") as mine,
        site.signed_in("leader") as other,
        site.signed_in("street") as foreign,
    ):
        street = site.house.sessions.of_person("street")[0].id
        page = mine.get("/account").text
        assert page.count("<tr>") == 3 and street not in page
        mine.post("/account/end", data={"id": street, "password": PASSWORD})
        assert foreign.get("/account").status_code == 200
        assert "不对" in mine.post("/account/end", data={"id": "others"}).text
        assert "不对" in mine.post("/account/end", data={"id": "others", "password": "wrong"}).text
        assert other.get("/account").status_code == 200
        mine.post("/account/end", data={"id": "others", "password": PASSWORD})
        assert (mine.get("/account").status_code, other.get("/account").status_code) == (200, 401)


def test_without_a_password_a_session_must_be_new_to_end_others(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    with small() as site:
        site.house.people.add("guest", "leader", DISTRICT, subject="of the provider")
        with site.signed_in("guest") as mine, site.signed_in("guest") as other:
            monkeypatch.setattr(login, "_FRESH_SECONDS", -1)
            assert "重新登录" in mine.post("/account/end", data={"id": "others"}).text
            assert other.get("/account").status_code == 200
            monkeypatch.setattr(login, "_FRESH_SECONDS", 600)
            mine.post("/account/end", data={"id": "others"})
            assert (mine.get("/account").status_code, other.get("/account").status_code) == (200, 401)


def test_a_new_password_needs_the_old_one_and_ends_all_other_sessions(small: Small) -> None:
    with small() as site, site.signed_in("leader") as mine, site.signed_in("leader") as other:
        new = "a tiger on the green sofa"
        fields = {"password": "wrong", "new": new, "again": new}
        assert "不对" in mine.post("/account/password", data=fields).text
        assert "不一样" in mine.post("/account/password", data={**fields, "password": PASSWORD, "again": "x"}).text
        weak = {"password": PASSWORD, "new": "password2024!", "again": "password2024!"}
        assert "常见" in mine.post("/account/password", data=weak).text
        before = mine.cookies["sihe"]
        assert mine.post("/account/password", data={**fields, "password": PASSWORD}).status_code == 303
        assert mine.cookies["sihe"] != before
        assert (mine.get("/account").status_code, other.get("/account").status_code) == (200, 401)
        assert site.post_login(other, "leader").status_code == 401
        assert site.post_login(other, "leader", new).status_code == 303


def only_the_account(site: Site, client: httpx2.Client) -> None:
    assert client.get("/events").headers["location"] == "/account"
    assert "请先改成自己的口令" in client.get("/account").text
    with pytest.raises(InvalidStatus), site.socket(client):
        pass
    assert site.heard.scopes == []


def test_a_password_that_is_too_old_is_changed_first_where_the_profile_says_so(small: Small, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with small() as site, site.signed_in("leader") as client:
        site.house.store.connection.execute("update person set password_at = password_at - 91 * 86400")
        assert client.get("/events").status_code == 200
    (tmp_path / "home" / "gate.yaml").write_text("profile: mlps2\n", encoding="utf-8")
    with small() as site, site.signed_in("leader") as client:
        only_the_account(site, client)


def test_a_password_of_the_administrators_choice_is_changed_first(small: Small) -> None:
    with small() as site, site.client() as client:
        site.house.people.set_password("leader", "the administrator knows it")
        assert site.post_login(client, "leader", "the administrator knows it").status_code == 303
        only_the_account(site, client)
        own = "a tiger on the green sofa"
        fields = {"password": "the administrator knows it", "new": own, "again": own}
        same = {**fields, "new": fields["password"], "again": fields["password"]}
        assert "相同" in client.post("/account/password", data=same).text
        assert client.post("/account/password", data=fields).status_code == 303
        assert client.get("/events").status_code == 200


def test_after_five_attempts_a_name_waits_and_never_for_long() -> None:
    now = Clock(0)
    throttle = Throttle(now)
    assert [throttle.wait("leader", "1.1.1.1", is_known=False) for _ in range(FREE)] == [0] * FREE
    waits = []
    for _ in range(12):
        waits.append(wait := throttle.wait("leader", "1.1.1.1", is_known=False))
        now.at += wait
        assert throttle.wait("leader", "1.1.1.1", is_known=True) == 0
    assert waits == sorted(waits) and waits[0] == 1 and waits[-1] == 60
    assert throttle.wait("leader", "2.2.2.2", is_known=False) == 0
    throttle.succeeded("leader", "1.1.1.1")
    assert throttle.wait("leader", "1.1.1.1", is_known=True) == 0


def test_names_from_one_address_and_addresses_for_one_name_are_counted() -> None:
    now = Clock(0)
    sprayed = Throttle(now)
    tried = [sprayed.wait(f"name{n}", "1.1.1.1", is_known=False) for n in range(100)]
    assert tried[:30] == [0] * 30 and 0 not in tried[30:]
    assert sprayed.wait("leader", "1.1.1.1", is_known=True) == 0
    spread = Throttle(now)
    tried = [spread.wait("leader", f"1.1.{n}.1", is_known=False) for n in range(100)]
    assert tried[:60] == [0] * 60 and 0 not in tried[60:]
    assert spread.wait("leader", "9.9.9.9", is_known=True) == 0


def test_while_one_floods_the_login_for_a_minute_others_get_in(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty attempts a second for a minute, on known and unknown names. The throttle's minute is a counted one: the
    requests come as fast as they are answered, which is faster."""
    clock = Clock()
    with small() as site:
        monkeypatch.setattr(site.house.throttle, "_now", clock)
        site.signed_in("street").close()  # at this address before
        waits: list[float] = []
        statuses = Counter[int]()
        with site.client() as attacker, site.client() as other:
            for n in range(FLOOD_SECONDS * FLOOD_PER_SECOND):
                clock.at += 1 / FLOOD_PER_SECOND
                guess = {"name": "leader" if n % 2 else f"name{n}", "password": "guess"}
                statuses[attacker.post("/login", data=guess).status_code] += 1
                if n % 100 == 50:
                    started = time.monotonic()
                    assert site.post_login(other, "street").status_code == 303
                    waits.append(time.monotonic() - started)
        assert len(waits) == 12 and max(waits) < 2
        # Of the address: a burst of 30, and one in two seconds.
        assert statuses[401] <= 61 and set(statuses) == {401, 429}


def test_a_flood_from_many_connections_keeps_nobody_waiting(small: Small) -> None:
    """The same for three seconds by the clock of the wall, from eight connections at once."""
    with small() as site:
        site.signed_in("street").close()
        stop, statuses = threading.Event(), Counter[int]()

        def flood(which: int) -> None:
            with site.client() as client:
                n = 0
                while not stop.wait(8 / FLOOD_PER_SECOND):
                    n += 1
                    guess = {"name": f"name{which}-{n}", "password": "guess"}
                    statuses[client.post("/login", data=guess).status_code] += 1

        attackers = [threading.Thread(target=flood, args=(which,)) for which in range(8)]
        for attacker in attackers:
            attacker.start()
        try:
            waits, until_at = [], time.monotonic() + 3
            while time.monotonic() < until_at:
                with site.client() as client:
                    started = time.monotonic()
                    assert site.post_login(client, "street").status_code == 303
                    waits.append(time.monotonic() - started)
                time.sleep(0.5)
        finally:
            stop.set()
            for attacker in attackers:
                attacker.join()
        assert max(waits) < 2 and statuses.total() > 20


def test_not_more_than_two_passwords_are_checked_at_once(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def slow(password: str, stored: str | None) -> bool:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.1)
        with lock:
            now -= 1
        return False

    monkeypatch.setattr(passwords, "is_right", slow)
    with small() as site:

        def ask(n: int) -> None:
            with site.client() as client:
                client.post("/login", data={"name": f"name{n}", "password": "x"})

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 2


def test_a_form_that_is_too_large_is_not_read(site: Site) -> None:
    with site.client() as client:
        assert client.post("/login", content=b"name=" + b"a" * 100_000).status_code == 413


@pytest.mark.parametrize(
    ("name", "role", "org"),
    [
        ("Big", "leader", DISTRICT), ("a", "leader", DISTRICT), ("x y", "leader", DISTRICT),
        ("root\r\nx", "leader", DISTRICT), ("leader", "leader", DISTRICT), ("fine", "king", DISTRICT),
        ("fine", "street", DISTRICT), ("fine", "community", "990102003"), ("fine", "leader", "990102003"),
        ("fine", "leader", "99010a"),
    ],
)  # fmt: skip
def test_what_is_no_person_is_not_added(store: Store, name: str, role: str, org: str) -> None:
    with pytest.raises(Refused):
        People(store, STANDARD).add(name, role, org)


def test_a_clock_that_ran_ahead_locks_nobody_out(store: Store) -> None:
    """A code is taken once, and none before it: a code of next year would refuse all of this one."""
    clock = Clock()
    people = People(store, STANDARD, clock)
    people.add("wang", "admin", DISTRICT)
    totp = pyotp.parse_uri(people.set_code("wang"))
    assert isinstance(totp, pyotp.TOTP)
    for at in (clock.at + 365 * 86400, clock.at):
        clock.at = at
        assert people.takes_code("wang", totp.at(int(at)))
        assert not people.takes_code("wang", totp.at(int(at)))
    clock.at += 30
    assert not people.takes_code("wang", totp.at(int(clock.at) - 30))
    assert people.takes_code("wang", totp.at(int(clock.at)))


def test_a_person_with_another_role_signs_in_again(store: Store) -> None:
    known, people = Sessions(store, STANDARD), People(store, STANDARD)
    for change in (
        lambda: people.set_role("leader", "analyst", "990102003"),
        lambda: people.set_password("leader", PASSWORD),
        lambda: people.set_code("leader"),
        lambda: people.sign_out("leader"),
        lambda: people.set_disabled("leader", is_disabled=True),
    ):
        token, _ = known.begin("leader", "1.2.3.4", "", "password")
        change()
        assert known.of(token) is None
    people.remove("leader")
    assert people.listed() == []


def test_the_hash_of_a_token_is_all_that_is_kept() -> None:
    assert sessions.key_of("a") != sessions.key_of("b") and len(sessions.key_of("a")) == 64
