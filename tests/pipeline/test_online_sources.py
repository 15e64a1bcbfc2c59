"""The real sources over real servers on loopback: what registries answer in the wild, from the packet to the finding."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.enrichment import loopback
from tests.enrichment.loopback import HOST, Route, Served
from tests.pipeline.test_online import FOREIGN, Desk

ASKED, OTHER = FOREIGN
RIRS = ("ripencc", "arin", "apnic", "lacnic", "afrinic")
JSON = {"Content-Type": "application/rdap+json"}
ZONES = {
    "113.0.203.in-addr.arpa": "45 PTR gate.helpdesk.example.\n45 PTR forged.helpdesk.example.\n",
    "100.51.198.in-addr.arpa": "20 PTR neighbour.example.\n",
    "example": "gate.helpdesk A 203.0.113.45\nforged.helpdesk A 203.0.113.99\n",
    "origin.asn.cymru.com": '45.113.0.203 TXT "64497 64500 | 203.0.113.0/24 | QZ | apnic | 2019-02-01"\n',
    "asn.cymru.com": 'AS64497 TXT "64497 | QZ | apnic | 2018-01-01 | SAMPLE-AS Sample Hosting, QZ"\n',
}


def network(**more: Any) -> bytes:
    """Return an RDAP network around the asked address."""
    return json.dumps(
        {
            "rdapConformance": ["rdap_level_0"],
            "objectClassName": "ip network",
            "handle": "NET-SAMPLE",
            "startAddress": "203.0.113.0",
            "endAddress": "203.0.113.255",
            "ipVersion": "v4",
            "name": "SAMPLE-NET",
            "type": "ASSIGNED PA",
            "country": "QZ",
            "events": [{"eventAction": "last changed", "eventDate": "2024-06-01T12:00:00Z"}],
            **more,
        }
    ).encode()


ENTITIES = [
    {"objectClassName": "entity", "roles": ["technical"]},  # neither handle nor vCard: ipwhois would drop all others
    {"objectClassName": "entity", "roles": ["administrative"], "handle": "NO-CARD"},
    {
        "objectClassName": "entity",
        "roles": ["registrant"],
        "handle": "ORG-SAMPLE",
        "vcardArray": ["vcard", [["fn", {}, "text", "Sample Hosting"], ["kind", {}, "text", "org"]]],
        "entities": [
            {
                "objectClassName": "entity",
                "roles": ["abuse"],
                "handle": "AB-SAMPLE",
                "vcardArray": ["vcard", [["fn", {}, "text", "Desk"], ["email", {}, "text", "abuse@hosting.example"]]],
            }
        ],
    },
]


class World:
    """Servers of every kind, and a desk whose settings know no other."""

    def __init__(self, folder: Path, rdap: Served, whois: Served, dns: int) -> None:
        """Name the servers in the settings."""
        self.rdap, self.whois = rdap, whois
        self.desk = Desk(folder, rdap.port)
        lines = ["only = true", "[rdap]", *(f'{name} = "http://{HOST}:{rdap.port}"' for name in RIRS)]
        lines += ["[whois]", *(f'{name} = "{HOST}:{whois.port}"' for name in RIRS)]
        self.desk.settings.write_text("\n".join([*lines, "[servers]", f'dns = "{HOST}:{dns}"', ""]))

    def statements(self, address: str) -> dict[str, list[str]]:
        """Return what the case says about an address, by the word of the statement."""
        lines = (self.desk.folder / "case/addresses.jsonl").read_text().splitlines()
        (row,) = (row for row in map(json.loads, lines) if row["address"] == address)
        found: dict[str, list[str]] = {}
        for item in row["said"]:
            found.setdefault(item["what"], []).append(item["value"])
        return found | {"warnings": row["warnings"]}

    def replies(self) -> list[tuple[str, str]]:
        """Return (request, status) of every sealed answer."""
        return [
            (str(subject["request"]), str(subject["status"]))
            for act, subject in self.desk.acts()
            if "status" in subject
        ]


@pytest.fixture(name="world")
def _world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    routes: Mapping[str, Route] = getattr(request, "param", {})
    with ExitStack() as stack:
        rdap = stack.enter_context(loopback.registry(routes))
        whois = stack.enter_context(loopback.whois({}))
        zones = tmp_path / "zones"
        zones.mkdir()
        dns = stack.enter_context(loopback.nsd(zones, ZONES))
        yield World(tmp_path, rdap, whois, dns)


@pytest.mark.parametrize("world", [{f"/ip/{ASKED}": (200, JSON, network(entities=ENTITIES))}], indirect=True)
def test_no_entity_is_lost_and_404_leads_to_whois(world: World) -> None:
    done = world.desk.analyze("--online", "rdap", "--yes")
    assert done.returncode == 0, done.stderr
    assert sorted(world.rdap.log) == [f"/ip/{address}" for address in sorted(FOREIGN)]
    assert [line for line in world.whois.log if OTHER in line] == world.whois.log != []
    said = world.statements(ASKED)
    assert said["address_holder"] == ["Sample Hosting"]
    assert said["abuse_contact"] == ["abuse@hosting.example"]
    assert {text.partition(":")[0] for text in said["contact"]} == {
        "technical",
        "administrative",
        "registrant",
        "abuse",
    }
    assert any("last changed on 2024-06-01, after the event" in text for text in said["warnings"])
    assert "Registries answered: address held by Sample Hosting" in " ".join(done.stdout.split())
    assert (f"/ip/{OTHER}", "not-found") in world.replies()
    assert world.desk.verified()
    asked = len(world.rdap.log) + len(world.whois.log)
    assert world.desk.run("replay", "case").returncode == 0
    assert len(world.rdap.log) + len(world.whois.log) == asked, "a replay asks nobody"


LATER = {"Retry-After": "3600", **JSON}
AWAY = {"Location": "https://elsewhere.example/ip/203.0.113.45"}


@pytest.mark.parametrize(
    ("world", "status"),
    [
        ({f"/ip/{address}": (429, LATER, b"{}") for address in FOREIGN}, "limited"),
        ({f"/ip/{address}": (302, AWAY, b"") for address in FOREIGN}, "refused"),
        ({f"/ip/{address}": (403, JSON, b"{}") for address in FOREIGN}, "refused"),
        (
            {f"/ip/{address}": (200, {"Content-Type": "text/html"}, b"<html>busy</html>") for address in FOREIGN},
            "answered",
        ),
    ],
    indirect=["world"],
)
def test_what_is_no_answer_is_kept_and_never_read_as_one(world: World, status: str) -> None:
    done = world.desk.analyze("--online", "rdap", "--yes")
    assert done.returncode in (0, 7), done.stderr
    seen = {status for request, status in world.replies() if request.startswith("/ip/")}
    assert seen == {status}
    assert world.statements(ASKED).get("address_holder") is None
    assert world.desk.verified()


def test_origins_by_dns_are_todays_and_say_so(world: World) -> None:
    done = world.desk.analyze("--online", "asn", "--yes")
    assert done.returncode == 0, done.stderr
    said = world.statements(ASKED)
    assert said["announcing_as"] == ["AS64497", "AS64500"]
    assert any("not valid for" in text or "day of asking" in text or "today" in text for text in said["warnings"])
    assert world.statements(OTHER).get("announcing_as") is None
    assert world.rdap.log == []


def test_reverse_names_need_two_words_are_confirmed_and_never_swept(world: World) -> None:
    assert world.desk.analyze("--online", "ptr", "--yes", "--pap", "GREEN").returncode == 6
    done = world.desk.analyze("--online", "ptr", "--yes", "--i-understand", "--pap", "GREEN", case="named")
    assert done.returncode == 0, done.stderr
    lines = (world.desk.folder / "named/addresses.jsonl").read_text().splitlines()
    (row,) = (row for row in map(json.loads, lines) if row["address"] == ASKED)
    names = {item["value"].rstrip("."): item["what"] for item in row["said"]}
    assert names["gate.helpdesk.example"] == "reverse_name_confirmed"
    assert names["forged.helpdesk.example"] == "reverse_name"
    asked = [str(subject["request"]) for act, subject in world.desk.acts("named") if act == "lookup.query"]
    reverse = [request for request in asked if request.startswith("PTR ")]
    assert len(reverse) == len(FOREIGN), "one for each address under suspicion"
