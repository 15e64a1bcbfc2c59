"""The explanation of any finding can be computed again from its document alone, by a script that knows nothing of ours."""

from __future__ import annotations

import ast
import ipaddress
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.attribution import groups, joint
from forensics.attribution.device_term import terms
from forensics.attribution.explanation import explanation, weighed
from forensics.attribution.foreign import Foreign
from forensics.attribution.group_features import terms_of
from forensics.attribution.group_terms import numbers
from forensics.attribution.group_values import Held
from forensics.attribution.link_findings import registry
from forensics.attribution.material import Material
from forensics.attribution.noted import coincidence
from forensics.attribution.parameters import default
from forensics.attribution.rings import Member, Population, RecordSet
from forensics.attribution.strength import link
from forensics.model import Coverage, Link, Record
from forensics.pipeline.judgement import finding_row
from tests import recompute_derivation as independent
from tests.attribution.held import held_values
from tests.attribution.sets import HOUSE_AS, STATE_AS, example_population, example_set, record, seen

P = default()
CLASSES = tuple(P.classes)


def document(found: Link, records: RecordSet, terms_held: tuple[groups.Term, ...] = ()) -> dict[str, Any]:
    """Return what ``findings --explain --json`` prints about a link."""
    material = Material(
        events=(),
        foreign=Foreign(),
        takeovers=(),
        contexts={},
        links=(found,),
        link_words={},
        records={item.record.id: item.record for item in records.members},
        mails=(),
        coverage=Coverage(files=0, members=()),
        baseline_exists=True,
        link_groups={found.address: groups.as_rows(terms_held)},
    )
    (finding,) = registry(material)
    row = finding_row(replace(finding, id="F-1"))
    assert weighed(row)
    whole: dict[str, Any] = json.loads(json.dumps(explanation(row, P).document))
    return whole


def wrong(told: dict[str, Any]) -> list[independent.Figure]:
    return [item for item in independent.recomputed(told) if not independent.agrees(item[1], item[2])]


def calculated(formula: str) -> float:
    """Return what a calculator makes of a printed formula."""
    typed = re.sub(r"(?<=\d),(?=\d{3})", "", formula).replace(" x ", " * ").replace("^", "**")
    assert re.fullmatch(r"[-+*/(), .\d]|(?:[-+*/(), .\de]|min|max)+", typed), typed
    return float(eval(typed, {"__builtins__": {}, "min": min, "max": max}))  # noqa: S307 - digits and operators only


def miscalculated(steps: list[dict[str, Any]]) -> list[str]:
    """Return the printed lines whose formula does not give the number behind it, to four digits of rounded inputs."""
    found = []
    for line in (line for step in steps for line in step["lines"]):
        ratio = re.fullmatch(r".*, pi0 \w+: L = (.+); if L > 1: 1 \+ (\S+) x \(L - 1\), else L = (\S+)", line)
        plain = re.fullmatch(
            r"(?:.*(?:q\(exact\)|S) = |[a-z ]+, (?:low|middle|high): LR = (?=min)|exact, [a-z ]+: "
            r"|in this ring or nearer: |sum: )?((?:[-(\d]|min).*) = (\S+)",
            line,
        )
        if ratio:
            alone, still = calculated(ratio[1]), calculated(ratio[2])
            value, told = (1 + still * (alone - 1) if alone > 1 else alone), calculated(ratio[3])
        elif plain and "pi" not in line:
            value, told = min(calculated(plain[1]), math.inf), calculated(plain[2])
            value = min(value, 1.0) if "q(exact)" in line else value
        else:
            continue
        CHECKED.append(line)
        if not math.isclose(value, told, rel_tol=5e-4, abs_tol=1e-12):
            found.append(f"{line}: {value}")
    return found


CHECKED: list[str] = []
"""Lines that were put into a calculator, so that a test can see that there were some."""


@st.composite
def record_sets(draw: st.DrawFn) -> RecordSet:
    """Draw up to twelve records: addresses and assignments in two networks, every class, every window."""
    members = []
    for number in range(draw(st.integers(1, 12))):
        network = draw(st.sampled_from(("10.0", "10.9")))
        address = f"{network}.{draw(st.integers(0, 3))}.{draw(st.integers(1, 254))}"
        window = draw(st.sampled_from(("inside", "before", "after", "unknown")))
        gap = 0 if window == "inside" else draw(st.sampled_from((1, -30, -400, -3000)))
        held = record(address, id=f"r-{number}", sharing_class=draw(st.sampled_from(CLASSES)))
        members.append(
            Member(
                record=held,
                window=window,
                gap_days=None if window == "unknown" and draw(st.booleans()) else gap,
                asn=draw(st.sampled_from((STATE_AS, STATE_AS, HOUSE_AS, None))),
                prefix=draw(st.sampled_from(("", str(ipaddress.ip_network(f"{network}.0.0/22"))))),
                assignment=draw(st.sampled_from(("", str(ipaddress.ip_network(f"{address}/28", strict=False))))),
            )
        )
    return RecordSet(id="E", members=tuple(members))


@st.composite
def populations(draw: st.DrawFn) -> Population:
    return Population(
        country="QZ",
        addresses=draw(st.integers(40_000, 5_000_000)),
        by_as={STATE_AS: draw(st.integers(3_000, 20_000)), HOUSE_AS: draw(st.integers(2_500, 9_000))},
        users=draw(st.sampled_from((None, 8_000_000, 123_457))),
        source="drawn",
    )


@settings(max_examples=120)
@given(records=record_sets(), people=populations(), data=st.data())
def test_any_derivation_is_recomputed_from_its_document(
    records: RecordSet, people: Population, data: st.DataObject
) -> None:
    recorded = [item.record.network for item in records.members]
    near = [f"{text.rpartition('.')[0]}.{data.draw(st.integers(1, 254))}" for text in recorded]
    address = data.draw(st.sampled_from([*recorded, *near, "10.0.200.1", "240.2.0.1"]))
    asn = data.draw(st.sampled_from((STATE_AS, HOUSE_AS, 64_999, None)))
    country = data.draw(st.sampled_from(("QZ", "QX")))
    sharing = data.draw(st.sampled_from(("", "vpn", "cgnat")))
    found = link(seen(address, asn=asn, country=country, sharing_class=sharing), records, people, P)
    if data.draw(st.booleans()):
        others = [link(seen(text, asn=HOUSE_AS), records, people, P) for text in ("240.3.0.1", near[0])]
        found = joint.joined(found, others, "QZ", P)
    found = replace(
        found, derivation={**found.derivation, **coincidence(3, len(recorded), found.derivation, found.ring)}
    )
    told = document(found, records)
    assert wrong(told) == []
    assert miscalculated(told["steps"]) == []
    assert [line for factor in told["factors"] for line in miscalculated(factor["steps"])] == []


@settings(max_examples=30)
@given(shown=st.sampled_from(("datr:Qx7k", "datr:Zt5w", "ig-device:0123456789")), sharing=st.sampled_from(CLASSES))
def test_other_groups_are_recomputed_too(shown: str, sharing: str) -> None:
    records = example_set(20, sharing)
    device: Record = replace(records.members[0].record, id="d-1", kind="device_id", network="datr:Qx7kAAAA")
    held = Held(devices=(shown,), records=((device, "inside"),))
    found = link(seen("10.0.0.1"), records, example_population(7_424), P)
    found, told = groups.with_groups(found, terms_of(held, terms(), numbers()), "QZ", P)
    whole = document(found, records, told)
    assert wrong(whole) == []
    assert [item["group"] for item in whole["groups"]] == list(groups.GROUPS)
    assert (whole["combined"] is None) == (shown == "ig-device:0123456789")


@settings(max_examples=60)
@given(values=held_values(), exact=st.booleans())
def test_every_group_is_recomputed_too(values: Held, *, exact: bool) -> None:
    records = example_set(20)
    found = link(seen("10.0.0.1" if exact else "10.0.0.9"), records, example_population(7_424), P)
    found, told = groups.with_groups(found, terms_of(values, terms(), numbers()), "QZ", P)
    whole = document(found, records, told)
    assert wrong(whole) == []
    assert miscalculated(whole["steps"]) == []
    weighed_groups = [item for item in whole["groups"][1:] if item["lr"] is not None]
    (step,) = (item for item in whole["steps"] if item["title"].startswith("Groups of evidence"))
    assert sum("LR = min(" in line for line in step["lines"]) == 3 * len(weighed_groups)
    for item in weighed_groups:
        assert item["source"] in step["source"]
        before = item["pi"]["mean"]
        item["pi"]["mean"] = before * 1.01
        assert wrong(whole) or item["lr"] in {item["cap"], 1.0}, "the script notices a rate that was changed"
        item["pi"]["mean"] = before


def test_the_script_notices_a_figure_that_was_changed() -> None:
    records = example_set(20, "unknown", "unknown", -400)
    told = document(link(seen("10.0.0.1"), records, example_population(7_424), P), records)
    assert wrong(told) == []
    whole = json.dumps(told)
    changes: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        (told["evaluations"][0]["results"]["dedicated"]["lr"], {"mean": 2222.0}),
        (told["strength"], {"words": "strong support"}),
        (told["strength"], {"lr_high": 9999.0}),
        (told["exact_reuse"], {"mean": 0.08}),
        (told["evaluations"][0], {"recorded": 19}),
    )
    for place, change in changes:
        before = dict(place)
        place.update(change)
        assert wrong(told), f"{change} is noticed"
        place.update(before)
    assert json.dumps(told) == whole


def test_the_script_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(independent.__file__).read_text())
    named = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert named == {"__future__", "json", "math", "sys", "collections.abc", "pathlib", "typing"}


def test_the_steps_stand_in_the_order_of_the_computation() -> None:
    records = example_set(20)
    hit, miss = (link(item, records, example_population(7_424), P) for item in (seen("10.0.0.1"), seen("240.2.0.1")))
    told = document(joint.joined(hit, [miss], "QZ", P), records)
    CHECKED.clear()
    assert miscalculated(told["steps"]) == []
    assert len(CHECKED) >= 11
    titles = [step["title"] for step in told["steps"]]
    assert titles == sorted(titles, key=titles.index)
    assert titles[0] == "What is weighed"
    assert titles[-1] == "Words from the printed scale"
    assert any(step["title"].startswith("All addresses of the same client") for step in told["steps"])
    lines = [line for step in told["steps"] for line in step["lines"]]
    assert "pi(exact) = pi0 = 0.074 (95 %: 0.027 to 0.143)" in lines
    assert "dedicated: q(exact) = 1 x 1 / 738,048 + 19 / 738,048 = 2.70985e-05" in lines
    assert any(step["source"].startswith("Verbal scale") for step in told["steps"])
    assert told["not_shown"][0].startswith("Not shown")
