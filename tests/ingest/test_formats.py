"""What every export format must do, asked of every format there is.

A format needs specimens under ``samples/formats/<module>/`` and, beside each, ``<name>.expected.jsonl``: the events,
rejections and counts as accepted by a reviewer. ``ACCEPT=1`` rewrites them; the diff is the review.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from forensics.ingest import all_formats
from forensics.ingest.driver import DEFECT
from forensics.vocabulary import DEVICE_IDENTIFIERS, DEVICE_MODELS
from tests.ingest import reading

CASES = [pytest.param(name, path, id=f"{name}/{path.name}") for name, path in reading.specimens()]
DAMAGES_PER_SPECIMEN = 40
SECTIONS = ("What it is", "How to obtain", "Time", "Versions")


@pytest.mark.parametrize("name", sorted(all_formats()))
def test_format_has_specimens_and_says_what_it_reads(name: str) -> None:
    assert [path for found, path in reading.specimens() if found == name], f"no specimen under samples/formats/{name}/"
    documentation = all_formats()[name].documentation
    assert not [section for section in SECTIONS if f"{section}:" not in documentation]


@pytest.mark.parametrize(("name", "path"), CASES)
def test_specimen_is_claimed_by_exactly_its_format(name: str, path: Path) -> None:
    assert reading.claimants(path.read_bytes(), reading.member_name(name, path)) == (name,)


@pytest.mark.parametrize(("name", "path"), CASES)
def test_recognition_does_not_need_the_file_name(name: str, path: Path) -> None:
    assert reading.claimants(path.read_bytes(), "renamed.bin") == (name,)


@pytest.mark.parametrize(("name", "path"), CASES)
def test_specimen_reads_as_accepted(name: str, path: Path) -> None:
    coverage, sink = reading.read_bytes(path.read_bytes(), reading.member_name(name, path), path, reading.told_of(path))
    found = [
        json.dumps({"coverage": [coverage.rows, coverage.events, coverage.rejections, dict(coverage.unused)]}),
        *(json.dumps(reading.comparable(row), ensure_ascii=False) for row in sink.rows),
        *(json.dumps({"rejected": item.place, "reason": item.reason}, ensure_ascii=False) for item in sink.rejections),
    ]
    golden = path.with_name(path.name + ".expected.jsonl")
    if os.environ.get("ACCEPT"):
        golden.write_text("\n".join(found) + "\n", encoding="utf-8")
    assert golden.read_text(encoding="utf-8").removesuffix("\n").split("\n") == found


@pytest.mark.parametrize(("name", "path"), CASES)
def test_every_row_is_accounted_for(name: str, path: Path) -> None:
    coverage, sink = reading.read_bytes(path.read_bytes(), reading.member_name(name, path), path, reading.told_of(path))
    assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
    assert (coverage.events, coverage.rejections) == (len(sink.rows), len(sink.rejections))
    assert len({row["event_id"] for row in sink.rows}) == coverage.events
    assert all(row["time"] is None or row["time"].tzinfo is not None for row in sink.rows)


@pytest.mark.parametrize(("name", "path"), CASES)
def test_devices_say_whether_they_name_one_device_or_a_model(name: str, path: Path) -> None:
    _, sink = reading.read_bytes(path.read_bytes(), reading.member_name(name, path), path, reading.told_of(path))
    spelled = [row["device"] for row in sink.rows if ":" in row["device"][:16]]
    assert not [device for device in spelled if not device.startswith((*DEVICE_IDENTIFIERS, *DEVICE_MODELS))]


@pytest.mark.parametrize(("name", "path"), CASES)
def test_random_damage_costs_rows_never_the_run(name: str, path: Path) -> None:
    original, told = path.read_bytes(), reading.told_of(path)
    dice = random.Random(f"{name}/{path.name}")  # noqa: S311 - damage, not secrets
    for _ in range(DAMAGES_PER_SPECIMEN):
        data = _damaged(original, dice)
        coverage, sink = reading.read_bytes(data, reading.member_name(name, path), told=told)
        assert coverage.rows == coverage.events + coverage.rejections + sum(coverage.unused.values())
        assert (coverage.events, coverage.rejections) == (len(sink.rows), len(sink.rejections))
        assert len({row["event_id"] for row in sink.rows}) == coverage.events, "two rows share a place"
        assert not [item.reason for item in sink.rejections if item.reason.startswith(DEFECT)]


def _damaged(data: bytes, dice: random.Random) -> bytes:
    """Cut, flip, splice or insert hostile bytes somewhere."""
    start, end = sorted(dice.randrange(len(data) + 1) for _ in range(2))
    hostile = dice.choice([b"\x00", b'"', b"\xff\xfe", b"\r\n", b"{", b"]]", b"\\ud83d", b"\x1b[31m", b"\xe2\x80\xae"])
    kind = dice.randrange(4)
    if kind == 0:
        return data[:start]
    if kind == 1:
        return data[:start] + data[end:]
    if kind == 2:
        return data[:start] + hostile + data[start:]
    flipped = bytearray(data)
    if flipped:
        position = dice.randrange(len(flipped))
        flipped[position] ^= 1 << dice.randrange(8)
    return bytes(flipped)
