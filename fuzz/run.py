"""Fuzz every reader, a process each, and say how many inputs were tried: ``make fuzz``.

    python fuzz/run.py [--seconds 60] [--jobs N] [TARGET ...]

Seeds are the specimens. Each target has ``--seconds`` of wall time, 2 GB of memory and 25 seconds per input; each format is
also read with pieces of its specimens repeated (``lengths:NAME``, a sixth of the time). Exit 1 with the input's place when
anything escapes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from forensics.enrichment.importer import all_importers
from forensics.ingest import all_formats
from forensics.registry.importer import all_importers as indicator_importers
from fuzz.import_seeds import seeds
from tests.enrichment.asking import recorded, sources
from tests.enrichment.asking import specimens as answers
from tests.ingest.reading import specimens
from tests.registry.test_importers import SHAPES

ROOT = Path(__file__).resolve().parent.parent
OTHERS = ("archive", "shape", "recognise", "pattern")
LENGTHS = "lengths:"
IMPORTS = tuple(f"import_{name}" for name in all_importers())


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One target: inputs tried, exit status of the fuzzer, and the end of its log where something escaped."""

    name: str
    inputs: int
    status: int
    log: str


def fuzz(name: str, seconds: int, folder: Path) -> Result:
    """Run one target."""
    return lengths(name, seconds, folder) if name.startswith(LENGTHS) else guided(name, seconds, folder)


def lengths(name: str, seconds: int, folder: Path) -> Result:
    """Read a format with hostile lengths for a sixth of the time."""
    found = folder / name
    found.mkdir(parents=True)
    command = [
        sys.executable,
        str(ROOT / "fuzz" / "lengths.py"),
        name.removeprefix(LENGTHS),
        str(seconds / 6),
        str(found),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    counted = re.findall(r"^(\d+) readings", done.stdout, re.MULTILINE)
    log = (done.stderr + done.stdout)[-4000:] if done.returncode else ""
    return Result(name=name, inputs=int(counted[-1]) if counted else 0, status=int(done.returncode != 0), log=log)


def guided(name: str, seconds: int, folder: Path) -> Result:
    """Run one target of the fuzzer that is guided by coverage."""
    corpus, found = folder / name / "corpus", folder / name / "found"
    corpus.mkdir(parents=True)
    found.mkdir()
    for number, (owner, path) in enumerate(specimens()):
        if owner == name or (name in OTHERS and number % 3 == 0):
            (corpus / f"{number:04d}").write_bytes(path.read_bytes())
    for number, content in enumerate(seeds().get(name.removeprefix("import_"), ()) if name in IMPORTS else ()):
        (corpus / f"{number:04d}").write_bytes(content)
    for number, (owner, path) in enumerate(answers()):
        if f"answer:{owner}" == name:
            (corpus / f"answer-{number:04d}").write_bytes(b"\0\0\0\0".join(recorded(path)))
    for importer, (_, content) in SHAPES.items():
        if name == f"indicators:{importer}":
            (corpus / importer).write_text(content if isinstance(content, str) else json.dumps(content))
    limits = [
        f"-max_total_time={seconds}",
        "-timeout=25",
        "-rss_limit_mb=2048",
        "-max_len=65536",
        "-print_final_stats=1",
    ]
    command = [
        sys.executable,
        str(ROOT / "fuzz" / "target.py"),
        name,
        str(corpus),
        *limits,
        f"-artifact_prefix={found}/",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace", env=environment)
    log = "".join(line for line in (done.stderr + done.stdout).splitlines(keepends=True) if "Instrumenting" not in line)
    counted = re.findall(r"number_of_executed_units:\s*(\d+)", log) or re.findall(r"#(\d+)\s", log)
    escaped = done.returncode != 0 or any(found.iterdir())
    return Result(
        name=name, inputs=int(counted[-1]) if counted else 0, status=int(escaped), log=log[-4000:] if escaped else ""
    )


def main() -> int:
    """Run the targets and print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("targets", nargs="*")
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = arguments.parse_args()
    further = [f"answer:{name}" for name in sources()] + [f"indicators:{name}" for name in indicator_importers()]
    further += [f"{LENGTHS}{name}" for name in all_formats()]
    names = asked.targets or [*all_formats(), *OTHERS, *IMPORTS, *further]
    folder = Path(tempfile.mkdtemp(prefix="forensics-fuzz-"))
    results = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        for result in pool.map(partial(fuzz, seconds=asked.seconds, folder=folder), names):
            results.append(result)
            print(f"{'ESCAPE' if result.status else 'ok    '} {result.name}: {result.inputs:,} inputs", flush=True)
            if result.status:
                print(result.log)
    escapes = sum(result.status for result in results)
    idle = [result.name for result in results if not result.inputs]
    print(f"{sum(result.inputs for result in results):,} inputs tried on {len(results)} targets, {escapes} escapes")
    if idle:
        print(f"no input was tried on: {', '.join(idle)}")
    if escapes:
        print(f"inputs that escaped are below {folder}")
    return int(bool(escapes or idle))


if __name__ == "__main__":
    sys.exit(main())
