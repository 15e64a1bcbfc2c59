"""The time zone of a Facebook account: found by its value, told to its own export and to no other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from forensics.ingest.companions import Companions
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Stated
from forensics.ingest.formats import facebook_zone
from tests.ingest.reading import claimants, evidence_of, read_bytes

PATH = "logged_information/location/timezone"


def record(value: str, label: str = "Zeitzone") -> bytes:
    return json.dumps({"label_values": [{"label": label, "value": value}], "fbid": "1"}).encode()


def page(*values: str) -> bytes:
    rows = "".join(f'<tr><td class="_a6_q">x</td><td class="_a6_r">{value}</td></tr>' for value in values)
    return f'<html><head></head><body><section class="_a6-g"><table>{rows}</table></section></body></html>'.encode()


@pytest.mark.parametrize(
    "value", ["Asia/Baku", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "UTC", "Etc/GMT+4"]
)
def test_every_zone_name_is_stated_from_both_forms(value: str) -> None:
    for data, suffix in ((record(value), "json"), (page(value), "html")):
        evidence = evidence_of(data, f"facebook-a/{PATH}.{suffix}")
        assert list(facebook_zone.states(evidence)) == [Stated(name="facebook.zone", value=value, levels=2)]
        assert claimants(data, "renamed.bin") == ("facebook_zone",)


@pytest.mark.parametrize("values", [("Asia/Nowhere",), ("Cuba",), ("Asia/Baku", "Europe/Berlin"), ("a/b",)])
def test_what_is_no_zone_or_two_zones_is_not_stated(values: tuple[str, ...]) -> None:
    assert list(facebook_zone.states(evidence_of(page(*values), f"facebook-a/{PATH}.html"))) == []


def test_a_loose_file_tells_nobody() -> None:
    assert list(facebook_zone.states(evidence_of(page("Asia/Baku"), "timezone.html"))) == []
    inside = replace(
        evidence_of(page("Asia/Baku"), "x"), name=f"{PATH}.html", member=f"{PATH}.html", container="facebook-a.zip"
    )
    assert [stated.levels for stated in facebook_zone.states(inside)] == [2]


def test_the_zone_holds_for_its_own_export_only() -> None:
    companions = Companions()
    source = evidence_of(page("Asia/Baku"), f"facebook-a/{PATH}.html")
    for stated in facebook_zone.states(source):
        companions.learn(source, stated)
    names = ("facebook-a/security_and_login_information/account_activity.html", "facebook-b/x/account_activity.html")
    own, other = (companions.tell(evidence_of(b"", name)) for name in names)
    assert own.told["facebook.zone"].value == "Asia/Baku"
    assert "facebook.zone" not in other.told


STAMP = "facebook-editor.example-2026-05-14"
PAGE = "security_and_login_information/account_activity.html"


def placed(name: str) -> Evidence:
    """``a.zip!member`` is a member of an archive, anything else a loose file."""
    container, _, member = name.rpartition("!")
    return replace(evidence_of(page("Asia/Baku"), member), member=member if container else "", container=container)


@pytest.mark.parametrize(
    ("source", "other"),
    [
        (f"{STAMP}-a1b2c3d4.zip!{PATH}.html", f"{STAMP}-9f8e7d6c.zip!{PAGE}"),
        (f"{STAMP}-a1b2c3d4-1.zip!{PATH}.html", f"{STAMP}-a1b2c3d4-2.zip!{PAGE}"),
        (f"{STAMP}-a1b2c3d4.zip!{STAMP}-a1b2c3d4/{PATH}.html", f"{STAMP}-9f8e7d6c/{PAGE}"),
        (f"case/{STAMP}-a1b2c3d4/{STAMP}-a1b2c3d4/{PATH}.html", f"case/{STAMP}-9f8e7d6c (1)/{PAGE}"),
        (
            f"takeout-20240501T101500Z-001 (1).zip!Takeout/{PATH}.html",
            f"takeout-20240501T101500Z-002.zip!Takeout/{PAGE}",
        ),
    ],
)
def test_it_holds_for_the_other_parts_of_its_export(source: str, other: str) -> None:
    assert _told(source, other) == "Asia/Baku"


@pytest.mark.parametrize(
    ("source", "other"),
    [
        (f"data.zip!{PATH}.html", f"data (1).zip!{PAGE}"),
        (f"person-1/{PATH}.html", f"person-2/{PAGE}"),
        (f"part1/{PATH}.html", f"part2/{PAGE}"),
        (f"{STAMP}-a1b2c3d4.zip!{PATH}.html", f"facebook-other.example-2026-05-14-a1b2c3d4.zip!{PAGE}"),
    ],
)
def test_names_that_two_people_can_have_are_no_parts(source: str, other: str) -> None:
    assert _told(source, other) == ""


def _told(source: str, other: str) -> str:
    companions = Companions()
    for stated in facebook_zone.states(placed(source)):
        companions.learn(placed(source), stated)
    told = companions.tell(placed(other)).told.get("facebook.zone")
    return told.value if told else ""


def test_it_is_inventory_and_no_whereabouts() -> None:
    _, sink = read_bytes(record("Asia/Baku"), f"facebook-a/{PATH}.json")
    row = sink.rows[0]
    assert (row["kind"], row["time"], row["stated_place"]) == ("inventory", None, "")
    assert json.loads(row["detail"])["time_zone"] == "Asia/Baku"


def _heard(*members: tuple[str, str, str, int], by: str, exhibit: str = "") -> str:
    """Let members (exhibit, name, value, levels) speak; return what the member ``by`` of an exhibit hears."""
    companions = Companions()
    for number, name, value, levels in members:
        companions.learn(replace(placed(name), exhibit=number), Stated(name="x", value=value, levels=levels))
    told = companions.tell(replace(placed(by), exhibit=exhibit)).told.get("x")
    return told.value if told else ""


def test_archives_of_one_name_are_told_apart_by_their_bytes() -> None:
    said = ("1", "data.zip!json/account.json", "editor", 0)
    assert _heard(said, by="data.zip!json/account_history.json", exhibit="1") == "editor"
    assert _heard(said, by="data.zip!json/account_history.json", exhibit="2") == ""


def test_a_file_in_no_folder_speaks_for_no_folder_and_no_archive() -> None:
    said = ("1", "account.js", "7", 0)
    assert _heard(said, by="device-token.js") == "7"
    assert _heard(said, by="archive/data/device-token.js") == ""
    assert _heard(said, by="archive.zip!data/device-token.js") == ""


def test_a_file_can_speak_for_itself_only() -> None:
    said = ("1", "received/user_data.json", "editor", -1)
    assert _heard(said, by="received/user_data.json", exhibit="1") == "editor"
    assert _heard(said, by="received/user_data.json", exhibit="2") == ""
    assert _heard(said, by="received/user_data (1).json") == ""
