"""The key for pseudonyms: its secrets and its file.

Belongs here: creating, loading, writing and replacing the key, and making tokens with it. Does not belong here: which
values become tokens (`delivery.privacy`).
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32
TOKEN = "[0-9a-f]{32}"
"""The form of a token."""


class KeyUnusable(RuntimeError):
    """The key for pseudonyms is missing, unreadable or readable by others; nothing may be loaded without it."""


@dataclass(frozen=True)
class Key:
    """The secret of one installation. `id` is stored with the data made by the key; the secret never is.

    earlier: the previous secrets, oldest first. A token is made with all of them in sequence. So a token of an older
    key can be converted to this key from the token alone, even if the archive no longer has the clear value.
    """

    secret: bytes
    earlier: tuple[bytes, ...] = ()

    @property
    def id(self) -> str:
        return hashlib.sha256(b"sihe key id" + b"".join(self.earlier) + self.secret).hexdigest()[:12]

    @property
    def before(self) -> "Key | None":
        """The key that this one replaced."""
        return Key(self.earlier[-1], self.earlier[:-1]) if self.earlier else None

    def token(self, identity: str) -> str:
        first, *later = *self.earlier, self.secret
        token = _keyed(identity, first)
        for secret in later:
            token = _keyed(token, secret)
        return token

    def renewed(self, token: str, made_with: str) -> str | None:
        """The token of a key with the given id, converted to this key; null if the id is not of an earlier key."""
        if made_with == self.id:
            return token
        older = self.before.renewed(token, made_with) if self.before else None
        return _keyed(older, self.secret) if older is not None else None


def _keyed(text: str, secret: bytes) -> str:
    """HMAC-SHA256, truncated to 128 bits."""
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:32]


def load_key(file: Path, *, may_create: bool) -> Key:
    """The key from its file (mode 0600). It is created at the first start; if data exist and the key does not, raises
    KeyUnusable."""
    if not file.exists():
        if not may_create:
            raise KeyUnusable(f"{file}: the key is missing, but data made with it exist: restore it from its backup")
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = file.with_name(f".{file.name}.{os.getpid()}")
        write_key(temporary, Key(secrets.token_bytes(KEY_BYTES)))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, file)
        temporary.unlink()
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyUnusable(f"{file}: others can read the key: chmod 600 it, and think of it as known to them")
    try:
        found = [bytes.fromhex(line) for line in file.read_text().split()]
    except ValueError:
        found = []
    if not found or any(len(secret) != KEY_BYTES for secret in found):
        raise KeyUnusable(f"{file}: is not a key of {KEY_BYTES} bytes in hexadecimal")
    return Key(found[-1], tuple(found[:-1]))


def write_key(file: Path, key: Key) -> None:
    """Writes the file atomically and syncs it, because half a key would be refused forever. One secret per line, oldest
    first."""
    temporary = file.with_name(f"{file.name}.tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.writelines(f"{secret.hex()}\n" for secret in (*key.earlier, key.secret))
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def next_key(key: Key) -> Key:
    """A key with a new secret after the existing ones."""
    return Key(secrets.token_bytes(KEY_BYTES), (*key.earlier, key.secret))
