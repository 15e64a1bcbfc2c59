"""Keys, names and client texts of a case reach their group: gathered from the tables, weighed once, computed again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forensics.attribution.explanation import explanation
from forensics.attribution.parameters import default
from forensics.enrichment.passive_dns import hosts_under
from forensics.model import Action, Event, Owner, OwnerNetwork
from forensics.pipeline import registries
from forensics.pipeline.judgement import finding_row
from tests import recompute_derivation as independent
from tests.attribution.held import FIREFOX, KEY
from tests.attribution.story import event
from tests.enrichment.test_passive_dns import snapshot
from tests.pipeline import told
from tests.pipeline.test_groups_of_evidence import RECORD, registry_with

NEAR, UNLISTED = "203.0.113.46", "198.51.100.77"
OWNER = Owner(addresses=(OwnerNetwork(net="192.0.2.14"),), clean_windows=((date(2020, 1, 1), date(2020, 1, 2)),))
MARCH, JUNE = 1_583_020_800, 1_591_833_600  # 2020-03-01, 2020-06-11
NAMES = f"""rrname,rrtype,rdata,time_first,time_last,count
vpn.state.example,A,{NEAR},{MARCH},{JUNE},7
www.state.example,A,203.0.113.99,{MARCH},{JUNE},7
old.state.example,A,203.0.113.98,{MARCH},{MARCH},7
state.example.evil.example,A,203.0.113.97,{MARCH},{JUNE},7
"""
KINDS = {"ssh_host_key": KEY, "domain": "state.example", "device_id": FIREFOX}


def evidence() -> Iterator[Event]:
    yield event("03-11 02:00", address="192.0.2.14")
    for address in (NEAR, UNLISTED):
        yield event(
            "03-11 01:00",
            address=address,
            provider="linux",
            service="ssh",
            user_agent=FIREFOX,
            device=f"ssh-key:{KEY}",
        )
    for number in range(1, 151):
        agent = FIREFOX if number <= 2 else f"Mozilla/5.0 (made up {number})"
        more = {"provider": "weblog", "service": "web", "account": ""}
        yield event("03-10 01:00", Action.REQUEST, f"198.18.0.{number}", user_agent=agent, **more)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return the findings about addresses by address, each as the row that is sealed."""
    folder = tmp_path_factory.mktemp("groups")
    made = [
        RECORD.format(kind=kind, value=value)
        .replace("SR-1-device", f"SR-1-{kind}")
        .replace('"unknown"\ngrade', '"dedicated"\ngrade')
        for kind, value in KINDS.items()
    ]
    known = registries.load((registry_with(folder, *made),))
    names = snapshot(folder, "names.csv", NAMES)
    judged = told.judged([*evidence()], OWNER, dated=True, known=known, more=(names,))
    found = (finding_row(replace(item, id="F-1")) for item in judged.findings if item.kind == "registry_link")
    return {row["facts"].get("address", ""): row for row in found}


def test_each_group_weighs_once_and_is_computed_again(rows: dict[str, dict[str, Any]]) -> None:
    whole = json.loads(json.dumps(explanation(rows[NEAR], default()).document))
    assert whole["ring"] == "neighbourhood"
    held = {item["group"]: item for item in whole["groups"]}
    assert held["server fingerprint"]["matched"]
    assert held["naming"]["matched"]
    assert "2 hosts of the recorded domains was" not in held["naming"]["why"]
    assert "2 hosts of the recorded domains were seen on that day" in held["naming"]["why"]
    assert "2 of 150 other addresses" in held["client"]["why"]
    assert held["client"]["lr"] is None, "among 150 others the text is too common to weigh"
    assert "began in these hours (UTC): 01" in held["behaviour"]["why"]
    assert whole["combined"] > whole["evaluations"][0]["middle"]
    assert all(independent.agrees(computed, said) for _, computed, said in independent.recomputed(whole))
    assert whole["strength"]["lr_network"] < whole["strength"]["lr"]
    assert whole["strength"]["words"].startswith(whole["strength"]["words_network"].split(" (")[0])


def test_an_address_on_no_record_is_told_and_not_weighed(rows: dict[str, dict[str, Any]]) -> None:
    row = rows[UNLISTED]
    assert row["strength"] is None
    assert f"{KEY}, which these sessions or their address showed, is on record as SR-1-ssh_host_key" in row["statement"]
    assert row["statement"].count("told and not weighed") == 2


def test_hosts_of_a_zone_are_counted_on_the_day(tmp_path: Path) -> None:
    names = snapshot(tmp_path, "names.csv", NAMES)
    zone = frozenset({"state.example"})
    assert hosts_under(zone, date(2020, 3, 1), (names,)) == 3
    assert hosts_under(zone, date(2020, 3, 11), (names,)) == 2
    assert hosts_under(zone, date(2020, 6, 12), (names,)) == 0
    assert hosts_under(frozenset({"example"}), date(2020, 3, 11), (names,)) == 3
    assert hosts_under(zone, date(2020, 3, 11), told.networks()) == 0
