"""The texts of a case that must not leave it: accounts, devices, clients, names, files and ids, streamed.

Addresses that are written out need no canary: only the released ones may stand in a bundle, whatever the case holds. They
are here because they can also be written backwards, and the owner's as a number, a digest, or an id that is computed
from them.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from forensics.case import parse_lines
from forensics.exchange.screening import Canary
from forensics.model import Role

if TYPE_CHECKING:
    import duckdb

    from forensics.case import CaseFolder
    from forensics.model import Exhibit, Owner

ACCOUNT, DEVICE, CLIENT = "an account of the case", "a device of the case", "a browser or app of the case"
FILE, ID, CASE = "a file name or digest of the case", "an id of the case", "what the case says of itself"
ADDRESS = "an address of the case"
OWNER, PERSON, PLACE = "a text of the owner file", "a name or word from the records", "a place or host from the records"
PROVIDER, MAIL, PHONE = "a provider of the case", "an e-mail address of the case", "a telephone number of the case"

_MAIL = re.compile(r"[^\s@<>\"',;:()\[\]\\]{1,64}@[A-Za-z0-9.-]{3,255}")
_PHONE = re.compile(r"\+?\d[\d\s().-]{6,18}\d")
_NAMES = re.compile(
    r"name|contact|from|\bto\b|cc|sender|recipient|author|friend|participant|group|person|user", re.IGNORECASE
)
_WORDS = re.compile(r"\w{4,}")
_DIGESTS = ("md5", "sha1", "sha256", "sha512")
_STIX = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The name space of the ids of STIX 2.1 cyber-observable objects (section 2.9)."""
_SHORTEST = 3
_MOST_WORDS = 12


def canaries(
    case: CaseFolder,
    owner: Owner,
    exhibits: Sequence[Exhibit],
    connection: duckdb.DuckDBPyConnection,
    more: Iterable[str] = (),
) -> Iterator[Canary]:
    """Yield every canary of a case; ``more`` are texts of the request, such as the id of the consent."""
    yield from _of_case(case, more)
    yield from _of_owner(owner)
    for exhibit in exhibits:
        yield Canary(kind=FILE, text=exhibit.sha256)
        yield from _files(exhibit.name)
    yield from _of_events(connection)
    yield from _of_tables(case)


def _of_events(connection: duckdb.DuckDBPyConnection) -> Iterator[Canary]:
    for kind, column in ((ACCOUNT, "account"), (DEVICE, "device"), (CLIENT, "user_agent"), (PLACE, "stated_place")):
        for text in _distinct(connection, column):
            yield Canary(kind=kind, text=text, notes_only=kind == PLACE)
            yield from _parts(kind, text)
    for name in _distinct(connection, "address_text", "address_form not in ('v4', 'v6', 'v4_mapped')"):
        yield Canary(kind=PLACE, text=name)
    for name in _distinct(connection, "member"):
        yield from _files(name)
    for name in _distinct(connection, "provider"):
        yield Canary(kind=PROVIDER, text=name, notes_only=True)
    for detail in _distinct(connection, "detail", "provider <> 'weblog'"):
        yield from _of_detail(detail)


def _of_tables(case: CaseFolder) -> Iterator[Canary]:
    for session in parse_lines(case.path / "sessions.jsonl"):
        yield Canary(kind=ID, text=str(session["id"]))
        if session["role"] == Role.OWNER and session["address"]:
            yield from _in_other_words(session["address"])
    for row in parse_lines(case.path / "addresses.jsonl"):
        yield Canary(kind=ADDRESS, text=str(row["address"]))


def known_ids(connection: duckdb.DuckDBPyConnection, words: Iterable[str]) -> bool:
    """Whether one of some words is the id of an event; ids are asked for, because a case may hold millions."""
    query = "select 1 from events where event_id in (select unnest(?)) limit 1"
    return connection.execute(query, [sorted(set(words))]).fetchone() is not None


def _distinct(connection: duckdb.DuckDBPyConnection, column: str, where: str = "true") -> Iterator[str]:
    query = f"select distinct {column} from events where {column} is not null and {column} <> '' and {where}"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        for batch in cursor.sql(query).to_arrow_reader(8_192):
            yield from (str(text) for text in batch.columns[0].to_pylist())


def _of_case(case: CaseFolder, more: Iterable[str]) -> Iterator[Canary]:
    facts = case.facts
    about = (facts.reference, facts.title, facts.organisation, facts.examiner, facts.mandate, facts.authority)
    yield Canary(kind=ID, text=facts.id)
    for text in (*about, *more):
        if text:
            yield Canary(kind=CASE, text=text)
            yield from (Canary(kind=CASE, text=word, notes_only=True) for word in _WORDS.findall(text))


def _of_owner(owner: Owner) -> Iterator[Canary]:
    for names in owner.accounts.values():
        for name in names:
            yield Canary(kind=ACCOUNT, text=name)
            yield from _parts(ACCOUNT, name)
    for device in owner.devices:
        yield Canary(kind=DEVICE, text=device)
    for declared in owner.addresses:
        yield Canary(kind=ADDRESS, text=declared.net)
        yield from _in_other_words(declared.net.partition("/")[0])
    for text in (owner.time_zone, owner.notes, *(net.label for net in owner.addresses)):
        if text:
            yield Canary(kind=OWNER, text=text, notes_only=True)
            yield from (Canary(kind=OWNER, text=word, notes_only=True) for word in _WORDS.findall(text))


def _in_other_words(address: str) -> Iterator[Canary]:
    """Yield other ways to write the owner's address: numbers, the order of reverse DNS, digests, STIX's computed id."""
    found = ipaddress.ip_address(address)
    kind = "ipv4-addr" if found.version == 4 else "ipv6-addr"  # noqa: PLR2004
    told = json.dumps({"value": address}, separators=(",", ":"))
    texts = [str(int(found)), found.packed.hex(), found.reverse_pointer.removesuffix(".in-addr.arpa")]
    texts += [hashlib.new(name, address.encode(), usedforsecurity=False).hexdigest() for name in _DIGESTS]
    texts += [str(uuid.uuid5(_STIX, told)), f"{kind}--{uuid.uuid5(_STIX, told)}"]
    yield from (Canary(kind=ADDRESS, text=text) for text in texts)


def _parts(kind: str, text: str) -> Iterator[Canary]:
    """Yield what of an account or device points at it alone: the local part, the value behind a name."""
    local = text.partition("@")[0]
    value = text.partition(":")[2]
    for part in (local if "@" in text else "", value if kind == DEVICE else ""):
        if len(part) >= _SHORTEST:
            yield Canary(kind=kind, text=part)


def _files(name: str) -> Iterator[Canary]:
    """Yield the parts of a path, and each without its endings; what looks like a common word counts in notes only."""
    for part in re.split(r"[/\\!]", name):
        stem = part.lstrip(".").partition(".")[0]
        for text in dict.fromkeys((part, stem)):
            if len(text) >= _SHORTEST:
                yield Canary(kind=FILE, text=text, notes_only=text.isalpha())


def _of_detail(text: str) -> Iterator[Canary]:
    """Yield the e-mail addresses and telephone numbers of a row's details, and the words of its names."""
    yield from (Canary(kind=MAIL, text=found) for found in _MAIL.findall(text))
    for key, value in _leaves(json.loads(text)):
        yield from (Canary(kind=PHONE, text=found) for found in _PHONE.findall(value))
        if _NAMES.search(key):
            words = _WORDS.findall(value)[:_MOST_WORDS]
            yield from (Canary(kind=PERSON, text=word, notes_only=True) for word in words)


def _leaves(value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text with its key; nested values are walked without recursion."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        key, one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend((str(name), inner) for name, inner in one.items())
        elif isinstance(one, list):
            waiting.extend((key, inner) for inner in one)
        elif isinstance(one, str):
            yield key, one
