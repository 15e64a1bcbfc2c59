"""Clusters of one case: order is irrelevant, hubs never join, the weakest edge is what holds, time parts an address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.attribution.case_graph import Facts, graph, stretches
from forensics.attribution.cluster import MOST_DEGREE, case_graph
from forensics.model import Action, AddressContext, CaseGraph, Context, GraphEdge, GraphNode, Role, Session

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

AT = datetime(2020, 3, 11, tzinfo=UTC)
KINDS = ("observation", "address", "device", "prefix", "as", "record", "source", "entity")


def node(name: str, kind: str = "observation", hub: str = "") -> GraphNode:
    return GraphNode(id=name, kind=kind, label=name, first=AT, last=AT, hub=hub)


def edge(one: str, other: str, low: float | None = 200.0, at: datetime | None = AT) -> GraphEdge:
    return GraphEdge(
        one=one, other=other, relation="tie", first=at, last=at, lr_low=low, lr_high=low, attested=low is None
    )


@st.composite
def graphs(draw: DrawFn) -> tuple[list[GraphNode], list[GraphEdge]]:
    names = [f"n{number}" for number in range(draw(st.integers(2, 9)))]
    nodes = [node(name, draw(st.sampled_from(KINDS)), draw(st.sampled_from(("", "", "shared")))) for name in names]
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda pair: pair[0] != pair[1])
    lows = st.sampled_from((None, 5.0, 99.9, 100.0, 5000.0))
    edges = [
        edge(one, other, draw(lows), draw(st.sampled_from((AT, AT, AT - timedelta(days=400), None))))
        for one, other in draw(st.lists(ends, max_size=16))
    ]
    return nodes, edges


@settings(max_examples=80, deadline=None)
@given(drawn=graphs(), data=st.data())
def test_the_order_of_the_input_is_irrelevant(
    drawn: tuple[list[GraphNode], list[GraphEdge]], data: st.DataObject
) -> None:
    nodes, edges = drawn
    shuffled = case_graph(data.draw(st.permutations(nodes)), data.draw(st.permutations(edges)))
    assert shuffled == case_graph(nodes, edges)


@settings(max_examples=80, deadline=None)
@given(drawn=graphs())
def test_only_edges_that_may_join_do_and_a_hub_is_in_no_cluster(
    drawn: tuple[list[GraphNode], list[GraphEdge]],
) -> None:
    found = case_graph(*drawn)
    hubs = {item.id for item in found.nodes if item.hub}
    assert {item.id for item in found.nodes if item.kind in {"prefix", "as", "source", "entity"}} <= hubs
    for cluster in found.clusters:
        assert hubs.isdisjoint(cluster.nodes)
        for item in cluster.edges:
            assert item.attested or (item.lr_low is not None and item.lr_low >= 100)
            assert item.first == AT
        assert cluster.weakest is None or all((e.lr_low or 1e9) >= (cluster.weakest.lr_low or 0) for e in cluster.edges)
    assert len({name for item in found.clusters for name in item.nodes}) == sum(len(c.nodes) for c in found.clusters)


@settings(max_examples=60, deadline=None)
@given(lows=st.lists(st.floats(100, 1e6), min_size=2, max_size=8, unique=True), data=st.data())
def test_removing_the_weakest_edge_of_a_tree_splits_it(lows: list[float], data: st.DataObject) -> None:
    nodes = [node(f"n{number}") for number in range(len(lows) + 1)]
    edges = [edge(f"n{data.draw(st.integers(0, number))}", f"n{number + 1}", low) for number, low in enumerate(lows)]
    (whole,) = case_graph(nodes, edges).clusters
    assert whole.weakest is not None
    assert whole.weakest.lr_low == min(lows)
    assert whole.splits[0].edge == whole.weakest
    assert (len(whole.splits), whole.edges_to_cut) == (len(lows), 1)
    left = case_graph(nodes, [item for item in edges if item.lr_low != min(lows)])
    parts = {item.nodes for item in left.clusters}
    assert parts == {side for side in whole.splits[0].sides if len(side) > 1}


def test_a_ring_is_split_by_no_single_edge_and_nothing_is_claimed_beyond_two_hops() -> None:
    names = [f"n{number}" for number in range(7)]
    chain = [edge(one, other) for one, other in pairwise(names)]
    (line,) = case_graph(map(node, names), chain).clusters
    assert line.not_claimed == (("n0", "n5"), ("n0", "n6"), ("n1", "n6"))
    assert line.pairs_not_claimed == 3
    (ring,) = case_graph(map(node, names), [*chain, edge("n6", "n0", 100.0)]).clusters
    assert (ring.splits, ring.edges_to_cut, ring.not_claimed) == ((), 2, ())
    assert ring.weakest is not None
    assert ring.weakest.lr_low == 100.0


def test_a_node_of_too_many_edges_becomes_a_hub() -> None:
    def star(rays: int) -> CaseGraph:
        nodes = [node("middle", "address"), *(node(f"s{number}") for number in range(rays))]
        return case_graph(nodes, [edge(f"s{number}", "middle", None) for number in range(rays)])

    assert len(star(MOST_DEGREE).clusters) == 1
    assert star(MOST_DEGREE + 1).clusters == ()


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(ValueError, match="two nodes"):
        case_graph([node("a"), node("a", "record")], [])
    with pytest.raises(ValueError, match="no such node"):
        case_graph([node("a")], [edge("a", "b")])


def session(number: int, address: str, at: datetime, device: str = "", role: Role = Role.UNEXPLAINED) -> Session:
    return Session(
        id=f"S-{number:012x}", provider="p", account="a", address=address, client="c", device=device, first=at, last=at,
        events=1, opening=Action.LOGIN, role=role, reasons=("r",),
    )  # fmt: skip


def context(address: str, at: datetime, *classes: str) -> AddressContext:
    as_of = at.date() - timedelta(days=3)
    said = Context(value="AS64497", snapshot="s-1", as_of=as_of)
    return AddressContext(
        address=address, at=at.date(), origin_as=said, as_name=Context(value="Net"), country=Context(value="QZ"),
        prefix="203.0.113.0/24", classes=classes,
    )  # fmt: skip


def test_an_address_seen_again_after_weeks_is_another_node() -> None:
    assert len(stretches([AT, AT + timedelta(days=7), AT + timedelta(days=14)])) == 1
    later = AT + timedelta(days=8)
    assert stretches([later, AT]) == [(AT, AT), (later, later)]
    found = graph(Facts(sessions=[session(1, "203.0.113.9", AT), session(2, "203.0.113.9", later)]))
    assert found.clusters == ()
    (again,) = [item for item in found.edges if "days later" in item.relation]
    assert again.why


@pytest.mark.parametrize(("address", "classes"), [("203.0.113.9", ("vpn",)), ("8.8.8.8", ()), ("100.64.0.9", ())])
def test_shared_services_join_nobody(address: str, classes: tuple[str, ...]) -> None:
    held = [session(1, address, AT), session(2, address, AT)]
    told = {(address, AT.date()): context(address, AT, *classes)}
    assert graph(Facts(sessions=held, contexts=told)).clusters == ()
    plain = [replace(item, address="203.0.113.9") for item in held]
    around = {("203.0.113.9", AT.date()): context("203.0.113.9", AT)}
    (cluster,) = graph(Facts(sessions=plain, contexts=around)).clusters
    assert cluster.nodes == ("address:203.0.113.9@2020-03-11", f"observation:{held[0].id}", f"observation:{held[1].id}")


def test_neighbours_on_one_network_and_the_owner_are_not_joined() -> None:
    held = [
        session(1, "203.0.113.9", AT),
        session(2, "203.0.113.10", AT),
        session(3, "203.0.113.9", AT, role=Role.OWNER),
    ]
    told = {(item.address or "", AT.date()): context(item.address or "", AT) for item in held}
    found = graph(Facts(sessions=held, contexts=told))
    assert found.clusters == ()
    assert {item.id for item in found.nodes if item.kind == "as"} == {"as:AS64497"}
    assert f"observation:{held[2].id}" not in {item.id for item in found.nodes}
