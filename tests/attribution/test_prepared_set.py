"""A prepared set says of every address what walking through all records says, whatever was asked of it before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution import parameters
from forensics.attribution.parameters import SHARED_CLASSES
from forensics.attribution.prepared_set import PreparedSet
from forensics.attribution.rings import Member, ObservedAddress, Population, RecordSet
from forensics.attribution.strength import link
from forensics.model import Link
from tests.attribution.plain_link import plain_link
from tests.attribution.sets import AT, record, source

P = parameters.default()
SYSTEMS = (None, 64500, 64501, 64502, 64510)
PEOPLE = (
    Population(country="QZ", addresses=2_000_000, by_as={64500: 400_000, 64501: 9_000, 64502: 70}, source="S"),
    Population(country="QZ", addresses=900, by_as={64500: 600, 64510: 300}, users=5_000),
    Population(country="", addresses=0),
)
NETWORKS = st.one_of(
    st.integers(0, 40).map(lambda low: f"203.0.{112 + low % 3}.{low * 6}"),
    st.integers(0, 12).map(lambda low: f"2001:db8:{low % 3:x}:{low % 4:x}::{low % 2 + 1}"),
    st.sampled_from(("203.0.112.0/30", "203.0.113.0/24", "2001:db8:1::/48", "2001:db8:2:1::/72")),
)
WINDOWS = st.sampled_from((("inside", 0), ("before", 40), ("after", -90), ("unknown", -400), ("unknown", None)))


@st.composite
def members(draw: st.DrawFn, *, dated: bool) -> list[Member]:
    """Draw the records of a set; the networks around them are given in some sets only."""
    around = draw(st.sampled_from((False, False, True)))
    found = []
    for place in range(draw(st.integers(0, 14))):
        window, gap = draw(WINDOWS)
        network = draw(NETWORKS)
        facts: dict[str, Any] = {
            "id": f"r-{draw(st.integers(0, 9)) if place % 4 == 0 else place:02}",
            "kind": draw(st.sampled_from(("address", "address", "address", "domain"))),
            "sharing_class": draw(st.sampled_from(("dedicated", "unknown", *sorted(SHARED_CLASSES)))),
            "published_at": draw(st.sampled_from((None, date(2019, 5, 2), date(2020, 1, 1)))),
            "state": draw(st.sampled_from(("indicator", "indicator", "indicator", "candidate", "disputed"))),
            "sources": (source(draw(st.sampled_from(("g-1", "g-2")))),),
        }
        asn = draw(st.sampled_from(SYSTEMS))
        near: dict[str, Any] = {}
        if around and ":" not in network:
            near = {"prefix": draw(st.sampled_from(("", "203.0.112.0/23"))), "assignment": "203.0.112.0/28"}
        held = Member(record=record(network, **facts), window=window, gap_days=gap, asn=asn, **near)
        found.append(held if dated else Member(record=held.record, window="unknown", asn=asn, **near))
    return found


OBSERVED = st.builds(
    ObservedAddress,
    address=NETWORKS.map(lambda text: text.partition("/")[0]),
    at=st.integers(1, 28).map(lambda day: datetime(2020, 1, day, 12, tzinfo=UTC)),
    country=st.sampled_from(("QZ", "QX", "")),
    asn=st.sampled_from(SYSTEMS),
    sharing_class=st.sampled_from(("", "cgnat", "vpn")),
)
MANY = st.lists(st.tuples(OBSERVED, st.sampled_from(PEOPLE)), min_size=1, max_size=8)


def whole(found: Link) -> tuple[object, ...]:
    """Return a link with what equality leaves out: the order of its notes, and the templates of its sentences."""
    told = tuple((getattr(said, "template", ""), dict(getattr(said, "values", {}))) for said in found.assumptions)
    return found, tuple(found.derivation.items()), told


@given(held=members(dated=True), asked=MANY)
def test_what_is_prepared_is_what_the_definitions_say(
    held: list[Member], asked: list[tuple[ObservedAddress, Population]]
) -> None:
    records = RecordSet(id="E", members=tuple(held))
    used = PreparedSet(RecordSet(id="E", members=tuple(held)))
    for observed, people in [*asked, *reversed(asked)]:
        assert whole(link(observed, used, people, P)) == whole(plain_link(observed, records, people, P))


@given(held=members(dated=False), asked=MANY)
def test_records_placed_in_time_when_they_are_asked_for_say_the_same(
    held: list[Member], asked: list[tuple[ObservedAddress, Population]]
) -> None:
    def standing(member: Member, observed: ObservedAddress) -> Member:
        gap = (observed.at.day * 7 + len(member.record.id) + member.record.network.count("1")) % 5 * 30
        return Member(
            record=member.record,
            window="after" if gap else "inside",
            gap_days=-gap,
            asn=member.asn,
            prefix=member.prefix,
            assignment=member.assignment,
        )

    used = PreparedSet(RecordSet(id="E", members=tuple(held)), standing)
    for observed, people in [*asked, *reversed(asked)]:
        placed = RecordSet(id="E", members=tuple(standing(item, observed) for item in held))
        assert whole(link(observed, used, people, P)) == whole(plain_link(observed, placed, people, P))


def test_of_very_many_records_without_support_the_first_are_named_and_the_others_counted() -> None:
    held = [
        Member(record=record(f"203.0.113.{low}", id=f"r-{low:03}", state="candidate"), window="unknown")
        for low in range(107)
    ]
    held.append(Member(record=record("203.0.113.200", id="s"), window="inside"))
    found = link(ObservedAddress(address="203.0.113.200", at=AT), RecordSet(id="E", members=tuple(held)), PEOPLE[0], P)
    noted = str(found.derivation["records excluded"])
    assert noted.startswith("r-000 (candidate), r-001 (candidate), ")
    assert noted.endswith("r-099 (candidate), 7 more")
    assert any("r-099 (candidate), 7 more, which are in the registry." in said for said in found.assumptions)
