"""`sihe user` and `sihe serve`: arguments, and refusing to start where strangers would get in.

Belongs here: the commands. Does not belong here: the rules behind them (`test_sign_in`), served gates.
"""

import json
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import httpx2
import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipelines import settings
from pipelines.commands.cli import main
from pipelines.districts import above, setup
from pipelines.gate.people import People
from pipelines.gate.rules import PROFILES
from pipelines.gate.store import Store
from tests.gate.conftest import DISTRICT, PASSWORD, Site

Small = Callable[..., AbstractContextManager[Site]]


def sihe(home: Path, *arguments: str, said: str = "") -> Result:
    home.mkdir(exist_ok=True)
    return CliRunner().invoke(main, [*arguments, "--home", str(home)], input=said)


def test_a_user_is_added_listed_changed_and_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    added = sihe(home, "user", "add", "wang", "--role", "leader", "--org", DISTRICT, "--stdin", said=f"{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    engineer = sihe(
        home, "user", "add", "li", "--role", "engineer", "--org", DISTRICT, "--only-looks", "--stdin",
        said=f"{PASSWORD}\n",
    )  # fmt: skip
    assert "otpauth://totp/Sihe:li?secret=" in engineer.output and "█" in engineer.output
    for arguments in (
        ("role", "wang", "--role", "street", "--org", "990102003"),
        ("disable", "li"),
        ("sign-out", "li"),
        ("sign-out", "--all"),
        ("enable", "li"),
        ("disable", "wang"),
    ):
        assert sihe(home, "user", *arguments).exit_code == 0
    assert sihe(home, "user", "password", "wang", "--stdin", said="a tiger on the green sofa\n").exit_code == 0
    assert "otpauth://" in sihe(home, "user", "totp", "wang").output
    lines = sihe(home, "user", "list").output.splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        f"li engineer {DISTRICT} only looks, two factors", "wang street 990102003 disabled, two factors",
    ]  # fmt: skip
    assert sihe(home, "user", "remove", "li").exit_code == 0
    assert sihe(home, "user", "sign-out").exit_code == 2
    assert "there is no user li" in sihe(home, "user", "disable", "li").output
    store = Store(home)
    (file,) = (store.folder / "audit").glob("*.ndjson")
    did = [json.loads(line)["did"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert did[:3] == ["add leader", "add engineer", "role street"] and did[-1] == "remove"
    store.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("user", "add", "wang", "--role", "leader", "--org", DISTRICT, "--stdin"), "this password is refused"),
        (("user", "add", "wang", "--role", "leader", "--stdin"), "--org CODE"),
        (("user", "add", "wang", "--role", "leader", "--org", DISTRICT, "--subject", "x"), "identity provider"),
        (("user", "add", "Wang", "--role", "leader", "--org", DISTRICT, "--stdin"), "no login name"),
        (("user", "add", "q", "--role", "leader", "--org", DISTRICT, "--stdin"), "'q' is no login name: 2 to 32 signs"),
        (
            ("user", "add", "wang", "--role", "engineer", "--org", "1"),
            "an engineer needs an area of 2 or 4 or 6 digits",
        ),
        (("user", "add", "wang", "--role", "street", "--org", "1"), "a street needs an area of 9 digits"),
        (("user", "add", "wang", "--role", "king", "--org", DISTRICT), "is not one of"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = sihe(tmp_path / "home", *arguments, said="password2024\n")
    assert answer.exit_code != 0 and said in answer.output
    listed = sihe(tmp_path / "home", "user", "list")
    assert listed.stdout == "" and "nobody was added yet" in listed.stderr


@pytest.mark.parametrize(
    ("role", "org", "said"),
    [
        ("leader", "610302", "the area 610302 is not in this home, whose code is 610303"),
        ("leader", "6103", "without --org the person sees the whole home"),
        ("street", "610302001", "the area 610302001 is not in this home, whose code is 610303"),
        ("community", "990102003001", "whose code is 610303"),
        ("street", "61030300x", "a street needs an area of 9 digits, '61030300x' is none"),
    ],
)
def test_an_area_elsewhere_is_refused_for_a_new_person_and_for_a_new_role(
    tmp_path: Path, role: str, org: str, said: str
) -> None:
    home = tmp_path / "home"
    setup.prepare(settings.load(home), "610303")
    assert sihe(home, "user", "add", "li", "--role", "leader", "--stdin", said=f"{PASSWORD}\n").exit_code == 0
    for arguments in (("add", "wang"), ("role", "li")):
        answer = sihe(home, "user", *arguments, "--role", role, "--org", org, said=f"{PASSWORD}\n{PASSWORD}\n")
        assert answer.exit_code == 1 and said in answer.output
    assert sihe(home, "user", "list").output.split() == ["li", "leader", "610303"]


def test_in_a_city_s_home_an_area_is_in_the_city(tmp_path: Path) -> None:
    home = tmp_path / "home"
    above.prepare(settings.load(home), "6103")
    for name, org in (("wang", "6103"), ("li", "610302"), ("zhao", "610303001")):
        role = "street" if len(org) == 9 else "leader"
        added = sihe(home, "user", "add", name, "--role", role, "--org", org, "--stdin", said=f"{PASSWORD}\n")
        assert added.exit_code == 0, added.output
    elsewhere = sihe(home, "user", "role", "li", "--role", "leader", "--org", "610402")
    assert elsewhere.exit_code == 1 and "whose code is 6103:" in elsewhere.output


def test_an_area_that_nothing_published_has_is_warned_of_and_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    setup.prepare(settings.load(home), "610303")
    file = home / "published" / "sihe-g1.duckdb"
    file.parent.mkdir()
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts; create table marts.dim_org (org_code varchar)")
        connection.execute("create schema meta; create table meta.build as select 'g1' as generation")
        connection.execute("insert into marts.dim_org values ('610303'), ('610303001'), ('610303001002')")
    (file.parent / "current.json").write_text(json.dumps({"generation": "g1", "file": file.name}), encoding="utf-8")
    added = sihe(home, "user", "add", "li", "--role", "leader", "--stdin", said=f"{PASSWORD}\n")
    known = sihe(home, "user", "role", "li", "--role", "street", "--org", "610303001")
    assert "warning" not in added.output + known.output and added.exit_code == known.exit_code == 0
    unknown = sihe(home, "user", "role", "li", "--role", "community", "--org", "610303001009")
    assert unknown.exit_code == 0
    assert "warning: what is published has no area 610303001009; did you mean '610303001002'?" in unknown.output
    assert sihe(home, "user", "list").output.split()[:3] == ["li", "community", "610303001009"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--address", "0.0.0.0"), "--certificate and --key, or --behind-proxy"),
        (("--address", "192.0.2.1", "--name", "sihe.example.gov.cn"), "--certificate and --key, or --behind-proxy"),
        (("--address", "0.0.0.0", "--behind-proxy"), "--name HOST"),
        (("--behind-proxy",), "--name HOST"),
        (("--certificate", "{file}"), "belong together"),
    ],
)
def test_the_gate_does_not_start_where_strangers_would_get_in(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    home = tmp_path / "home"
    (tmp_path / "file").write_text("", encoding="utf-8")
    given = [one.format(file=tmp_path / "file") for one in arguments]
    store = Store(home)
    People(store, PROFILES["standard"]).add("wang", "admin", DISTRICT)
    store.close()
    answer = sihe(home, "serve", *given)
    assert answer.exit_code != 0 and said in answer.output


@pytest.mark.parametrize("arguments", [(), ("--address", "0.0.0.0", "--behind-proxy", "--name", "x")])
def test_it_does_not_start_without_users(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = sihe(tmp_path / "home", "serve", *arguments)
    assert answer.exit_code == 1 and "sihe user add NAME --role admin" in answer.output


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """For 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def test_with_tls_the_cookie_is_for_this_host_and_the_browser_stays_with_it(
    small: Small, certificate: tuple[Path, Path]
) -> None:
    with small(certificate=certificate) as site, site.client() as client:
        answer = site.post_login(client, "leader")
        cookie = answer.headers["set-cookie"]
        assert (
            cookie.startswith("__Host-sihe=") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie
        )
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get("/account").status_code == 200
        token = client.cookies["__Host-sihe"]
        client.cookies.clear()
        assert client.get("/account", headers={"cookie": f"sihe={token}"}).status_code == 401
        port = int(site.host.rpartition(":")[2])
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"https://127.0.0.1:{port}/healthz", verify=old, trust_env=False)
