"""Which role gets what: Dagster, the audit, data files, the identity that the dashboard is given.

Belongs here: every role at every place of the gate. Does not belong here: which rows a role sees
(tests/pages/test_scope*.py).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from pipelines.gate.door import KNOWN, Rights
from tests.gate.conftest import GENERATION, PEOPLE, Site, asked, publish

Small = Callable[..., AbstractContextManager[Site]]
ENGINEERS, ANALYSTS = {"engineer", "looker", "admin"}, {"analyst", "engineer", "looker", "admin"}
PLACES: list[tuple[str, set[str]]] = [
    ("/", set(PEOPLE)),
    ("/events?p=7d&org=990102003001", set(PEOPLE)),
    ("/account", set(PEOPLE)),
    ("/leave.js", set(PEOPLE)),
    ("/_stcore/health", set(PEOPLE)),
    ("/dagster/server_info", ENGINEERS),
    ("/dagster/", ENGINEERS),
    ("/dagster/runs/x", ENGINEERS),
    ("/dagster/favicon.png", ENGINEERS),
    ("/audit", {"admin"}),
    ("/files", ANALYSTS),
    (f"/files/sihe-{GENERATION}.duckdb", ANALYSTS),
    (f"/files/sihe-{GENERATION}/marts/dim_org.parquet", ANALYSTS),
]


@pytest.mark.parametrize("name", PEOPLE)
def test_a_role_opens_its_places_and_finds_no_others(dagster: Site, name: str) -> None:
    with dagster.signed_in(name) as client:
        got = {path: client.get(path).status_code for path, _ in PLACES}
    assert got == {path: 200 if name in allowed else 404 for path, allowed in PLACES}


@pytest.mark.parametrize("name", PEOPLE)
def test_only_engineers_get_dagsters_socket(dagster: Site, name: str) -> None:
    with dagster.signed_in(name) as client:
        if name in ENGINEERS:
            with dagster.socket(client, "/dagster/graphql", subprotocols=[Subprotocol("graphql-ws")]):
                return
        with pytest.raises(InvalidStatus), dagster.socket(client, "/dagster/graphql"):
            pass


def test_a_downloaded_file_is_the_published_one_and_there_is_no_other(site: Site) -> None:
    with site.signed_in("analyst") as client:
        answer = client.get(f"/files/sihe-{GENERATION}/marts/dim_org.parquet")
        assert answer.content == b"PAR1 of the newest"
        assert answer.headers["content-disposition"].startswith("attachment")
        page = client.get("/files").text
        assert f"/files/sihe-{GENERATION}.duckdb" in page and "secret" not in page
        for path in ("secret.txt", "current.json", "..%2fserved.log", "%2e%2e/gate/gate.db", "x"):
            assert client.get(f"/files/{path}").status_code == 404, path


def test_in_a_city_a_reader_of_one_district_takes_no_files(small: Small, tmp_path: Path) -> None:
    """They have the sums of all districts."""
    paths = ["/files", f"/files/sihe-{GENERATION}.duckdb"]
    publish(tmp_path / "home")
    with small() as site, site.signed_in("analyst") as client:
        assert [client.get(path).status_code for path in paths] == [200, 200]
        (tmp_path / "home" / "city.yaml").touch()
        assert [client.get(path).status_code for path in paths] == [404, 404]
        site.house.people.set_role("analyst", "analyst", "9901")
    with small() as site, site.signed_in("analyst") as client:
        assert [client.get(path).status_code for path in paths] == [200, 200]


PERMISSIONS = "{permissions{permission value} instance{id} }"
SILENT = 'mutation{logTelemetry(action:LAUNCH_RUN clientTime:"0" clientId:"x" metadata:"{}"){__typename}}'
STOPS = 'mutation{stopRunningSchedule(id:"x"){__typename}}'


def values(answer: object) -> set[bool]:
    return {one["value"] for one in answer.json()["data"]["permissions"]}  # type: ignore[attr-defined]


def test_an_engineer_who_only_looks_changes_nothing_in_dagster(dagster: Site) -> None:
    with dagster.signed_in("engineer") as client:
        mine = client.post("/dagster/graphql", json={"query": PERMISSIONS})
        assert True in values(mine)
        assert client.post("/dagster/graphql", json={"query": STOPS}).status_code != 403
        line = dagster.house.audit.newest(1)[0]
        assert (line["what"], line["who"], line["did"]) == ("changed", "engineer", "stopRunningSchedule")
    with dagster.signed_in("looker") as client:
        theirs = client.post("/dagster/graphql", json={"query": PERMISSIONS})
        assert values(theirs) == {False}
        for query in (SILENT, STOPS, f"query A{{version}} {STOPS}"):
            assert client.post("/dagster/graphql", json={"query": query}).status_code == 403
        assert client.post("/dagster/graphql", json={"query": "{version}"}).json()["data"]["version"]


def test_no_address_is_a_query_of_dagster_not_even_for_an_engineer(dagster: Site) -> None:
    with dagster.signed_in("admin") as client:
        for path in ("/dagster/graphql", "/dagster/graphql/"):
            for method in ("GET", "HEAD"):
                assert client.request(method, path, params={"query": STOPS}).status_code == 405
        assert client.get("/dagster/graphql", headers={"accept": "text/html"}).status_code == 200


def test_dagsters_page_leaves_when_the_session_ends(dagster: Site) -> None:
    with dagster.signed_in("engineer") as client:
        page = client.get("/dagster/")
        nonce = page.text.partition('<script nonce="')[2].partition('"')[0]
        assert f'<head><script nonce="{nonce}" src="/leave.js"></script>' in page.text
        policies = page.headers.get_list("content-security-policy")
        assert len(policies) == 2 and f"'nonce-{nonce}'" in policies[0] and "frame-ancestors 'none'" in policies[1]


@pytest.mark.parametrize("name", PEOPLE)
def test_the_dashboard_hears_who_asks(small: Small, name: str) -> None:
    with small() as site:
        token, session = site.house.sessions.begin(name, "127.0.0.1", "", "password")
        local = [(b"host", b"localhost"), (b"cookie", f"sihe={token}".encode())]
        assert asked(site.door, {"headers": local}) == 200
        scope = site.heard.scopes[-1]
        role, org = PEOPLE[name]
        said = [(b"x-sihe-user", name), (b"x-sihe-role", role), (b"x-sihe-org", org), (b"x-sihe-session", session.id)]
        assert scope["headers"][-4:] == [(header, value.encode()) for header, value in said]
        assert token not in str(scope["headers"][-4:]) and session.key not in str(scope["headers"])
        rights = Rights(site.house)
        assert rights.may_change(scope) == (name in {"engineer", "admin"}) and not rights.may_change({KNOWN: "admin"})
