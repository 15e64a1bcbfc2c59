"""Sessions by column are the sessions that are grouped use by use, whatever the uses and the owner's declarations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.attribution import session_runs
from forensics.attribution.session_runs import session_batches
from forensics.attribution.session_table import table_of
from forensics.attribution.sessions import Baseline, baseline, grouped
from forensics.event_store import uses_of
from forensics.model import Action, Initiator, Kind, Owner, OwnerNetwork, Use

START = datetime(1970, 1, 1, tzinfo=UTC)
BEGIN = datetime(2020, 2, 27, tzinfo=UTC)
NETS = (
    OwnerNetwork(net="192.0.2.0/28", first=date(2020, 2, 28), last=date(2020, 3, 1), label="at home"),
    OwnerNetwork(net="2001:db8::/64"),
)
OWNERS = (
    Owner(),
    Owner(addresses=NETS),
    Owner(clean_windows=((date(2020, 2, 28), date(2020, 2, 29)),), time_zone="Asia/Baku"),
    Owner(addresses=NETS, clean_windows=((date(2020, 2, 28), date(2020, 2, 28)),), devices=("cookie:one", "curl/7.1")),
)


def network(address: str, day: date) -> str | None:
    return f"AS{64496 + len(address) % 3}" if day.day % 2 else None


@st.composite
def uses(draw: st.DrawFn) -> list[Use]:
    """Draw uses in the order of the event store."""
    made: list[Use] = []
    for number in range(draw(st.integers(0, 25))):
        moment = BEGIN + timedelta(minutes=draw(st.integers(0, 120)) * 60 + draw(st.sampled_from((0, 0, 1))))
        address = draw(st.sampled_from(("192.0.2.1", "192.0.2.99", "2001:db8::5", None)))
        end = draw(st.sampled_from((None, None, None, 0, 30, 900, 6_000)))
        made.append(
            Use(
                event_id=hashlib.sha256(str(number).encode()).hexdigest()[:32],
                time=moment,
                time_end=None if end is None else moment + timedelta(minutes=end),
                provider=draw(st.sampled_from(("google", "facebook", "linux", "sms"))),
                service="Account",
                account=draw(st.sampled_from(("", "editor"))),
                action=draw(st.sampled_from(tuple(Action))),
                action_text=draw(st.sampled_from(("", "Sign in", "بيان"))),
                kind=draw(st.sampled_from(tuple(Kind))),
                initiator=draw(st.sampled_from(tuple(Initiator))),
                address=address,
                source_port=draw(st.sampled_from((None, None, 443))),
                user_agent=draw(st.sampled_from(("", "curl/7.1", "curl/7.2", "Firefox/73.0"))),
                device=draw(st.sampled_from(("", "cookie:one", "model"))),
                exhibit="ab" * 32,
                member="",
                place=f"line:{number}",
            )
        )
    return sorted(made, key=lambda use: (use.provider, use.account, use.address or "", use.time, use.event_id))


def batch_of(held: Sequence[Use]) -> pa.RecordBatch:
    """Return uses as the event store gives them: enums as text, times as microseconds."""
    kinds = dict.fromkeys(("time", "time_end"), pa.int64()) | {"source_port": pa.uint16()}
    columns = []
    for name in Use._fields:
        values: list[Any] = [getattr(use, name) for use in held]
        if kinds.get(name) == pa.int64():
            values = [None if value is None else (value - START) // timedelta.resolution for value in values]
        columns.append(pa.array(values, type=kinds.get(name, pa.string())))
    return pa.RecordBatch.from_arrays(columns, names=list(Use._fields))


def by_column(held: Sequence[Use], known: Baseline, size: int) -> list[dict[str, Any]]:
    asked: set[tuple[str, date]] = set()

    def told(address: str, day: date) -> str | None:
        return network(address, day)

    pieces: Iterator[pa.RecordBatch] = (batch_of(held[at : at + size]) for at in range(0, len(held), size))
    found = session_batches(pieces, known, told, uses_of=uses_of, learn=asked.update)
    return [row for batch in found for row in batch.to_pylist()]


@pytest.mark.parametrize(("enough", "most"), [(1, 3), (4, 8), (100, 1_000)])
@settings(deadline=None)
@given(held=uses(), owner=st.sampled_from(OWNERS), size=st.integers(1, 7))
def test_both_ways_give_the_same_sessions(enough: int, most: int, held: list[Use], owner: Owner, size: int) -> None:
    known = baseline(owner, held, network)
    one_by_one = table_of(list(grouped(held, known, network))).to_pylist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_runs, "ENOUGH", enough)
        patch.setattr(session_runs, "MOST", most)
        found = by_column(held, known, size)
    assert sorted(found, key=lambda row: row["id"]) == sorted(one_by_one, key=lambda row: row["id"])


def test_a_long_stay_without_a_pause_is_one_session() -> None:
    first = next(iter(grouped_day()))
    assert first["events"] == 3_000


def grouped_day() -> list[dict[str, Any]]:
    held = [
        Use._make((f"{n:032d}", BEGIN + timedelta(minutes=n), None, "google", "Gmail", "editor", Action.ACTIVITY, "",
                   Kind.EVENT, Initiator.APP, "192.0.2.1", None, "curl", "", "ab" * 32, "", f"line:{n}"))
        for n in range(3_000)
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session_runs, "ENOUGH", 100)
        patch.setattr(session_runs, "MOST", 500)
        return by_column(held, baseline(Owner(), [], network), 100)
