"""What hangs together: our walk against networkx, over drawn graphs; and that a tree needs no library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from forensics.attribution.components import components, distances, fewest_to_cut, holding, sides

NAMES = [f"n{number}" for number in range(9)]
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1]))
ROOT = Path(__file__).parents[2]


@given(pairs=PAIRS)
def test_groups_and_distances_are_those_of_networkx(pairs: list[tuple[str, str]]) -> None:
    graph = nx.Graph(pairs)
    assert components(pairs) == sorted(tuple(sorted(group)) for group in nx.connected_components(graph))
    assert distances(pairs) == dict(nx.all_pairs_shortest_path_length(graph))


@given(pairs=PAIRS)
def test_what_holds_a_group_is_what_networkx_finds(pairs: list[tuple[str, str]]) -> None:
    for group in components(pairs):
        inside = [pair for pair in pairs if pair[0] in group]
        graph = nx.Graph(inside)
        bridges = {(min(pair), max(pair)) for pair in nx.bridges(graph)}
        assert holding(inside) == bridges
        assert fewest_to_cut(inside) == nx.edge_connectivity(graph)
        for pair in bridges:
            graph.remove_edge(*pair)
            assert sides(inside, pair) == tuple(
                tuple(sorted(nx.node_connected_component(graph, name))) for name in pair
            )
            graph.add_edge(*pair)


def test_groups_apart_are_no_tree() -> None:
    assert fewest_to_cut([("a", "b"), ("c", "d")]) == 0
    assert holding([("a", "b"), ("c", "d")]) == {("a", "b"), ("c", "d")}


def test_a_tree_is_judged_without_loading_networkx() -> None:
    code = (
        "import sys\nfrom forensics.attribution.components import *\nline = [('a', 'b'), ('b', 'c')]\n"
        "assert len(holding(line)) == 2 and fewest_to_cut(line) == 1 and components(line) == [('a', 'b', 'c')]\n"
        "assert distances(line)['a']['c'] == 2 and sides(line, line[0]) == (('a',), ('b', 'c'))\n"
        "assert 'networkx' not in sys.modules\nassert fewest_to_cut([*line, ('a', 'c')]) == 2\n"
        "assert 'networkx' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
