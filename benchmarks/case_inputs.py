"""A case at scale, all of it invented: an access log, an owner, dated networks and a registry. Same numbers, same bytes.

Addresses come from the reserved block 240.0.0.0/4 and from 2001:db8::/32, AS numbers from those reserved for
documentation (RFC 5398), the country is QZ, which nobody uses. The networks are a snapshot marked as sample, since only such
a one answers for special-purpose space; so base rates, rings and both alternatives are computed as for real networks.

Half of the events are the owner's, from 300 addresses of a declared network; the other half is spread over all other
addresses. ``listed`` of the other addresses are on record, the remaining records are elsewhere in the same networks.
"""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import generate
from forensics.enrichment.bundle_writer import Provenance, write_bundle
from forensics.enrichment.lookup import RangeTable, pack_country
from forensics.registry.files import assembled, canonical
from forensics.registry.record import SCHEMA
from tests.registry.written import record

if TYPE_CHECKING:
    from pathlib import Path

    from forensics.model import Record

START = datetime(2020, 3, 1, tzinfo=UTC)
OWN = 300
OWNER = """[owner]
clean_windows = [["2020-02-01", "2020-02-02"]]
addresses = [{ net = "240.0.0.0/23", label = "home" }]
"""
SNAPSHOTS = (date(2020, 2, 15), date(2020, 3, 20))
SYSTEMS = range(64496, 64512)
SIXTH = 0.15
HEAD = (
    "Gaia ID,Activity Timestamp,IP Address,Proxiedhost IP Address,Is Non-routable IP Address,Activity Country,"
    "Activity Region,Activity City,User Agent String,Product Name,Sub-Product Name,Activity Type,Gmail Access Channel\n"
)
KINDS = ("Non User Initiated",) * 8 + ("Other", "Login")
STATES = ("indicator",) * 8 + ("candidate", "retracted")
CLASSES = ("dedicated", "dedicated", "unknown", "cgnat", "vpn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a case is; ``per_set`` 0: half of the records in sets of one, a fifth in one set, the rest in sets of 50."""

    events: int = 1_000_000
    addresses: int = 100_000
    records: int = 100_000
    listed: int = 1_000
    per_set: int = 0
    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Where the parts of a case lie."""

    log: Path
    owner: Path
    snapshots: Path
    registry: Path


def make(folder: Path, size: Size, seed: int = generate.SEED) -> Inputs:
    """Write all parts into a folder."""
    dice = random.Random(seed)
    found = Inputs(
        log=folder / "Activities - A list of Google services accessed by.csv",
        owner=folder / "owner.toml",
        snapshots=folder / "snapshots",
        registry=folder / "registry.jsonl",
    )
    others = list(_others(dice, size.addresses - OWN))
    _log(found.log, dice, size, others)
    found.owner.write_text(OWNER, encoding="utf-8")
    for day in SNAPSHOTS:
        _snapshot(found.snapshots, day)
    _registry(found.registry, dice, size, others)
    return found


def _others(dice: random.Random, number: int) -> dict[str, None]:
    found: dict[str, None] = {}
    while len(found) < number:
        found[_address(dice)] = None
    return found


def _address(dice: random.Random) -> str:
    """Return an address outside the owner's network."""
    if dice.random() < SIXTH:
        return f"2001:db8:{dice.randrange(1, 1 << 16):x}:{dice.randrange(1, 1 << 16):x}::{dice.randrange(1, 9):x}"
    return str(ipaddress.IPv4Address((240 << 24) + dice.randrange(1 << 16, 1 << 24)))


def _log(path: Path, dice: random.Random, size: Size, others: list[str]) -> None:
    own = [str(ipaddress.IPv4Address((240 << 24) + number)) for number in range(OWN)]
    step = timedelta(days=size.days) / size.events
    app = "App : GMAIL_APP. App Version : 6.0.200302. Os : IOS_OS. Os Version : 13.3. Device Type : MOBILE."
    agents = (app, generate.AGENTS[0], generate.AGENTS[1].replace(",", ";"))
    with path.open("w", encoding="ascii", newline="") as stream:
        stream.write(HEAD)
        for number in range(size.events):
            mine = number % 2 == 0
            who = (
                dice.choice(own) if mine else others[number // 2] if number // 2 < len(others) else dice.choice(others)
            )
            when = START + number * step
            stream.write(
                f"100000000000000000001,{when:%Y-%m-%d %H:%M:%S} UTC,{who},,,QZ,,Capital,{dice.choice(agents)},Gmail,,"
                f"{dice.choice(KINDS)},\n"
            )


def _snapshot(folder: Path, day: date) -> None:
    """Write the networks of a day: 256 blocks of each family, of which the next day's table moves a few elsewhere."""
    moved = SNAPSHOTS.index(day)
    provenance = Provenance(
        id=f"scale-{day}", kind="ip_asn", as_of=day, published=None, source="fiction", source_package="benchmarks",
        source_version="1", source_sha256="0" * 64, licence="CC0-1.0", attribution="none", redistributable=True,
        sample=True,
    )  # fmt: skip
    names = {asn: f"Fictional network {asn}" for asn in SYSTEMS}
    fourth, sixth = _ranges(4, 240 << 24, 16, moved), _ranges(6, 0x20010DB8 << 96, 88, moved)
    write_bundle(folder / provenance.id, provenance, fourth, sixth, names)


def _ranges(family: int, base: int, bits: int, moved: int) -> RangeTable:
    starts = [base + (number << bits) for number in range(256)]
    ends = [start + (1 << bits) - 1 for start in starts]
    low = (1 << 64) - 1

    def halves(numbers: list[int]) -> tuple[np.ndarray, ...]:
        if family == 4:  # noqa: PLR2004 - IP version
            return (np.array(numbers, np.uint32),)
        return np.array([n >> 64 for n in numbers], np.uint64), np.array([n & low for n in numbers], np.uint64)

    systems = [SYSTEMS[(number + moved * (number % 61 == 60)) % len(SYSTEMS)] for number in range(256)]  # noqa: PLR2004
    return RangeTable(
        family=family,
        start=halves(starts),
        end=halves(ends),
        asn=np.array(systems, np.uint32),
        country=np.full(256, pack_country("QZ"), np.uint16),
        classes=np.zeros(256, np.uint8),
    )


def _registry(path: Path, dice: random.Random, size: Size, others: list[str]) -> None:
    networks = dict.fromkeys(dice.sample(others, size.listed))
    while len(networks) < size.records:
        networks[_address(dice)] = None
    texts = list(networks)
    dice.shuffle(texts)
    head = {
        "name": "scale", "version": "1", "published": date(2020, 1, 1), "licence": "CC0-1.0", "maintainer": "nobody",
        "description": "Fictional.", "sample": True, "schema": SCHEMA,
    }  # fmt: skip
    records = [_record(dice, size, number, text) for number, text in enumerate(texts)]
    path.write_bytes(canonical(assembled(head, records, path)))


MODEL = record()


def _record(dice: random.Random, size: Size, number: int, network: str) -> Record:
    start = date(2019, 6, 1) + timedelta(days=dice.randrange(400))
    dated = dice.random() < 0.5  # noqa: PLR2004 - half
    return replace(
        MODEL,
        id=f"r-{number:07}",
        set=_set(size, number),
        network=network,
        state=dice.choice(STATES),
        sharing_class=dice.choice(CLASSES),
        valid_from=start if dated else None,
        valid_until=start + timedelta(days=dice.randrange(1, 400)) if dated else None,
        reason="Fictional.",
    )


def _set(size: Size, number: int) -> str:
    if size.per_set:
        return f"set-{number // size.per_set:06}"
    if number < size.records // 2:
        return f"single-{number:06}"
    return "large" if number < size.records * 7 // 10 else f"set-{number // 50:06}"
