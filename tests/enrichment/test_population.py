"""Base rates: how many addresses a country, an AS, a prefix announces on a day."""

from __future__ import annotations

import time
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from forensics.enrichment.population import network_size, population, prefix_size
from forensics.enrichment.snapshots import SnapshotTable, load
from forensics.errors import UsageError

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "snapshots"
MARCH = date(2020, 3, 17)


@cache
def tables() -> tuple[SnapshotTable, ...]:
    return load(SAMPLES)


def test_population_of_the_sample_country() -> None:
    counted = population(tables(), MARCH, "QZ")
    assert (counted.snapshot, counted.gap_days, counted.total) == ("sample-2019-12-01", -107, 737_920)
    assert counted.network_size(64497) == 7_424
    assert counted.network_size(64496) / counted.total == pytest.approx(0.156, abs=0.001)
    assert max(counted.by_as, key=lambda asn: counted.by_as[asn]) == 64496
    assert sum(counted.by_as.values()) == counted.total
    assert list(counted.by_as) == sorted(counted.by_as)
    reserved = prefix_size(tables(), MARCH, "240.0.0.0/4").addresses
    assert reserved - prefix_size(tables(), MARCH, "240.40.0.0/18").addresses == 737_280


def test_population_of_a_real_country_is_that_of_the_reference() -> None:
    counted = population(tables(), MARCH, "AZ")
    assert (counted.snapshot, counted.gap_days, counted.total, len(counted.by_as)) == (
        "loc-2022-10-29",
        956,
        661_248,
        68,
    )
    assert (counted.network_size(29049), counted.network_size(39232), counted.network_size(206977)) == (
        73_216,
        61_952,
        0,
    )
    today = population(tables(), date(2026, 9, 1), "AZ")
    assert today.network_size(206977) == 7_424
    assert network_size(tables(), date(2026, 9, 1), 206977).addresses == 7_424
    assert network_size(tables(), MARCH, 4_294_967_294).snapshot == ""
    assert prefix_size(tables(), date(2026, 9, 1), "85.132.24.0/24").addresses == 256
    start = time.perf_counter()
    population(tables(), MARCH, "AZ")
    assert time.perf_counter() - start < 0.3


def test_an_unknown_country_is_not_known_rather_than_empty() -> None:
    counted = population(tables(), MARCH, "QY")
    assert (counted.total, counted.snapshot, counted.as_of) == (0, "", None)
    for text in ("az", "AZE", "", "A1", "ÄZ"):
        with pytest.raises(UsageError, match="country code"):
            population(tables(), MARCH, text)
    with pytest.raises(UsageError, match="only IPv4"):
        prefix_size(tables(), MARCH, "2001:db8::/32")
