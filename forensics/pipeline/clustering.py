"""The graph of a case: what its report shows as hanging together. No packet leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.attribution.case_graph import Facts, days, graph
from forensics.pipeline.judgement import Enricher

if TYPE_CHECKING:
    from forensics.model import CaseGraph
    from forensics.pipeline.judgement import Inputs, Judgement


def graph_of(judged: Judgement, inputs: Inputs) -> CaseGraph:
    """Return the graph of the sessions that a report shows, with what was known of each address on its day."""
    enricher = Enricher(inputs)
    pairs = days(judged.sessions)
    enricher.learn(pairs)
    return graph(
        Facts(
            sessions=judged.sessions,
            links=judged.links,
            records=judged.records,
            contexts={pair: enricher.context(*pair) for pair in pairs},
            snapshots=judged.snapshots,
        )
    )
