"""The flattened index against asking every record, for both IP versions, all windows and all days of knowledge."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import DataError, StorageError
from forensics.model import Record
from forensics.registry import bulk
from forensics.registry.indicator import span
from forensics.registry.matching import known
from forensics.registry.window import classify
from tests.registry.test_store import DAY, NETWORKS, RANGES, written_as
from tests.registry.written import record

DAYS = st.none() | st.integers(-2, 5).map(lambda days: DAY + timedelta(days=days))


def dated(item: Record, start: date | None, end: date | None, seen: date | None) -> Record:
    late = start and end and end <= start
    return replace(item, valid_from=start, valid_until=None if late else end, observed_at=(seen,) if seen else ())


def naive(records: list[Record], texts: list[str], at: date | None, known_at: date | None) -> set[tuple[int, int, str]]:
    found = set()
    for place, text in enumerate(texts):
        asked = span(text)
        for row, item in enumerate(records):
            if known(item, known_at) and span(item.network).holds(asked):
                found.add((place, row, classify(item, at).window))
    return found


def pairs(found: bulk.Matches) -> list[tuple[int, int, str]]:
    windows = [bulk.WINDOWS[window] for window in found.windows.tolist()]
    return list(zip(found.addresses.tolist(), found.records.tolist(), windows, strict=True))


@settings(max_examples=150, deadline=None)
@given(
    drawn=st.lists(st.tuples(NETWORKS | RANGES, st.integers(0, 3), DAYS, DAYS, DAYS), max_size=14),
    numbers=st.lists(st.integers(0xCB007000, 0xCB007200) | st.sampled_from((0, 2**32 - 1)), max_size=8),
    sixes=st.lists(st.integers(0, 300), max_size=4),
    at=DAYS,
    known_at=DAYS,
)
def test_every_enclosing_record_is_found(
    drawn: list[Any], numbers: list[int], sixes: list[int], at: date | None, known_at: date | None
) -> None:
    made = [(written_as(number, *item[:2]), item[2:]) for number, item in enumerate(drawn)]
    records = [dated(item, *days) for item, days in made if item is not None]
    texts = [str(ipaddress.IPv4Address(number)) for number in numbers]
    texts += [str(ipaddress.IPv6Address((0x20010DB8 << 96) | number << 63)) for number in sixes]
    found = pairs(bulk.build(records).match_text(texts, at=at, known_at=known_at))
    assert len(set(found)) == len(found)
    assert set(found) == naive(records, texts, at, known_at)


def test_the_narrowest_comes_first_and_the_edges_of_the_space_belong() -> None:
    networks = ["0.0.0.0/0", "203.0.113.0/24", "255.255.255.255/32", "::/0", "203.0.113.45/32"]
    records = [record(id=f"r-{place}", kind="prefix", network=network) for place, network in enumerate(networks)]
    index = bulk.build(records)
    asked = ["203.0.113.45", "255.255.255.255", "0.0.0.0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::"]  # noqa: S104 - no socket
    found = index.match_text(asked).grouped()
    by_address = [[row for place, row, _ in pairs(found) if place == number] for number in range(len(asked))]
    assert by_address == [[4, 1, 0], [2, 0], [0], [3], [3]]
    assert index.ids([4, 0]) == ["r-4", "r-0"]


def test_each_address_has_a_day_of_its_own() -> None:
    index = bulk.build([record(valid_from=DAY, valid_until=date(2019, 7, 1), unknown=[])])
    days = np.array([date(2019, 5, 1).toordinal(), DAY.toordinal(), date(2019, 7, 1).toordinal()])
    found = index.match_text(["203.0.113.45"] * 3, at=days)
    assert [window for _, _, window in pairs(found)] == ["before", "inside", "after"]


def test_nothing_matches_nothing() -> None:
    assert pairs(bulk.build([]).match_text(["203.0.113.45", "::1"])) == []
    assert pairs(bulk.build([record(kind="domain", network="example.org")]).match_text(["203.0.113.45"])) == []
    assert pairs(bulk.build([record()]).match_text([])) == []
    with pytest.raises(OSError, match="illegal IP address"):
        bulk.build([record()]).match_text(["203.0.113.045"])


def test_a_kept_index_answers_the_same(tmp_path: Path) -> None:
    index = bulk.build([record(), record(id="six", kind="prefix", network="2001:db8::/32", observed_at=[DAY])])
    assert bulk.kept(tmp_path, "a" * 64) is None
    bulk.keep(index, tmp_path, "a" * 64)
    bulk.keep(index, tmp_path, "a" * 64)
    assert [path.name for path in tmp_path.iterdir()] == [f"{'a' * 64}-{bulk.FORM}"]
    opened = bulk.kept(tmp_path, "a" * 64)
    assert opened is not None
    asked = ["203.0.113.45", "2001:db8::1", "192.0.2.1"]
    assert pairs(opened.match_text(asked, at=DAY)) == pairs(index.match_text(asked, at=DAY))
    (tmp_path / f"{'a' * 64}-{bulk.FORM}" / "rows4.npy").write_bytes(b"damaged")
    with pytest.raises(DataError, match="damaged"):
        bulk.kept(tmp_path, "a" * 64)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        bulk.keep(index, tmp_path / "file", "b" * 64)
