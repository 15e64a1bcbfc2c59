"""Who may ask, and up to which marking: tokens of 256 random bits, of which only the SHA-256 is kept.

``tokens.toml`` lies in the user's folder, readable by its owner only. A digest without salt or stretching is enough
for a secret that nobody chose: there are 2^256 of them (NIST SP 800-63B section 5.1.2 asks for 112 bits). The file is
read again when it changes, so that a revoked token ends at once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.errors import DataError, StorageError, UsageError
from forensics.registry.record import TLP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PREFIX = "frt_"
_SECRET_BYTES = 32
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Somebody who asks: a name for the audit log and the highest marking shown to them."""

    name: str
    tlp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One entry of ``tokens.toml``."""

    name: str
    tlp: str
    created: date
    sha256: str


class Tokens:
    """The tokens of a file; there may be none yet."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._held: dict[str, Token] = {}

    def all(self) -> list[Token]:
        """Return the tokens by name.

        Raises:
            DataError: the file is damaged.
        """
        self._refresh()
        return sorted(self._held.values(), key=lambda token: token.name)

    def client(self, secret: str) -> Client | None:
        """Return whose secret this is, or ``None``.

        It is looked up by its digest, so that the time it takes says nothing about other secrets.
        """
        self._refresh()
        token = self._held.get(_digest(secret)) if len(secret) <= _LONGEST else None
        return Client(name=token.name, tlp=token.tlp) if token else None

    def new(self, name: str, tlp: str, created: date) -> str:
        """Add a token and return its secret, which is written nowhere.

        Raises:
            UsageError: the name is taken or is none, or the marking is unknown.
        """
        if not NAME.fullmatch(name):
            raise UsageError(
                "not a name for a token", where=name[:60], hint="Letters, digits, dots and dashes, up to 40"
            )
        if tlp not in TLP:
            raise UsageError(f"no such marking: {tlp[:20]!r}", hint=f"One of {', '.join(TLP)}")
        held = self.all()
        if any(token.name == name for token in held):
            raise UsageError("a token of this name exists", where=name, hint="Revoke it first, or choose another name")
        secret = _PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).decode().rstrip("=")
        self._write([*held, Token(name=name, tlp=tlp, created=created, sha256=_digest(secret))])
        return secret

    def revoke(self, name: str) -> None:
        """Remove a token.

        Raises:
            UsageError: there is none of this name.
        """
        held = self.all()
        left = [token for token in held if token.name != name]
        if len(left) == len(held):
            raise UsageError("no token has this name", where=name[:60], hint="`forensics registry token list`")
        self._write(left)

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._seen, self._held = None, {}
            return
        except OSError as error:
            raise DataError(
                f"cannot be read: {error.strerror}", where=self._path.name, hint="Check the file"
            ) from error
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._held = {token.sha256: token for token in _read(self._path)}
            self._seen = seen

    def _write(self, tokens: list[Token]) -> None:
        lines = ["# Tokens of `forensics registry serve`; only digests of the secrets are kept.\n"]
        lines += [
            f'\n[[token]]\nname = "{token.name}"\ntlp = "{token.tlp}"\ncreated = {token.created.isoformat()}\n'
            f'sha256 = "{token.sha256}"\n'
            for token in sorted(tokens, key=lambda one: one.name)
        ]
        partial = self._path.with_name(f".{self._path.name}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.unlink(missing_ok=True)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write("".join(lines))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self._path)
        except OSError as error:
            message = f"cannot be written: {error.strerror}"
            raise StorageError(message, where=self._path.name, hint="Free space or check permissions") from error


def secret_of(authorization: str) -> str | None:
    """Return the secret of an ``Authorization`` header, "" where the header is none that we know, ``None`` without one.

    ``Bearer`` (RFC 6750) and ``Token`` carry it as it is; ``Basic`` (RFC 7617) as the password of any user, which is
    what browsers and TAXII clients can do.
    """
    if not authorization:
        return None
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return rest.strip()
    if scheme.lower() != "basic" or len(rest) > 2 * _LONGEST:
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _read(path: Path) -> list[Token]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_token(item) for item in found.get("token", [])]
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        hint = "Restore the file, or delete it and make new tokens"
        raise DataError(f"the tokens cannot be read: {error}", where=path.name, hint=hint) from error


def _token(item: Mapping[str, object]) -> Token:
    from datetime import date

    name, tlp, created, digest = item["name"], item["tlp"], item["created"], item["sha256"]
    if not (isinstance(name, str) and NAME.fullmatch(name) and tlp in TLP and isinstance(created, date)):
        message = "a token without a name, a marking or a day"
        raise ValueError(message)
    if not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
        message = f"token {name} has no SHA-256"
        raise ValueError(message)
    return Token(name=name, tlp=str(tlp), created=created, sha256=digest)
