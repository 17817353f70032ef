"""`sihe user` and `sihe serve`: arguments, and refusing to start where strangers would get in.

Belongs here: the commands. Does not belong here: the rules behind them (`test_sign_in`), served gates.
"""

import json
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipelines.commands.cli import main
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
        (("user", "add", "wang", "--role", "king", "--org", DISTRICT), "is not one of"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = sihe(tmp_path / "home", *arguments, said="password2024\n")
    assert answer.exit_code != 0 and said in answer.output
    assert sihe(tmp_path / "home", "user", "list").output == ""


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
