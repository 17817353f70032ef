"""A folder of an SFTP server, whose host key is known beforehand.

Belongs here: connecting, the host key, listing, reading. Does not belong here: which files are wanted (`fetching`).
paramiko is used itself, because fsspec's SFTP takes any host key.
"""

import base64
import contextlib
import hashlib
import socket
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pipelines.collecting.libraries import library
from pipelines.collecting.sources import CollectError, Sftp, secret, secret_file

SECONDS = 30.0
_CHUNK = 256 * 1024
_RSA = ["rsa-sha2-512", "rsa-sha2-256"]


@dataclass(frozen=True)
class File:
    name: str
    size: int
    changed_at: float | None

    @property
    def stamp(self) -> str:
        return "" if self.changed_at is None else str(int(self.changed_at))


class SftpFolder:
    def __init__(self, client: Any, folder: str, where: str, broken: type[Exception]) -> None:
        self._client = client
        self._fails = (OSError, EOFError, broken)
        self._folder = folder
        self._where = where

    def entries(self) -> Sequence[File]:
        """Plain files. Links are not followed."""
        try:
            found = self._client.listdir_attr(self._folder)
        except self._fails as error:
            raise _of(error, f"{self._where}: the folder cannot be listed") from None
        return [
            File(one.filename, one.st_size or 0, one.st_mtime)
            for one in found
            if one.st_mode is None or stat.S_ISREG(one.st_mode)
        ]

    def read(self, name: str, size: int) -> Iterator[bytes]:
        """size: as it was listed; one byte more is asked for, so that a longer file is noticed."""
        try:
            with self._client.open(f"{self._folder}/{name}", "rb") as file:
                file.prefetch(size)
                left = size + 1
                while left and (chunk := file.read(min(_CHUNK, left))):
                    left -= len(chunk)
                    yield chunk
        except self._fails as error:
            raise _of(error, f"{self._where}: {name} was cut") from None


@contextlib.contextmanager
def opened(source: Sftp) -> Iterator[SftpFolder]:
    """Raises CollectError: no server, another host key, a refused user."""
    ssh = library("paramiko", "sftp")
    host, port = source.url.hostname or "", source.url.port or 22
    where = f"sftp://{host}:{port}"
    try:
        # `Transport` itself would connect without a limit of time.
        transport = ssh.Transport(socket.create_connection((host, port), SECONDS))
    except (OSError, ssh.SSHException) as error:
        raise _of(error, f"{where} does not answer") from None
    try:
        transport.banner_timeout = transport.auth_timeout = SECONDS
        _begin(ssh, transport, source, where)
        _sign_in(ssh, transport, source, where)
        try:
            # `SFTPClient.from_transport` would wait for the server's first word without a limit.
            channel = transport.open_session(timeout=SECONDS)
            channel.settimeout(SECONDS)
            channel.invoke_subsystem("sftp")
            client = ssh.SFTPClient(channel)
        except (ssh.SSHException, OSError, EOFError) as error:
            raise _of(error, f"{where} opens no SFTP session") from None
        yield SftpFolder(client, unquote(source.url.path).rstrip("/") or "/", source.shown, ssh.SSHException)
    finally:
        transport.close()


def _begin(ssh: Any, transport: Any, source: Sftp, where: str) -> None:
    """Up to the host key, before anything of ours is said."""
    kind, _, expected = source.host_key.partition(" ")
    options = transport.get_security_options()
    options.key_types = _RSA if kind == "ssh-rsa" else [kind]
    try:
        transport.start_client(timeout=SECONDS)
        shown = transport.get_remote_server_key()
    except ssh.IncompatiblePeer:
        raise CollectError(f"{where} has no host key of the kind {kind}: {_ASK}") from None
    except (ssh.SSHException, OSError, EOFError) as error:
        raise _of(error, f"{where} breaks off") from None
    if (shown.get_name(), shown.get_base64()) != (kind, expected):
        raise CollectError(f"{where} shows another host key, {fingerprint(shown.asbytes())}: {_ASK}")


_ASK = (
    "nothing was sent to it; ask its administrator, and only if the key was renewed put the new one into sources.yaml"
)


def _sign_in(ssh: Any, transport: Any, source: Sftp, where: str) -> None:
    user = unquote(source.url.username or "")
    try:
        if source.key_file:
            try:
                key = ssh.PKey.from_path(secret_file(source.key_file))
            except (ssh.SSHException, ValueError, TypeError, OSError):
                raise CollectError(
                    f"{source.key_file} is no private key that can be read: OpenSSH's form, without a passphrase"
                ) from None
            transport.auth_publickey(user, key)
        else:
            transport.auth_password(user, secret(source.password_file))
    except ssh.AuthenticationException:
        with_what = source.key_file or source.password_file
        raise CollectError(f"{where} refuses the user {user}: look at {with_what}") from None
    except (ssh.SSHException, OSError, EOFError) as error:
        raise _of(error, f"{where} breaks off at the sign-in") from None


def fingerprint(key: bytes) -> str:
    """As OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _of(error: Exception, problem: str) -> CollectError:
    said = str(error) or type(error).__name__
    return CollectError(f"{problem}: {said}", is_transient=not isinstance(error, FileNotFoundError | PermissionError))
