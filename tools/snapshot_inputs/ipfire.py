"""``loc-2022-10-29``: origin AS, its name, country and flags. Source: the IPFire location database in Debian."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.enrichment.bundle_writer import Provenance, write_bundle
from forensics.enrichment.trees import overlay
from tools import location_db
from tools.snapshot_inputs.iptoasn import placed
from tools.snapshot_inputs.packages import LIBLOC, fetch

if TYPE_CHECKING:
    from forensics.enrichment.bundle import Manifest


def build(inputs: Path, out: Path) -> Manifest:
    """Build ``loc-2022-10-29``."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(("dpkg-deb", "-x", str(fetch(LIBLOC, inputs)), scratch), check=True)
        held = location_db.read((Path(scratch) / "usr/share/libloc-location/location.db").read_bytes())
    provenance = Provenance(
        id="loc-2022-10-29",
        kind="ip_asn",
        as_of=held.as_of,
        published=None,
        source="IPFire Location database",
        source_package=LIBLOC.name,
        source_version=LIBLOC.version,
        source_sha256=LIBLOC.sha256,
        licence="CC-BY-SA-4.0",
        attribution="IPFire Location database, IPFire Development Team, CC BY-SA 4.0; flattened to ranges",
        redistributable=True,
    )
    v4 = overlay([placed(held.v4, held.facts)], location_db.CLASS_SETS)
    v6 = overlay([placed(held.v6, held.facts)], location_db.CLASS_SETS)
    return write_bundle(out / "cc-by-sa-4.0" / provenance.id, provenance, v4, v6, held.names)
