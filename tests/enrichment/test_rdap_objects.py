"""RDAP objects: what ipwhois loses survives here; no reply makes it send; records of others are not used."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipwhois.exceptions import IPDefinedError
from ipwhois.net import Net
from ipwhois.rdap import RDAP

from forensics.enrichment import rdap_objects
from forensics.enrichment.reading import LONGEST, MOST
from forensics.enrichment.registration import Registration
from forensics.enrichment.source import Answered, ReplyStatus, Unanswered
from tests.enrichment.asking import SAMPLES, reply_to, sources

ADDRESS = "203.0.113.5"
DAY = date(2020, 3, 11)
ROOT = Path(__file__).resolve().parents[2]
RECORDED = json.loads((SAMPLES / "rdap" / "abuse-inside-registrant" / "1.json").read_text(encoding="utf-8"))


def of_ipwhois(document: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    """Parse as ipwhois does alone, with nothing to send with."""
    net = Net.__new__(Net)
    net.address_str = ADDRESS
    found: dict[str, Any] = RDAP(net).lookup(
        response=document, asn_data={"asn_registry": "ripencc"}, root_ent_check=check, retry_count=0
    )
    return found


def of_ours(document: dict[str, Any]) -> Registration:
    """Parse as we do."""
    found = rdap_objects.network(document)
    assert isinstance(found, Registration)
    return found


def entity(
    handle: str = "", *roles: str, name: str = "", mail: str = "", inner: list[Any] | None = None
) -> dict[str, Any]:
    """Return an entity with what is given."""
    card = [["version", {}, "text", "4.0"], *([["fn", {}, "text", name]] if name else [])]
    card += [["email", {}, "text", mail]] if mail else []
    made: dict[str, Any] = {"objectClassName": "entity"}
    made |= {"handle": handle} if handle else {}
    made |= {"roles": list(roles)} if roles else {}
    made |= {"vcardArray": ["vcard", card]} if name or mail else {}
    return made | ({"entities": inner} if inner else {})


def with_entities(*entities: Any) -> dict[str, Any]:
    """Return the recorded network with other entities."""
    return {**deepcopy(RECORDED), "entities": list(entities)}


ABUSE = entity("AB1-EX", "abuse", name="Abuse desk", mail="abuse@telecom.example")


def test_an_entity_without_a_handle_takes_all_others_with_it_in_ipwhois() -> None:
    document = with_entities(entity("", "technical", name="NOC", mail="noc@telecom.example"), ABUSE)
    assert of_ipwhois(document)["objects"] == {}
    found = of_ours(document)
    assert found.abuse == ("abuse@telecom.example",)
    assert found.contacts == ("technical: NOC <noc@telecom.example>", "abuse: Abuse desk <abuse@telecom.example>")


def test_an_entity_without_a_card_loses_its_roles_in_ipwhois() -> None:
    document = with_entities(entity("NO1-EX", "administrative", "technical"), ABUSE)
    assert of_ipwhois(document, check=True)["objects"]["NO1-EX"] == {}
    assert "administrative, technical: NO1-EX" in of_ours(document).contacts


def test_nested_entities_are_bare_handles_in_ipwhois() -> None:
    holder = entity("ORG-EX", "registrant", name="Example Telecom", inner=[ABUSE])
    document = with_entities(holder)
    assert list(of_ipwhois(document)["objects"]) == ["ORG-EX"]
    assert of_ours(document).abuse == ("abuse@telecom.example",)


def test_two_entities_of_one_handle_are_one_in_ipwhois() -> None:
    document = with_entities(
        entity("X1-EX", "abuse", name="Abuse desk", mail="abuse@telecom.example"),
        entity("X1-EX", "technical", name="Night shift", mail="night@telecom.example"),
    )
    assert of_ipwhois(document)["objects"]["X1-EX"]["contact"]["name"] == "Night shift"
    found = of_ours(document)
    assert found.abuse == ("abuse@telecom.example",)
    assert "technical: Night shift <night@telecom.example>" in found.contacts


def test_ipwhois_refuses_documentation_space_and_wants_a_resolver_unless_left_uninitialised() -> None:
    with pytest.raises(IPDefinedError):
        Net(ADDRESS)
    assert of_ours(deepcopy(RECORDED)).first == "203.0.113.0"


def test_roles_none_and_cards_of_wrong_types_lose_nothing_else() -> None:
    broken = [
        {"handle": "N1", "roles": None, "vcardArray": ["vcard", [["fn", {}, "text", None], ["email"], "x", 7]]},
        {"handle": 5, "roles": "technical", "vcardArray": "vcard"},
        {"handle": "N2", "vcardArray": ["vcard", [["email", {}, "text", ["a@telecom.example", "b@telecom.example"]]]]},
        "no entity",
        None,
    ]
    found = of_ours(with_entities(*broken, ABUSE))
    assert found.abuse == ("abuse@telecom.example",)
    assert found.contacts[:2] == ("no role: N1", "technical: 5")
    assert "no role: N2 <a@telecom.example; b@telecom.example>" in found.contacts


def test_the_registrant_is_an_organisation_and_no_maintainer() -> None:
    maintainer = entity("TELECOM-MNT", "registrant", name="TELECOM-MNT")
    holder = entity("ORG-EX", "registrant", name="Example Telecom")
    holder["vcardArray"][1].append(["kind", {}, "text", "org"])
    assert of_ours(with_entities(maintainer, holder)).holder == "Example Telecom"
    assert of_ours(with_entities(maintainer)).holder == ""
    titled = entity("P1", "registrant", name="The holder")
    titled["vcardArray"][1].append(["org", {"type": "work"}, "text", ["Example Telecom", "DSL"]])
    assert of_ours(with_entities(titled)).holder == "Example Telecom; DSL"


def test_no_reply_can_make_reading_send_or_ask_for_the_resolver() -> None:
    """In a process of its own, where any socket and any look at the resolver's settings is an error."""
    program = """
import sys
from pathlib import Path
def watch(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname" or event == "open" and "resolv.conf" in str(arguments[0]):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(watch)
from tests.enrichment.asking import SAMPLES, plain, replayed, sources
for folder in sorted(SAMPLES.glob("rdap/*")):
    plain(replayed(sources()["rdap"], folder)[0])
print("silent")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("silent\n", 0), done.stderr + done.stdout


def answer_to(document: Any, day: date | None = DAY, address: str = ADDRESS) -> Answered | Unanswered:
    """Read a document through the source."""
    source = sources()["rdap"]
    (query,) = source.queries(address, day)
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return source.read(address, day, [reply_to(query, body)])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"objectClassName": "domain"}, "no RDAP network"),
        ({"objectClassName": None}, "no RDAP network"),
        ({"startAddress": None}, "no range"),
        ({"startAddress": "203.0.113.9", "endAddress": "203.0.113.1"}, "no range"),
        ({"startAddress": "2001:db8::", "endAddress": "203.0.113.255"}, "no range"),
        ({"startAddress": "203.0.113.6"}, "does not hold the address"),
        ({"startAddress": "200.0.0.0", "endAddress": "255.255.255.255"}, "a block of a registry"),
        ({"name": "NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK"}, "another registry keeps the record"),
        ({"type": "Early Registrations, Transferred to RIPE NCC"}, "another registry keeps the record"),
        ({"type": "Allocated to APNIC"}, "another registry keeps the record"),
    ],
)
def test_a_record_of_another_range_or_registry_is_never_used(change: dict[str, Any], reason: str) -> None:
    answer = answer_to({**RECORDED, **change})
    assert isinstance(answer, Unanswered)
    assert reason in answer.reason


def test_padded_octets_are_decimal() -> None:
    found = answer_to({**RECORDED, "startAddress": "203.000.113.000", "endAddress": "203.000.113.255"})
    assert isinstance(found, Answered)
    assert (found.first, found.last) == ("203.0.113.0", "203.0.113.255")


@pytest.mark.parametrize(
    ("registered", "changed", "warning"),
    [
        ("2015-01-25T08:00:00Z", "2020-03-11T23:59:59Z", ""),
        (
            "2015-01-25T08:00:00Z",
            "2020-03-11T23:30:00-05:00",
            "was last changed on 2020-03-12, after the event of 2020-03-11",
        ),
        ("2015-01-25T08:00:00Z", "2020-03-12T03:30:00+04:00", ""),
        ("2020-03-12T00:00:00Z", "2020-03-12T00:00:00Z", "was registered on 2020-03-12, after the event of 2020-03-11"),
        ("2015-01-25T08:00:00Z", "yesterday", "does not say when it was last changed"),
    ],
)
def test_what_changed_after_the_event_is_a_warning(registered: str, changed: str, warning: str) -> None:
    events = [
        {"eventAction": "registration", "eventDate": registered},
        {"eventAction": "last changed", "eventDate": changed},
    ]
    found = answer_to({**RECORDED, "events": events, "notices": []})
    assert isinstance(found, Answered)
    assert [text for text in found.warnings if "record" in text] == ([text] if (text := _one(found, warning)) else [])


def _one(found: Answered, warning: str) -> str:
    """Return the warning that holds the words."""
    return next(text for text in found.warnings if warning in text) if warning else ""


@pytest.mark.parametrize(
    ("title", "told"),
    [("Filtered", True), ("object truncated due to authorization", True), ("Copyright Notice", False)],
)
def test_what_the_registry_leaves_out_is_a_warning(title: str, told: bool) -> None:  # noqa: FBT001 - a table cell
    found = answer_to({**RECORDED, "notices": [{"title": title}]})
    assert isinstance(found, Answered)
    assert any("left something out" in text for text in found.warnings) is told


def test_redaction_and_missing_conformance_are_warnings() -> None:
    found = answer_to({**RECORDED, "redacted": [{"name": {"type": "Registrant Name"}}], "rdapConformance": []})
    assert isinstance(found, Answered)
    assert any("redacted fields" in text for text in found.warnings)
    assert any("does not claim to be RDAP" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("kind", "first", "last", "leaf"),
    [
        ("ASSIGNED PA", "203.0.112.0", "203.0.115.255", True),
        ("ALLOCATED-ASSIGNED PA", "203.0.112.0", "203.0.115.255", True),
        ("ASSIGNED NON-PORTABLE", "203.0.113.0", "203.0.113.127", True),
        ("REASSIGNMENT", "203.0.112.0", "203.0.115.255", True),
        ("ALLOCATED PA", "203.0.112.0", "203.0.115.255", False),
        ("ALLOCATED PA", "203.0.113.0", "203.0.113.255", False),  # registries allocate /24s: customers may be inside
        ("LEGACY", "203.0.113.0", "203.0.113.255", False),
        ("DIRECT ALLOCATION", "203.0.113.0", "203.0.113.255", False),
        ("", "203.0.113.0", "203.0.113.255", True),
        ("", "203.0.112.0", "203.0.113.255", False),
    ],
)
def test_only_an_assigned_or_small_range_serves_its_neighbours(kind: str, first: str, last: str, leaf: bool) -> None:  # noqa: FBT001 - a table cell
    found = answer_to({**RECORDED, "type": kind, "startAddress": first, "endAddress": last})
    assert isinstance(found, Answered)
    assert found.leaf is leaf


@pytest.mark.parametrize(
    "body",
    [
        b"<html>busy</html>",
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"1" * 6000 + b"}",
    ],
)
def test_what_is_no_json_object_is_no_answer(body: bytes) -> None:
    found = answer_to(body)
    assert isinstance(found, Unanswered)
    assert found.status is ReplyStatus.FAILED


def test_floods_of_entities_and_long_texts_are_bounded_and_said() -> None:
    many = [entity(f"E{number}", "technical", name=f"{number} {chr(120) * 1000}") for number in range(2000)]
    found = answer_to(with_entities(ABUSE, *many))
    assert isinstance(found, Answered)
    assert len(found.statements) == MOST
    assert any("1,701 entities of the reply were not read" in text for text in found.warnings)
    assert any("further statements are left to the raw reply" in text for text in found.warnings)
    assert max(len(statement.value) for statement in found.statements) < LONGEST + 60
    assert [row.value for row in found.statements if row.what == "abuse_contact"] == ["abuse@telecom.example"]


NAMES = st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=8)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.builds(lambda name: [name], NAMES), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=12
    )
)
def test_no_entity_of_any_depth_is_lost(tree: Any) -> None:
    """However entities are nested, each name comes out."""
    names: list[str] = []

    def grow(branch: Any) -> dict[str, Any]:
        if isinstance(branch[0], str):
            names.append(branch[0].strip())
            return entity("", "technical", name=branch[0])
        return entity("", inner=[grow(item) for item in branch])

    found = of_ours(with_entities(grow(tree)))
    for name in names:
        assert any(name in contact for contact in found.contacts)
