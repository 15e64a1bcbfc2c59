"""Public keys of mail signers that the user supplies, because nothing here asks the network.

Two ways to write them. A TOML file says when and from where each record was taken::

    [[key]]
    name = "20230601._domainkey.accounts.google.com"
    record = "v=DKIM1; k=rsa; p=MIIB..."
    retrieved_at = 2024-05-01
    source = "dig, public archive of DKIM keys, ..."

A text file holds one record a line, as ``dig`` and zone files print it (``name [ttl] [IN] TXT "v=DKIM1;..." "..."``)
or as name, space, record; ``#`` and ``;`` start comments. The keys travel to the formats as one JSON text under the
name ``dkim.keys``.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from forensics.errors import DataError

TOLD = "dkim.keys"
"""Under this name ``Evidence.told`` carries the keys."""

MAX_KEYS = 10_000
NAME_LIMIT = 255
RECORD_LIMIT = 8_192

_NAME = re.compile(r"(?i)[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?\._domainkey\.[a-z0-9_]([a-z0-9._-]*[a-z0-9])?")
_LINE = re.compile(r"(\S+?)\.?\s+(?:\d+\s+)?(?:IN\s+)?(?:TXT\s+)?(.+)", re.IGNORECASE)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_HINT = 'Write [[key]] tables with name and record (TOML), or lines such as: selector._domainkey.domain TXT "v=DKIM1; p=..."'


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key record as published: its DNS name in lower case, its text, when it was taken (ISO date) and from where."""

    name: str
    record: str
    retrieved_at: str = ""
    source: str = ""


def parse(data: bytes, file: str) -> str:
    """Read a key file and return its keys as the JSON text of ``dkim.keys``; ``DataError`` names what is wrong."""
    try:
        text = data.decode("utf-8-sig")
        document = tomllib.loads(text) if re.search(r"(?m)^\s*\[\[key\]\]", text) else None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"the key file cannot be read ({error})", where=file, hint=_HINT) from error
    found = _listed(text, file) if document is None else _tables(document, file)
    if not found:
        raise DataError("the key file holds no key", where=file, hint=_HINT)
    if len(found) > MAX_KEYS:
        raise DataError(f"the key file holds more than {MAX_KEYS:,} keys", where=file, hint="Give only those needed")
    keys = {
        key.name: {"record": key.record, "retrieved_at": key.retrieved_at, "source": key.source or file}
        for key in found
    }
    return json.dumps(keys, sort_keys=True)


def _tables(document: Mapping[str, object], file: str) -> list[Key]:
    tables = document.get("key")
    found = []
    for number, table in enumerate(tables if isinstance(tables, list) else [], start=1):
        if (
            not isinstance(table, dict)
            or not isinstance(table.get("name"), str)
            or not isinstance(table.get("record"), str)
        ):
            raise DataError("a key needs name and record as texts", where=f"{file}, key {number}", hint=_HINT)
        taken = table.get("retrieved_at", "")
        if isinstance(taken, date):
            taken = taken.isoformat()
        found.append(
            _key(table["name"], table["record"], f"{file}, key {number}", str(taken), str(table.get("source", "")))
        )
    return found


def _listed(text: str, file: str) -> list[Key]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if not bare or bare.startswith(("#", ";")):
            continue
        match = _LINE.fullmatch(bare)
        where = f"{file}, line {number}"
        if match is None:
            raise DataError("not a key record", where=where, hint=_HINT)
        strings = _STRING.findall(match[2])
        found.append(_key(match[1], "".join(strings) if strings else match[2], where, "", ""))
    return found


def _key(name: str, record: str, where: str, retrieved_at: str, source: str) -> Key:
    plain = name.strip().strip(".").lower()
    if len(plain) > NAME_LIMIT or not _NAME.fullmatch(plain):
        raise DataError(f"not the name of a key: {name[:80]!r}", where=where, hint=_HINT)
    written = record.replace("\\;", ";").strip()
    if len(written) > RECORD_LIMIT or "p=" not in "".join(written.split()):
        raise DataError("a key record has a p= tag", where=where, hint=_HINT)
    return Key(name=plain, record=written, retrieved_at=retrieved_at, source=source)


@lru_cache(maxsize=8)  # one text serves all members of a case
def told_keys(text: str) -> Mapping[str, Key]:
    """Read the JSON text of ``dkim.keys``; no text means no keys."""
    if not text:
        return {}
    return {name: Key(name=name, **values) for name, values in json.loads(text).items()}
