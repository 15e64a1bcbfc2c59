"""Calibration: one million innocents of a real country against a made-up registry, by the program itself.

    python benchmarks/calibration.py [--country AZ] [--network AS206977] [--draws N] [--addresses N] [--plot FILE]

Input: a registry of ``--addresses`` (default 20) *positions* inside a network as a snapshot has it, spread evenly over its
ranges. They are no incidents and nobody's infrastructure: the registry is written to a temporary folder, says so in every
field, and is gone afterwards. Prints seconds and peak memory of the whole program (start included), mean ratio of
innocents, what broke, "strong" words that the second alternative does not carry, and the cost with its interval.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from forensics.enrichment import snapshots
from forensics.pipeline.calibration_space import day, network_number, space

_ABOUT = "Synthetic position for a measurement. No incident, nobody's infrastructure."
_HEAD = f"""schema = "forensics/registry/1"
name = "Synthetic positions"
version = "1"
published = 2019-06-01
licence = "Apache-2.0"
maintainer = "a measurement"
description = "{_ABOUT}"
sample = true
"""
_SOURCE = f"""[[source]]
id = "none"
publisher = "nobody"
title = "{_ABOUT}"
citation = "none"
published = 2019-05-02
retrieved_at = 2019-05-20
sha256 = ""
licence = "Apache-2.0"
grade = "B2"
independence_group = "none"
locator = ""
"""
_SHARED = f"""[shared]
set = "synthetic"
kind = "address"
role = "{_ABOUT}"
description = "{_ABOUT}"
basis = ["victim_log"]
valid_from = 2000-01-01
valid_until = 2100-01-01
observed_at = [2019-03-04]
published_at = 2019-05-02
recorded_at = 2019-06-01
state = "active"
sharing_class = "dedicated"
grade = "B2"
sources = ["none"]
tlp = "CLEAR"
pap = "GREEN"
licence = "Apache-2.0"
unknown = ["Everything."]
note = "{_ABOUT}"
link_b = []
"""


def positions(country: str, network: int, at: date | None, number: int) -> list[str]:
    """Return addresses spread evenly over the ranges of a network in the snapshot that the calibration will take."""
    ranges = [(low, high) for low, high, asn in space(snapshots.load(), [], country, at).ranges if asn == network]
    size = sum(high - low + 1 for low, high in ranges)
    found = []
    for place in range(number):
        left = (2 * place + 1) * size // (2 * number)
        for low, high in ranges:
            if left <= high - low:
                found.append(str(ipaddress.IPv4Address(low + left)))
                break
            left -= high - low + 1
    return found


def write(folder: Path, addresses: list[str]) -> None:
    """Write the registry."""
    (folder / "records").mkdir(parents=True)
    (folder / "registry.toml").write_text(_HEAD)
    (folder / "sources.toml").write_text(_SOURCE)
    records = [f'[[record]]\nid = "p-{place:04}"\nnetwork = "{text}"\n' for place, text in enumerate(addresses, 1)]
    (folder / "records" / "synthetic.toml").write_text("\n".join([_SHARED, *records]))


def main() -> None:
    """Run the program once and print what it took and found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--country", default="AZ")
    parser.add_argument("--network", default="AS206977")
    parser.add_argument("--at", default="")
    parser.add_argument("--draws", type=int, default=1_000_000)
    parser.add_argument("--addresses", type=int, default=20)
    parser.add_argument("--plot", default="")
    wanted = parser.parse_args()
    held = positions(wanted.country, network_number(wanted.network), day(wanted.at), wanted.addresses)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "registry"
        write(folder, held)
        command = [sys.executable, "-m", "forensics", "calibrate", "--country", wanted.country]
        command += ["--registry", str(folder), "--draws", str(wanted.draws), "--no-user-data", "--json"]
        command += ["--at", wanted.at] if wanted.at else []
        command += ["--plot", wanted.plot] if wanted.plot else []
        start = time.perf_counter()
        told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        seconds = time.perf_counter() - start
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(
        json.dumps({"draws": wanted.draws, "addresses": len(held), "seconds": round(seconds, 2), "peak_mb": megabytes})
    )
    print(json.dumps({"population": told["population"], "snapshot": told["snapshot"], "holds": told["holds"]}))
    for reading in (item for item in told["readings"] if item["set"] == "synthetic"):
        for people in reading["innocents"]:
            line = {"set": reading["set"], "reading": reading["reading"], "innocents": people["name"]}
            rates = {f"{rate['ratio']:g}": (rate["rate"], rate["exact"]) for rate in people["rates"]}
            print(json.dumps({**line, "mean": people["mean"], "rates": rates, "strong": people["strong"]}))
        print(json.dumps({"set": reading["set"], "reading": reading["reading"], "cllr": reading["cllr"]}))


if __name__ == "__main__":
    main()
