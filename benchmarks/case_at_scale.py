"""A case at scale: ``forensics analyze`` as a program, beside the limits set for a million events.

    python benchmarks/case_at_scale.py [--events N] [--addresses N] [--records N] [--listed N] [--per-set N] [--days N]
                                       [--keep FOLDER] [--json]

The goal is 60 seconds and 2 GB for 1,000,000 events of 100,000 addresses against 100,000 records. Printed are wall and
processor seconds, the peak memory of the process, and the same as parts of the goal; the load of the machine is printed,
as wall seconds mean nothing without it. ``case_inputs`` says what the input is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import case_inputs
from benchmarks.whole import ran

MOST_SECONDS, MOST_MB = 60, 2_048


def measure(folder: Path, given: case_inputs.Inputs) -> dict[str, object]:
    """Analyse one input and return the figures."""
    words = ["analyze", str(given.log), "--case", str(folder / "case"), "--owner", str(given.owner)]
    words += ["--registry", str(given.registry), "--snapshot", str(given.snapshots), "--json"]
    load = os.getloadavg()[0]
    home = folder / "home"
    home.mkdir()
    wall, cpu, peak, printed = ran(words, home)
    told = json.loads(printed)
    return {
        "events": told["coverage"]["events"],
        "addresses": told["addresses_total"],
        "findings": len(json.loads((folder / "case" / "findings.json").read_bytes())["findings"]),
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "cpu_of_goal": round(cpu / MOST_SECONDS, 2),
        "peak_mb": peak,
        "memory_of_goal": round(peak / MOST_MB, 2),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Make the input, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for item in fields(case_inputs.Size):
        parser.add_argument(f"--{item.name.replace('_', '-')}", type=int, default=item.default)
    parser.add_argument("--keep", type=Path, help="empty folder that keeps the input and the case")
    parser.add_argument("--json", action="store_true")
    chosen = vars(parser.parse_args())
    keep, as_json = chosen.pop("keep"), chosen.pop("json")
    size = case_inputs.Size(**chosen)
    with tempfile.TemporaryDirectory() as name:
        folder = keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        row = measure(folder, case_inputs.make(folder, size))
        print(json.dumps(row) if as_json else "  ".join(f"{key}={value}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
