"""Base rates: how many addresses a country announces on a day, by AS."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from forensics.enrichment.population import population
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
    assert counted.by_as.get(64497, 0) == 7_424
    assert counted.by_as.get(64496, 0) / counted.total == pytest.approx(0.156, abs=0.001)
    assert max(counted.by_as, key=lambda asn: counted.by_as[asn]) == 64496
    assert sum(counted.by_as.values()) == counted.total
    assert list(counted.by_as) == sorted(counted.by_as)


def test_population_of_a_real_country_is_that_of_the_reference() -> None:
    counted = population(tables(), MARCH, "AZ")
    assert (counted.snapshot, counted.gap_days, counted.total, len(counted.by_as)) == (
        "loc-2022-10-29",
        956,
        661_248,
        68,
    )
    assert (counted.by_as.get(29049, 0), counted.by_as.get(39232, 0), counted.by_as.get(206977, 0)) == (
        73_216,
        61_952,
        0,
    )
    today = population(tables(), date(2026, 9, 1), "AZ")
    assert today.by_as[206977] == 7_424


def test_an_unknown_country_is_not_known_rather_than_empty() -> None:
    counted = population(tables(), MARCH, "QY")
    assert (counted.total, counted.snapshot, counted.as_of) == (0, "", None)
    for text in ("az", "AZE", "", "A1", "ÄZ"):
        with pytest.raises(UsageError, match="country code"):
            population(tables(), MARCH, text)
