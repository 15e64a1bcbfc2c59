"""A change in a shared store on PostgreSQL is seen by the very next request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from forensics.pipeline import serving
from forensics.registry import opening
from forensics.serve.holdings import Holdings
from forensics.serve.offered import Ledger
from tests.registry import servers
from tests.registry.written import record
from tests.serve.asking import NOW


@pytest.fixture
def shared() -> Iterator[str]:
    pytest.importorskip("psycopg", reason="needs the PostgreSQL driver")
    if servers.programs() is None:
        pytest.skip("needs PostgreSQL (Debian: postgresql)")
    with servers.postgres() as address:
        yield address


def test_a_retraction_reaches_the_next_request(shared: str, tmp_path: Path) -> None:
    store = opening.open_store(shared)
    store.append([record()])
    watch = serving._Watch([shared])
    ledger = Ledger(tmp_path / "offered.jsonl", lambda: NOW)
    held = Holdings(lambda: [opening.load(shared)], watch.state, lambda queries, _: [None] * len(queries), ledger)
    before = held.sight("CLEAR")
    assert held.sight("CLEAR") is before, "nothing is read again without a change"
    store.append([record(version=2, state="retracted", reason="a digit was wrong", recorded_at=date(2019, 7, 1))])
    after = held.sight("CLEAR")
    assert after is not before
    assert [item.state for item in after.registries[0].records][-1] == "retracted"
    watch.close()
    store.close()
