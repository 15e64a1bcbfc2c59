"""The audit log: who asked when, by which route, with what status and how many entries. One JSON object a line.

What was asked for is sensitive: it names victims' and suspects' addresses. Whether it is written follows the PAP of the
work: at RED never (the default), at AMBER as a keyed digest, by which the operator who holds the key can answer "did
anybody ask for X", and at GREEN or CLEAR as text. The key lies beside the log's settings, not in the log.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from typing import TYPE_CHECKING

from forensics.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

SCHEMA = "forensics/registry-audit/1"
_KEY_BYTES = 32


class Audit:
    """A log that is only added to; without a path nothing is written."""

    def __init__(self, path: Path | None, pap: str, key: bytes, now: Callable[[], datetime]) -> None:
        """Open nothing yet. ``key`` is only used at PAP:AMBER."""
        self._path, self._pap, self._key, self._now = path, pap, key, now

    def write(self, client: str, method: str, route: str, status: int, queries: Sequence[str]) -> None:
        """Add one line. ``route`` is the template of the route, never the path as asked.

        Raises:
            StorageError: the line cannot be written; then nothing may be answered.
        """
        if self._path is None:
            return
        line: dict[str, object] = {
            "schema": SCHEMA,
            "time": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "client": client,
            "method": method,
            "route": route,
            "status": status,
            "entries": len(queries),
        }
        if queries and self._pap == "AMBER":
            line["query_digests"] = [digest_of(self._key, query) for query in queries]
        elif queries and self._pap in ("GREEN", "CLEAR"):
            line["queries"] = list(queries)
        _append(self._path, (json.dumps(line, sort_keys=True) + "\n").encode())


def digest_of(key: bytes, query: str) -> str:
    """Return the keyed digest of a canonical query (HMAC-SHA-256, RFC 2104)."""
    return hmac.new(key, query.encode(), hashlib.sha256).hexdigest()


def key_at(path: Path) -> bytes:
    """Return the key of a file, which is made where there is none.

    Raises:
        StorageError: it cannot be read or made, or is no key.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise StorageError(f"no key: {error.strerror}", where=path.name, hint="Check permissions") from error
    if len(key) != _KEY_BYTES:
        raise StorageError("not a key of the audit log", where=path.name, hint="Move it away; a new one is made")
    return key


def _append(path: Path, line: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError as error:
        message = f"the audit log cannot be written: {error.strerror}"
        raise StorageError(message, where=path.name, hint="Free space or check permissions") from error
