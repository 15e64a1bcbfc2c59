"""Choosing among many sets: the links of a case are those that weighing every set of every registry gives, whole."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.attribution.best_link import innermost
from forensics.attribution.rings import Member, RecordSet
from forensics.attribution.session_table import table_of
from forensics.attribution.sessions import Baseline
from forensics.enrichment import snapshots as snapshot_tables
from forensics.enrichment.context import Inquiry, contexts
from forensics.model import Action, AddressContext, Link, Owner, Record, Role, Session
from forensics.pipeline import linking
from forensics.pipeline.linking import Linked, Premises, link_all
from forensics.pipeline.registries import Registries
from forensics.pipeline.session_store import SessionStore
from forensics.registry.lookup import Index
from forensics.registry.window import classify
from tests.attribution.plain_link import plain_link
from tests.attribution.test_prepared_set import whole
from tests.registry.written import record, registry

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "snapshots"
TABLES = snapshot_tables.load(SAMPLES)
INQUIRY = Inquiry(TABLES)
DAYS = tuple(date(2019, 11, 20) + timedelta(days=step) for step in (0, 12, 110, 290, 500))
ADDRESSES = (
    *(f"203.0.113.{low}" for low in (1, 2, 200)),
    *(f"198.51.100.{low}" for low in (3, 4, 70, 130)),
    *(f"192.0.2.{low}" for low in (5, 140, 200, 201)),
    *("240.11.60.1", "240.11.61.9", "240.0.0.7", "240.40.0.9", "10.1.2.3", "::"),
    *("2001:db8:9000::1", "2001:db8:9000::2", "2001:db8:9000:0:1::1", "2001:db8:f000::5"),
)
PLACED = st.tuples(st.sampled_from(ADDRESSES), st.sampled_from(DAYS))


class Plain(linking._Linker):
    """Weighs every set for every address, and walks through all records of each."""

    def best(self, address: str, at: datetime) -> Link:
        """Return the link to the set whose innermost ring holds the address; if none does, the link that says so."""
        candidates = [self._joined(address, at, name) for name in sorted(self.sets)]
        nearest = innermost(candidates)
        if nearest is not None:
            return nearest
        unlisted = [replace(item, record="", window="", gap_days=None) for item in candidates]
        return max(
            unlisted, key=lambda item: (len(item.derivation), item.strength.lr), default=self._unlisted(address, at)
        )

    def _weighed(self, address: str, at: datetime, name: str) -> Link:
        records = self.sets[name]
        placed = contexts([(item.network, at.date()) for item in records], self.snapshots, self.as_of)
        members = []
        for one, context in zip(records, placed, strict=True):
            standing = classify(one, at.date())
            asn = int(context.origin_as.value[2:]) if context.origin_as.value else None
            members.append(Member(record=one, window=standing.window, gap_days=standing.gap_days, asn=asn))
        people = self._population(at.date(), self._country(address, at))
        held = RecordSet(id=name, members=tuple(members))
        return plain_link(self._observed(address, at), held, people, self.parameters)


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Draw the records of a registry: many sets of one, some larger ones; records without support, known and unknown times.

    They come from few addresses, classes and days, so that many sets weigh the same.
    """
    where = draw(st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=6))
    sharing = draw(
        st.lists(st.sampled_from(("dedicated", "unknown", "cgnat", "vpn", "hosting")), min_size=1, max_size=2)
    )
    days = draw(st.lists(st.sampled_from((None, *DAYS)), min_size=1, max_size=3))
    found = []
    for place in range(draw(st.integers(0, 16))):
        start, end = draw(st.sampled_from(days)), draw(st.sampled_from(days))
        if start is not None and end is not None and end <= start:
            end = None
        state = draw(st.sampled_from(("indicator",) * 4 + ("candidate", "retracted")))
        found.append(
            record(
                id=f"r-{draw(st.integers(0, 5))}-{place:02}",
                set=draw(st.sampled_from(("a", "b", *[f"s-{16 - place:02}"] * 4))),
                network=draw(st.sampled_from(where)),
                state=state,
                reason="Fictional." if state == "retracted" else "",
                sharing_class=draw(st.sampled_from(sharing)),
                valid_from=start or "unknown",
                valid_until=end or "unknown",
                observed_at=draw(st.sampled_from(([], [], [DAYS[2]]))),
            )
        )
    return found


def session(number: int, address: str, day: date, device: str) -> Session:
    at = datetime(day.year, day.month, day.day, 10, number % 60, tzinfo=UTC)
    return Session(
        id=f"{number:032x}", provider="google", account="editor", address=address, client=device or "Firefox", device=device,
        first=at, last=at, events=1, opening=Action.LOGIN, role=Role.UNEXPLAINED, reasons=("-",),
    )  # fmt: skip


def context_of(address: str, day: date) -> AddressContext:
    (found,) = INQUIRY.contexts([(address, day)])
    return found


def links(
    held: Sequence[Record], uses: Sequence[tuple[tuple[str, date], str]], linker: Any = linking._Linker
) -> Linked:
    release = registry(*held)
    known = Baseline(owner=Owner(devices=("cookie:mine",)))
    sessions = [session(number, *placed, device) for number, (placed, device) in enumerate(uses)]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set global timezone = 'UTC'")
        store = SessionStore(connection, Path(folder), [table_of(sessions)])
        found = Registries(used=(release,), index=Index([release]))
        with patch.object(linking, "_Linker", linker):
            return link_all(store, known, context_of, found, Premises(snapshots=TABLES))


def told(found: Linked) -> tuple[object, ...]:
    one = [(*whole(link), [whole(factor) for factor in link.factors]) for link in found.links]
    return one, found.words, found.records, found.listed_as, found.further, found.terms, found.on_record


USES = st.lists(st.tuples(PLACED, st.sampled_from(("", "", "cookie:one"))), min_size=1, max_size=10)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(held=records(), uses=USES, dice=st.randoms(use_true_random=False))
def test_the_links_are_those_of_weighing_every_set(held: list[Record], uses: list[Any], dice: Any) -> None:
    found = told(links(held, uses))
    assert found == told(links(held, uses, Plain))
    assert found == told(links(dice.sample(held, len(held)), uses))


WIDE = tuple(f"240.{place}.9.1" for place in range(7))
ALIKE = [
    record(id="r-2", set="a", network="203.0.113.1", valid_from=DAYS[0], valid_until=DAYS[4]),
    record(id="r-1", set="z", network="240.11.20.1", valid_from=DAYS[0], valid_until=DAYS[4]),
]
AGAINST = [
    *(record(id=f"r-{n}", set="b", network=network) for n, network in enumerate(WIDE)),
    *(
        record(id=f"q-{n}", set="z", network=f"{network}7")
        for n, network in enumerate((*WIDE, "240.8.0.1", "240.9.200.1"))
    ),
]


def test_of_sets_that_support_alike_the_first_record_decides() -> None:
    uses = [(("240.10.225.9", DAYS[2]), "")]
    found = links(ALIKE, uses)
    assert told(found) == told(links(ALIKE, uses, Plain))
    assert [link.record for link in found.links] == ["r-1"]


def test_of_sets_that_speak_against_the_one_that_does_so_least_is_told() -> None:
    uses = [(("240.2.77.9", DAYS[2]), ""), (("240.10.140.9", DAYS[1]), "")]
    found = links(AGAINST, uses)
    assert told(found) == told(links(AGAINST, uses, Plain))
    assert [(link.record, link.ring, link.derivation["set"]) for link in found.links] == [("", "origin_as", "z")] * 2
