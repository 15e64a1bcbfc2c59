"""What other platforms are told: nothing that is not known, no accusation as ours, and every withdrawal."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from forensics.errors import DataError, UsageError
from forensics.model import Record
from forensics.registry import files
from forensics.serve import feed, stix
from forensics.serve.offered import Collection, Ledger, collection_of, text_of
from forensics.serve.sight import key_of, sight_of
from tests.pipeline.march import ROOT
from tests.registry.written import record, registry
from tests.serve.asking import NOW, Inside, run

KINDS = {
    "address": "203.0.113.45", "prefix": "2001:db8::/48", "range": "203.0.113.1-203.0.113.6", "asn": "AS64497",
    "domain": "a.example", "url": "https://e.example/'x\\", "email": "a@b.example", "tls_certificate": "a" * 64,
    "mail_helo": "h.example", "device_id": "DEV 1", "md5": "b" * 32, "sha1": "c" * 40, "sha256": "d" * 64,
}  # fmt: skip
SAID = {"entity": "Sample Ministry (fictional)", "statement": "It was theirs.", "source": "s-1", "grade": "B2"}
TWO = {"recorded_by": "A curator", "confirmed_by": "A reviewer"}


def told(*versions: Record) -> list[dict[str, Any]]:
    """Return the objects of the versions of one record, flat."""
    return [item for new in stix.objects_of(versions, "tests", "CLEAR") for item in new]


def history(*changes: dict[str, Any]) -> list[Record]:
    """Return versions of one record, a day apart."""
    day = date(2019, 6, 1)
    return [
        record(**{"recorded_at": day + timedelta(days=n), "version": n + 1, **one}) for n, one in enumerate(changes)
    ]


@pytest.mark.parametrize(("kind", "network"), KINDS.items())
def test_an_unknown_period_makes_no_indicator(kind: str, network: str) -> None:
    without = told(record(kind=kind, network=network))
    assert not [item for item in without if item["type"] == "indicator" or "valid_from" in item or "first_seen" in item]
    known = told(record(kind=kind, network=network, valid_from=date(2019, 1, 1)))
    patterns = [item["pattern"] for item in known if item["type"] == "indicator"]
    assert bool(patterns) == (kind not in ("mail_helo", "device_id"))
    assert {item["id"].partition("--")[2] for item in known if item["type"] in ("infrastructure", "note")} == {
        key_of("r-1")
    }


@pytest.mark.parametrize("state", ["observed", "candidate", "disputed", "retracted"])
def test_only_a_reviewed_record_makes_an_indicator(state: str) -> None:
    found = told(record(state=state, reason="Why.", valid_from=date(2019, 1, 1)))
    assert [item["type"] for item in found if item["type"] == "indicator"] == []
    assert found[0].get("revoked", False) == (state == "retracted")


def test_patterns_cannot_be_broken_out_of() -> None:
    (found,) = [item for item in told(record(kind="url", network=KINDS["url"], valid_from=date(2019, 1, 1)))
                if item["type"] == "indicator"]  # fmt: skip
    assert found["pattern"] == r"[url:value = 'https://e.example/\'x\\']"
    block = told(record(kind="range", network=KINDS["range"], valid_from=date(2019, 1, 1)))
    assert "ipv4-addr:value ISSUBSET '203.0.113.2/31' OR" in next(
        item["pattern"] for item in block if "pattern" in item
    )


def test_statements_about_an_entity_are_quoted_and_never_attributed() -> None:
    found = told(record(link_b=[SAID], entity=SAID["entity"], **TWO))
    assert {item["type"] for item in found} == {"infrastructure", "ipv4-addr", "relationship", "note"}
    assert {item["relationship_type"] for item in found if "relationship_type" in item} == {"consists-of"}
    (note,) = [item for item in found if item["type"] == "note"]
    assert "quoted, not computed" in note["abstract"]
    assert "Example Lab (fictional) (B2) states about Sample Ministry" in note["content"]
    assert [item for item in found if "Ministry" in json.dumps(item)] == [note]


def test_what_is_withdrawn_is_revoked_and_what_is_said_again_is_new() -> None:
    since = {"valid_from": date(2019, 1, 1)}
    states = ["indicator", "disputed", "indicator", "retracted"]
    found = told(*history(*({**since, "state": state, "reason": "Why."} for state in states)))
    indicators = [(item["id"], item.get("revoked", False)) for item in found if item["type"] == "indicator"]
    first, again = indicators[0][0], indicators[2][0]
    assert indicators == [(first, False), (first, True), (again, False), (again, True)]
    assert first != again
    main = [item for item in found if item["type"] == "infrastructure"]
    assert [item.get("revoked", False) for item in main] == [False, False, False, True]
    assert {item["created"] for item in main} == {"2019-06-01T00:00:00.000Z"}
    assert [item["modified"] for item in main] == sorted({item["modified"] for item in main})
    assert "Reason: Why." in main[-1]["description"]


def test_versions_of_one_day_follow_each_other() -> None:
    same = {"recorded_at": date(2019, 6, 1)}
    found = told(*history({**same, "role": "a"}, {**same, "role": "b"}, {**same, "role": "b"}))
    modified = [item["modified"] for item in found if item["type"] == "infrastructure"]
    assert modified == ["2019-06-01T00:00:00.000Z", "2019-06-01T00:00:00.001Z", "2019-06-01T00:00:00.002Z"]


def collection(folder: Path, now: datetime, *records: Record) -> Collection:
    """Return the collection CLEAR of some records, its ledger in a folder."""
    return collection_of(sight_of([registry(*records)], "CLEAR"), Ledger(folder / "ledger", lambda: now))


def test_who_resumes_misses_nothing_even_when_old_records_come_later(tmp_path: Path) -> None:
    """By the clock standing still, by a record older than all, and after the server was started anew."""
    new = record(id="r-new", recorded_at=date(2025, 1, 1))
    before = collection(tmp_path, NOW, new)
    last = before.objects[-1].at
    old = record(id="r-old", network="203.0.113.46", recorded_at=date(2001, 1, 1))
    after = collection(tmp_path, NOW - timedelta(days=9), new, old)
    assert after.objects[: len(before.objects)] == before.objects
    assert {one.value.get("name", one.value.get("value")) for one in after.after(last)} == {"203.0.113.46", None}
    times = [one.at for one in after.objects]
    assert times == sorted(set(times))
    ended = (
        replace(old, superseded_at=date(2026, 1, 1)),
        replace(old, version=2, recorded_at=date(2026, 1, 1), role="other"),
    )
    later = collection(tmp_path, NOW, new, *ended)
    assert later.objects[: len(after.objects)] == after.objects, "that a version has a successor is no news of its own"
    assert [one.value["description"][:5] for one in later.objects[len(after.objects) :]] == ["other"]
    (tmp_path / "ledger").write_text("{")
    with pytest.raises(DataError, match="ledger"):
        collection(tmp_path, NOW, new)


OBJECTS = "/taxii2/registry/collections/tlp-clear/objects/"


def test_taxii_versions_and_filters(tmp_path: Path) -> None:
    first, second = history({"role": "a"}, {"role": "b"})
    inside = Inside([registry(replace(first, superseded_at=second.recorded_at), second)], tmp_path)
    main = f"infrastructure--{key_of('r-1')}"

    def versions(query: str) -> list[str]:
        reply = inside.ask("GET", f"{OBJECTS}?match[id]={main}&{query}")
        assert reply.status == 200, reply.body
        assert reply.headers["content-type"] == "application/taxii+json;version=2.1"
        return [item["description"][0] for item in reply.json().get("objects", [])]

    assert versions("match[version]=last") == versions("limit=9") == ["b"]
    assert versions("match[version]=first") == ["a"]
    assert versions("match[version]=all") == versions("match[version]=first,last") == ["a", "b"]
    assert versions("match[version]=2019-06-01T00:00:00.000Z") == ["a"]
    assert versions("match[spec_version]=2.0") == versions("match[type]=note") == []
    assert versions("match[spec_version]=2.0,2.1") == ["b"]
    listed = inside.ask("GET", f"{OBJECTS}{main}/versions/").json()["versions"]
    assert listed == ["2019-06-01T00:00:00.000Z", "2019-06-02T00:00:00.001Z"]
    empty = inside.ask("GET", f"{OBJECTS}?added_after=2999-01-01T00:00:00Z")
    assert (empty.json(), "x-taxii-date-added-last" in empty.headers) == ({}, False)
    page = inside.ask("GET", f"{OBJECTS}?limit=2")
    assert (page.json()["more"], len(page.json()["objects"])) == (True, 2)
    rest = inside.ask("GET", f"{OBJECTS}?limit=2&next={page.json()['next']}")
    resumed = inside.ask("GET", f"{OBJECTS}?limit=2&added_after={page.headers['x-taxii-date-added-last']}")
    assert rest == resumed
    assert rest.headers["x-taxii-date-added-first"] > page.headers["x-taxii-date-added-last"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", OBJECTS, {}, 403),
        ("DELETE", f"{OBJECTS}x/", {}, 403),
        ("POST", "/taxii2/", {}, 405),
        ("PUT", OBJECTS, {}, 405),
        ("GET", OBJECTS, {"accept": "text/html"}, 406),
        ("GET", OBJECTS, {"accept": "application/taxii+json;version=2.0"}, 406),
        ("GET", OBJECTS, {"accept": 'text/html, application/taxii+json; version="2.1"'}, 200),
        ("GET", OBJECTS, {"accept": "*/*"}, 200),
        ("GET", f"{OBJECTS}?limit=0", {}, 400),
        ("GET", f"{OBJECTS}?limit=²", {}, 400),
        ("GET", f"{OBJECTS}?next=x", {}, 400),
        ("GET", f"{OBJECTS}?next=99999999999999999", {}, 200),
        ("GET", f"{OBJECTS}?added_after=yesterday", {}, 400),
        ("GET", f"{OBJECTS}?added_after=2019-02-30T00:00:00Z", {}, 400),
        ("GET", f"{OBJECTS}?match[typ]=note", {}, 400),
        ("GET", f"{OBJECTS}?match[type]=", {}, 400),
        ("GET", f"{OBJECTS}?limit=1&limit=2", {}, 400),
        ("GET", f"{OBJECTS}x/", {}, 404),
        ("GET", f"{OBJECTS}x/versions/", {}, 404),
        ("GET", "/taxii2/registry/status/x/", {}, 404),
        ("GET", "/taxii2/registry/collections/tlp-red/", {}, 404),
        ("GET", "/taxii2", {}, 404),
    ],
)
def test_taxii_refusals(tmp_path: Path, method: str, path: str, headers: dict[str, str], status: int) -> None:
    reply = Inside([registry(record())], tmp_path).ask(method, path, **headers)
    assert reply.status == status, reply.body
    assert reply.headers["content-type"] == "application/taxii+json;version=2.1"
    assert status == 200 or reply.json()["http_status"] == str(status)


@given(st.text(max_size=60))
def test_no_parameter_is_a_defect(text: str) -> None:
    from tempfile import TemporaryDirectory
    from urllib.parse import quote

    with TemporaryDirectory() as folder:
        inside = Inside([registry(record())], Path(folder))
        for name in ("limit", "next", "added_after", "match[version]", "match[id]"):
            assert inside.ask("GET", f"{OBJECTS}?{name}={quote(text)}").status in (200, 400)


def test_a_feed_is_the_same_twice_and_says_what_it_is(tmp_path: Path) -> None:
    held = [files.published(), registry(record(network="203.0.113.45", sharing_class="dedicated", role="=1+1"),
                                        record(id="r-2", network="203.0.113.46", sharing_class="vpn"),
                                        record(id="r-3", network="203.0.113.47", state="retracted", reason="Wrong."),
                                        record(id="r-4", network="203.0.113.48", tlp="RED"))]  # fmt: skip
    index = feed.write(held, "CLEAR", tmp_path / "a")
    assert feed.write(held, "CLEAR", tmp_path / "a") == feed.write(held, "CLEAR", tmp_path / "b") == index
    Draft202012Validator(json.loads((ROOT / "docs/schemas/registry_feed.json").read_text())).validate(index)
    names = {str(path.relative_to(tmp_path / "a")) for path in (tmp_path / "a").rglob("*") if path.is_file()}
    assert names == {item["name"] for item in index["files"]} | {"feed.json"}
    for item in index["files"]:
        data = (tmp_path / "a" / item["name"]).read_bytes()
        assert data == (tmp_path / "b" / item["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (item["bytes"], item["sha256"])
    assert index["records"] == 13 + 3
    listed = (tmp_path / "a/list.txt").read_text()
    assert [name in listed for name in ("203.0.113.45", ".46", ".47", ".48")] == [True, True, False, False]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a/records.csv").read_text())))
    assert [(row["state"], row["valid_from"]) for row in rows if row["id"] == "r-3"] == [("retracted", "")]
    assert [row["role"] for row in rows if row["id"] == "r-1"] == ["'=1+1"]
    manifest = json.loads((tmp_path / "a/misp/manifest.json").read_text())
    events = {name: json.loads((tmp_path / f"a/misp/{name}.json").read_text())["Event"] for name in manifest}
    attributes = {item["value"]: item for event in events.values() for item in event["Attribute"]}
    alarms = [attributes[f"203.0.113.{n}"]["to_ids"] for n in (45, 46, 47)]
    assert (alarms, attributes["203.0.113.47"]["deleted"]) == ([True, False, False], True)
    assert not [item for item in attributes.values() if "first_seen" in item]


def test_a_feed_does_not_overwrite_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        feed.write([registry(record())], "CLEAR", tmp_path)
    done = run(tmp_path, "registry", "feed", "--out", "feed", "--tlp", "GREEN")
    assert (done.returncode, "13 records up to TLP:GREEN" in done.stdout) == (0, True), done.stderr
    assert run(tmp_path, "registry", "feed", "--out", "feed", "--tlp", "WHITE").returncode == 2


def test_times_are_written_as_taxii_wants_them() -> None:
    assert text_of(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == "2026-01-02T03:04:05.000006Z"
