"""Signing in through a real identity provider (oidc-provider-mock), code flow with PKCE.

Belongs here: the whole flow, and answers that are not to be trusted. Does not belong here: passwords (`test_sign_in`).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from oidc_provider_mock import run_server_in_thread

from pipelines.documents import DocumentError
from pipelines.gate import rules
from pipelines.gate.people import subject_of
from tests.gate.conftest import DISTRICT, Site

Small = Callable[..., AbstractContextManager[Site]]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@contextmanager
def joined(small: Small, home: Path, issuer: str, *, two_factors: bool = True) -> Iterator[Site]:
    """A gate that trusts the provider, with a person of each of two roles who have no password."""
    home.mkdir(exist_ok=True)
    secret = home / "oidc.secret"
    secret.write_text("the client's secret\n", encoding="utf-8")
    (home / "gate.yaml").write_text(
        f"oidc: {{name: 市统一身份认证, issuer: '{issuer}', client_id: sihe, client_secret_file: {secret},"
        f" two_factors: {str(two_factors).lower()}}}\n",
        encoding="utf-8",
    )
    with small() as site:
        for name, role in (("wang", "leader"), ("li", "engineer")):
            site.house.people.add(name, role, DISTRICT, subject=subject_of(issuer, name))
        yield site


def returned(site: Site, client: httpx2.Client, subject: str) -> httpx2.URL:
    """Goes to the provider, says who one is there, and gives the address that it sends the browser back to."""
    started = client.get("/login?provider=1&next=/events")
    assert started.status_code == 302
    where = started.headers["location"]
    asked = parse_qs(urlsplit(where).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["response_type"] == ["code"]
    assert len(asked["state"][0]) >= 30 and len(asked["nonce"][0]) >= 20
    assert asked["redirect_uri"] == [f"{site.address}/login"]
    answer = httpx2.post(where, data={"sub": subject}, trust_env=False)
    assert answer.status_code == 302, answer.text
    return httpx2.URL(answer.headers["location"])


def test_a_person_signs_in_and_is_who_our_entry_says(small: Small, tmp_path: Path, provider: str) -> None:
    with joined(small, tmp_path / "home", provider) as site, site.client() as client:
        assert "用“市统一身份认证”登录" in client.get("/login").text
        back = returned(site, client, "wang")
        answer = client.get(back, headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/events")
        assert client.get("/").status_code == 200
        said = dict(site.heard.scopes[-1]["headers"])
        assert (said[b"x-sihe-user"], said[b"x-sihe-role"]) == (b"wang", b"leader")
        assert site.house.audit.newest(1)[0]["way"] == "oidc"
        # What was remembered is used once, and a code is taken once.
        assert client.get(back).status_code == 403


def test_who_has_no_entry_gets_nothing_whatever_the_provider_says(small: Small, tmp_path: Path, provider: str) -> None:
    with joined(small, tmp_path / "home", provider) as site, site.client() as client:
        for subject in ("admin", "leader", "wang "):
            answer = client.get(returned(site, client, subject))
            assert answer.status_code == 403 and "没有本系统的账户" in answer.text
        site.house.people.set_disabled("wang", is_disabled=True)
        assert client.get(returned(site, client, "wang")).status_code == 403
        assert "sihe" not in client.cookies


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(small: Small, tmp_path: Path, provider: str) -> None:
    """An attacker's code, sent to somebody else's browser."""
    with joined(small, tmp_path / "home", provider) as site, site.client() as attacker, site.client() as victim:
        back = returned(site, attacker, "wang")
        assert victim.get(back).status_code == 403
        victim.get("/login?provider=1")
        assert victim.get(back).status_code == 403
        forged = back.copy_set_param("state", "x" * 30)
        assert attacker.get(forged).status_code == 403
        assert attacker.get(back.copy_set_param("code", "x" * 20)).status_code == 403
        assert attacker.get("/login?state=x&error=access_denied").status_code == 403
        attacker.cookies.set("sihe-oidc", "e30.forged.signature", domain="127.0.0.1")
        assert site.house.sessions.of_person("wang") == []


@pytest.mark.parametrize(("two_factors", "status"), [(True, 303), (False, 403)])
def test_an_engineer_needs_a_provider_that_asks_for_two_factors(
    small: Small, tmp_path: Path, provider: str, two_factors: bool, status: int
) -> None:
    with joined(small, tmp_path / "home", provider, two_factors=two_factors) as site, site.client() as client:
        assert client.get(returned(site, client, "li")).status_code == status


def test_a_provider_that_does_not_answer_is_said(small: Small, tmp_path: Path) -> None:
    with joined(small, tmp_path / "home", "http://127.0.0.1:9") as site, site.client() as client:
        answer = client.get("/login?provider=1")
        assert answer.status_code == 502 and "统一身份认证没有完成" in answer.text
        # Who looks for the reason at night finds it.
        assert site.house.audit.newest(1)[0]["why"] == "provider: ConnectError"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profile: high", "gate.yaml:1: profile"),
        ("oidc:\n  nam: x", "oidc.nam"),
        ("oidc: {name: x, issuer: 'ftp://x', client_id: x, client_secret_file: x}", "issuer"),
        ("profile: mlps3\nprofile: mlps2", "duplicate key"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "gate.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=said.replace(".", r"\.")):
        rules.load(tmp_path)
