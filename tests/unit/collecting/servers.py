"""Real servers on loopback for the sources: SFTP, a database, HTTP, WebDAV, S3; and a cable that can be cut.

Belongs here: starting and ending them. Does not belong here: what is expected of a collector.
"""

import asyncio
import contextlib
import json
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import paramiko
from cheroot import wsgi
from moto import settings as moto_settings
from moto.server import ThreadedMotoServer
from mysql_mimic import IdentityProvider, MysqlServer, NativePasswordAuthPlugin, Session, User
from wsgidav.wsgidav_app import WsgiDAVApp

USER, PASSWORD = "export", "a secret of the platform"


@contextlib.contextmanager
def cable(port: int, after: int) -> Iterator[int]:
    """A port that leads to another one, until so many bytes have come back: then it is cut, every time."""
    listener = socket.create_server(("127.0.0.1", 0))
    ends: list[socket.socket] = [listener]

    def carry(from_end: socket.socket, to_end: socket.socket, most: int | None) -> None:
        with contextlib.suppress(OSError):
            while (most is None or most > 0) and (chunk := from_end.recv(4096)):
                to_end.sendall(chunk if most is None else chunk[:most])
                most = None if most is None else most - len(chunk)
        for end in (from_end, to_end):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", port))
                ends.extend((near, far))
                threading.Thread(target=carry, args=(near, far, None), daemon=True).start()
                threading.Thread(target=carry, args=(far, near, after), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        # A thread that waits in accept keeps a closed socket open.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        for end in ends:
            end.close()


# ---------------------------------------------------------------- SFTP


class _Login(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, key: paramiko.PKey | None) -> None:
        self._key = key

    def check_auth_password(self, username: str, password: str) -> int:
        is_right = (username, password) == (USER, PASSWORD)
        return int(paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        is_right = username == USER and key == self._key
        return int(paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED)

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)


class _Files(paramiko.SFTPServerInterface):  # type: ignore[misc]
    folder: Path

    def _at(self, path: str) -> Path:
        return self.folder / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            found = sorted(self._at(path).iterdir())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return [paramiko.SFTPAttributes.from_stat(one.lstat(), one.name) for one in found]

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._at(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            file = self._at(path).open("rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = file
        return handle


@contextlib.contextmanager
def sftp(folder: Path, host_key: paramiko.PKey, user_key: paramiko.PKey | None = None) -> Iterator[int]:
    """The port. user_key: lets USER in, as PASSWORD does."""
    files = type("Files", (_Files,), {"folder": folder})
    listener = socket.create_server(("127.0.0.1", 0))
    open_ones: list[paramiko.Transport] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                transport = paramiko.Transport(connection)
                open_ones.append(transport)
                transport.add_server_key(host_key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, files)
                # OSError: a client that goes away by a reset raises it here; the next one is served all the same.
                with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                    transport.start_server(server=_Login(user_key))

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for transport in open_ones:
            transport.close()


# ---------------------------------------------------------------- a database


class _Database(Session):  # type: ignore[misc]
    path: Path

    async def query(self, expression: Any, sql: str, attrs: dict[str, str]) -> Any:
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall(), [column[0] for column in cursor.description]


class _Readers(IdentityProvider):  # type: ignore[misc]
    def get_plugins(self) -> list[Any]:
        return [NativePasswordAuthPlugin()]

    async def get_user(self, username: str) -> Any:
        auth = NativePasswordAuthPlugin.create_auth_string(PASSWORD)
        return User(USER, auth, auth_plugin=NativePasswordAuthPlugin.name) if username == USER else None


@contextlib.contextmanager
def mysql(path: Path) -> Iterator[int]:
    """The port of a server that speaks MySQL's protocol; SQLite answers its queries."""
    loop, started, port = asyncio.new_event_loop(), threading.Event(), [0]
    server = MysqlServer(type("Database", (_Database,), {"path": path}), identity_provider=_Readers())

    async def begin() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port[0] = free.getsockname()[1]
        await server.start_server(host="127.0.0.1", port=port[0])
        started.set()

    async def end() -> None:
        server.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def run() -> None:
        loop.run_until_complete(begin())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(20)
    try:
        yield port[0]
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


# ---------------------------------------------------------------- HTTP, WebDAV

Answering = Callable[[BaseHTTPRequestHandler], None]


@contextlib.contextmanager
def http(answering: Answering) -> Iterator[int]:
    """The port of a server that answers every GET by a function."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answering(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def webdav(folder: Path) -> Iterator[int]:
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    server = wsgi.Server(("127.0.0.1", 0), app)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        yield int(server.bind_addr[1])
    finally:
        server.stop()


# ---------------------------------------------------------------- S3


@dataclass(frozen=True)
class Bucket:
    """A server with a bucket, and the key and secret of a user who may read and write."""

    port: int
    name: str
    key: str
    secret: str

    def put(self, name: str, content: bytes) -> None:
        self._client.put_object(Bucket=self.name, Key=f"out/{name}", Body=content)

    def clear(self) -> None:
        for one in self._client.list_objects_v2(Bucket=self.name).get("Contents", ()):
            self._client.delete_object(Bucket=self.name, Key=one["Key"])

    @cached_property
    def _client(self) -> Any:
        endpoint = f"http://127.0.0.1:{self.port}"
        named = {"aws_access_key_id": self.key, "aws_secret_access_key": self.secret}
        return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **named)


@contextlib.contextmanager
def s3() -> Iterator[Bucket]:
    """It refuses requests that are not signed by the secret of a key that it knows."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        at = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "us-east-1"}
        nobody = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
        iam = boto3.client("iam", **at, **nobody)
        iam.create_user(UserName=USER)
        allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_user_policy(UserName=USER, PolicyName="files", PolicyDocument=policy)
        made = iam.create_access_key(UserName=USER)["AccessKey"]
        bucket = Bucket(port, "exports", made["AccessKeyId"], made["SecretAccessKey"])
        bucket._client.create_bucket(Bucket=bucket.name)
        # From here on signatures and rights count.
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        yield bucket
    finally:
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
        server.stop()
