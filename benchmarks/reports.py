"""Rendering a sealed case again as a program: the sample case, and a case with very many events, as a page and as a PDF.

    python benchmarks/reports.py [--rows N] [--rounds N] [--keep FOLDER]

Input: the sample case (`forensics demo`), and a Facebook history of ``--rows`` records (default 100,000) with a declared
owner, so that all but the home network is for the report to tell of. Every rendering is a process of its own, started cold
of imports; wall seconds, processor seconds and peak memory (``ru_maxrss``) are of the whole process, the best of the rounds
by processor seconds; ``megabytes`` is the file. The goals are printed beside.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.whole import OWNER, made, ran

GOALS = {
    ("sample", "html"): {"wall": 1, "megabytes": 2},
    ("sample", "pdf"): {"wall": 2},
    ("large", "html"): {"wall": 5, "megabytes": 5},
    ("large", "pdf"): {"wall": 10, "peak_mb": 500},
}


def sample(folder: Path) -> Path:
    """Return the sample case, analysed from the evidence of the package."""
    case = folder / "sample-case"
    if not case.exists():
        ran(["demo", "--case", str(case)], folder)
    return case


def large(folder: Path, rows: int) -> Path:
    """Return a case of a history with many records."""
    case = folder / f"large-{rows}-case"
    if not case.exists():
        (folder / "owner.toml").write_text(OWNER, encoding="utf-8")
        evidence = made("facebook_json", folder, 0, rows)
        ran(["analyze", str(evidence), "--case", str(case), "--owner", str(folder / "owner.toml")], folder)
    return case


def rendered(name: str, case: Path, form: str, folder: Path, rounds: int) -> None:
    """Render a case some times and print the best round as a line of JSON, with the goals."""
    target = folder / f"{name}.{form}"
    words = ["report", str(case), "--format", form, "--output", str(target)]
    load = os.getloadavg()[0]
    wall, cpu, peak, _ = min((ran(words, folder) for _ in range(rounds)), key=lambda one: one[1])
    figures = {"wall": round(wall, 2), "cpu": round(cpu, 2), "peak_mb": peak}
    size = round(target.stat().st_size / 1e6, 2)
    told = {
        "case": name,
        "form": form,
        **figures,
        "megabytes": size,
        "goals": GOALS[name, form],
        "load": round(load, 1),
    }
    print(json.dumps(told), flush=True)


def main() -> None:
    """Render both cases in both forms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        for name, case in (("sample", sample(folder)), ("large", large(folder, asked.rows))):
            for form in ("html", "pdf"):
                rendered(name, case, form, folder, asked.rounds)


if __name__ == "__main__":
    main()
