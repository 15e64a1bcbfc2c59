"""All benchmarks in one command: reading, look-ups, log appends; a table with ratios beside named peers.

    python benchmarks/run.py [--quick]

``--quick`` takes about half a minute and small inputs. Nothing here passes or fails by time. A part that is not there,
or that fails, is named as skipped or failed; the others run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PARTS = {
    "reading": ("ingest.py", ["--size", "64"], ["--size", "1"]),
    "mailboxes": ("mail.py", ["--size", "64"], ["--size", "2", "--rounds", "1"]),
    "logs beside plaso": ("plaso_logs.py", ["--lines", "20000"], ["--lines", "2000"]),
    "whole runs": ("whole.py", [], ["--size", "16", "--rows", "20000"]),
    "a case at scale": (
        "case_at_scale.py",
        ["--json"],
        ["--events", "20000", "--addresses", "2000", "--records", "2000", "--listed", "20", "--json"],
    ),
    "look-ups": ("lookups.py", [], ["--count", "400000"]),
    "imports": ("imports.py", [], ["--lines", "50000", "--routes", "150000", "--networks", "20000"]),
    "log appends": ("custody_append.py", [], []),
    "registry": ("registry.py", [], ["--count", "50000"]),
}


def shown(line: str) -> str:
    """Write a JSON line of a benchmark as readable text; other lines as they are."""
    try:
        found: Any = json.loads(line)
    except ValueError:
        return line
    if not isinstance(found, dict):
        return line
    return "  ".join(f"{key}={_figure(value)}" for key, value in found.items())


def _figure(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:,.3g}" if isinstance(value, float) else str(value)


def run(title: str, *, quick: bool) -> bool:
    """Run one part and print what it prints; return whether it worked."""
    script, usual, small = PARTS[title]
    print(f"\n== {title}", flush=True)
    if not (HERE / script).exists():
        print(f"skipped: benchmarks/{script} is not there")
        return True
    command = [sys.executable, str(HERE / script), *(small if quick else usual)]
    places = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH", "")]))
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": places}
    ) as child:
        for line in child.stdout or ():
            print(shown(line.rstrip("\n")), flush=True)
    if child.returncode:
        print(f"failed: benchmarks/{script} ended with status {child.returncode}")
    return child.returncode == 0


def main() -> int:
    """Run all parts; the exit status is 1 if one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small inputs, about 30 seconds")
    chosen = parser.parse_args()
    print(f"Python {platform.python_version()} on {platform.machine()}; ratios are the result, seconds illustrate")
    worked = [run(title, quick=chosen.quick) for title in PARTS]
    return 0 if all(worked) else 1


if __name__ == "__main__":
    sys.exit(main())
