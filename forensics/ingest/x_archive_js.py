r"""The files of an X (Twitter) archive: JSON behind an assignment, ``window.YTD.<data set>.part0 = [ … ]``.

The name in the assignment says what the file holds; file names play no part. Large data sets continue in further files
(``part1`` …), each of which is complete by itself. The assignment is read as blanks, so that every place (pointers and
byte ranges) is true of the file as it was found. A list that somebody has freed from its assignment is known by the
name around its records (``{"ipAudit": {…}}``). ``window.__THAR_CONFIG`` (``manifest.js``) is no data set.
"""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import FieldError, Flaw, Row, Stated, Unused
from forensics.ingest.json_rows import json_rows
from forensics.model import AddressSeen

if TYPE_CHECKING:
    from typing import BinaryIO

PROVIDER = SERVICE = "x"
ACCOUNT = "x.account"
"""The fact that ``account.js`` states about its archive: the account's number."""

_ASSIGNMENT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:window\.)?YTD\.([A-Za-z0-9_-]{1,80})\.part\d{1,6}\s*=\s*(?=[\[{]|\Z)"
)
_ASSIGNMENT_LIMIT = 400
_LARGEST_PORT = 65_535


def data_set(evidence: Evidence, marks: Mapping[str, tuple[str, str]]) -> str:
    """Return the name of the data set that the file holds, if it is one of ``marks``; else "".

    ``marks`` gives for each data set the name around its records and a name that every record has: they recognise a
    list without the assignment.
    """
    match = _ASSIGNMENT.match(evidence.head[:_ASSIGNMENT_LIMIT])
    if match:
        name = match[1].decode()
        return name if name in marks else ""
    if not evidence.text_head.lstrip().startswith("["):
        return ""
    keys = evidence.json_keys
    for name, (around, inner) in marks.items():
        if keys.get(2) == frozenset({around}) and inner in keys.get(3, frozenset()) | keys.get(4, frozenset()):
            return name
    return ""


def js_rows(evidence: Evidence, *patterns: str, data_set: str) -> Iterator[Row | Flaw | Unused]:
    """Yield the elements of the list; ``section`` of every row is the name of the data set."""
    shared = {"account": evidence.told[ACCOUNT].value} if ACCOUNT in evidence.told else {}
    for row in json_rows(_unassigned(evidence), *patterns, shared=shared):
        yield dataclasses.replace(row, evidence=evidence, section=data_set) if isinstance(row, Row) else row


def _unassigned(evidence: Evidence) -> Evidence:
    """Return the member with its assignment blanked."""
    match = _ASSIGNMENT.match(evidence.head[:_ASSIGNMENT_LIMIT])
    if not match:
        return evidence
    length = match.end()
    head = b" " * length + evidence.head[length:]
    return dataclasses.replace(evidence, head=head, open=_opener(evidence.open, length))


def _opener(inner: Callable[[], BinaryIO], length: int) -> Callable[[], BinaryIO]:
    return lambda: io.BufferedReader(_Blanked(inner(), length))


class _Blanked(io.RawIOBase):
    """A stream whose first bytes read as blanks."""

    def __init__(self, inner: BinaryIO, length: int) -> None:
        super().__init__()
        self._inner = inner
        self._blanks = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._inner.read(len(buffer))
        blanks = min(self._blanks, len(data))
        self._blanks -= blanks
        buffer[: len(data)] = b" " * blanks + data[blanks:]
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


def record(row: Row, around: str) -> Mapping[str, Any]:
    """Return the record below the name around it; a record that stands bare is taken as it is."""
    inner = row.fields.get(around)
    if isinstance(inner, Mapping) and inner:
        return {**{key: value for key, value in row.fields.items() if key != around}, **inner}
    if around in row.fields or set(row.fields) == {"value"} or not row.fields:
        raise FieldError(f"no record {around!r} here")
    return row.fields


def account_of(row: Row, found: Mapping[str, Any]) -> str:
    """Return the number of the account: of the record itself, else as ``account.js`` of the same archive states it."""
    return fields.text(found, "accountId") or str(row.shared.get("account", ""))


def address(found: Mapping[str, Any], key: str, port_key: str = "") -> AddressSeen:
    """Read an address and the port that stands beside it; a port of 0 means that none was kept."""
    seen = fields.address(fields.text(found, key))
    written = fields.text(found, port_key) if port_key else ""
    if seen.port is None and re.fullmatch(r"[0-9]{1,5}", written) and 0 < int(written) <= _LARGEST_PORT:
        return dataclasses.replace(seen, port=int(written))
    return seen


def states_account(evidence: Evidence) -> Iterator[Stated]:
    """State the number of the account for the whole archive, from ``account.js``."""
    for row in js_rows(evidence, "/*", data_set="account"):
        if isinstance(row, Row):
            number = fields.text(record(row, "account"), "accountId")
            if number:
                yield Stated(name=ACCOUNT, value=number)
