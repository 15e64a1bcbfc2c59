"""A TAXII collection taken into a file: plan and consent first, paging in every form, nothing written when it goes wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from forensics import cli
from forensics.errors import DataError, NetworkError, PolicyError, StorageError, UsageError
from forensics.pipeline import collecting, pulling
from forensics.registry import opening
from tests.enrichment import loopback

PATH = "/api/collections/0aa1/objects/"
MEDIA = {"Content-Type": collecting.MEDIA}
OBJECTS = [
    {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-00000000000{number}",
        "created": "2024-03-01T10:00:00.000Z",
        "modified": "2024-03-01T10:00:00.000Z",
        "valid_from": "2024-03-01T10:00:00Z",
        "pattern_type": "stix",
        "pattern": f"[domain-name:value = 'login-{number}.example']",
    }
    for number in range(4)
]


def page(*objects: Any, **more: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, MEDIA, json.dumps({"objects": objects, **more}).encode()


def taken(served: loopback.Served, out: Path, **changes: Any) -> Mapping[str, Any]:
    wish: dict[str, Any] = {
        "url": f"http://127.0.0.1:{served.port}/api/collections/0aa1/",
        "out": out,
        "consent": lambda _: "test",
        **changes,
    }
    return collecting.collect(collecting.Wish(**wish))


def test_nothing_is_sent_without_consent(tmp_path: Path) -> None:
    with loopback.registry({PATH: page(*OBJECTS)}) as served:
        with pytest.raises(PolicyError, match="nothing was sent"):
            taken(served, tmp_path / "c.json", consent=pulling.nobody_agrees)
        assert served.log == []
        url = f"http://127.0.0.1:{served.port}/api/collections/0aa1/"
        assert cli.run(["registry", "collect", url, "--out", str(tmp_path / "c.json")]) == 6
        assert served.log == []
    assert list(tmp_path.iterdir()) == []


def test_pages_are_taken_by_cursor_and_imported_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    routes = {
        PATH: page(*OBJECTS[:2], more=True, next="c 1/&"),
        f"{PATH}?next=c%201%2F%26": page(*OBJECTS[1:3], more=True, next="2"),
        f"{PATH}?next=2": page(OBJECTS[3], more=False),
    }
    with loopback.registry(routes) as served:
        answer = taken(served, tmp_path / "c.json")
        assert served.log == list(routes)
        assert all(headers["accept"] == collecting.MEDIA for headers in served.headers)
        assert all("authorization" not in headers for headers in served.headers)
    assert (answer["pages"], answer["objects"], answer["whole"]) == (3, 5, True)
    store = tmp_path / "r.sqlite"
    assert cli.run(["registry", "import", str(tmp_path / "c.json"), "--registry", str(store)]) == 0
    assert "4 entries read: 4 imported" in capsys.readouterr().out
    records = opening.load(str(store)).records
    assert sorted(item.network for item in records) == [f"login-{number}.example" for number in range(4)]


def test_a_server_without_a_cursor_is_asked_by_time(tmp_path: Path) -> None:
    later = "2024-03-01T10:00:01.000000Z"
    first = page(*OBJECTS[:2], more=True)
    routes = {
        f"{PATH}?added_after=2024-01-01T00%3A00%3A00Z": (200, {**MEDIA, "X-TAXII-Date-Added-Last": later}, first[2]),
        f"{PATH}?added_after=2024-03-01T10%3A00%3A01.000000Z": page(*OBJECTS[2:]),
    }
    with loopback.registry(routes) as served:
        answer = taken(served, tmp_path / "c.json", added_after="2024-01-01T00:00:00Z")
        assert served.log == list(routes)
    assert answer["whole"]


def test_a_collection_that_ends_in_the_middle_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with loopback.registry({PATH: page(*OBJECTS, more=True)}) as served:
        answer = taken(served, tmp_path / "c.json")
    assert not answer["whole"]
    assert "not the whole collection" in " ".join(collecting.told(answer))
    assert cli.run(["registry", "import", str(tmp_path / "c.json"), "--registry", str(tmp_path / "r.sqlite")]) == 0
    assert "more objects than this file" in capsys.readouterr().out


def test_credentials_come_from_a_file_and_go_to_this_server_only(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Bearer canary-token\n")
    with loopback.registry({}) as other, loopback.registry({}) as served:
        routes = {PATH: (302, {"Location": f"http://127.0.0.1:{other.port}{PATH}"}, b"")}
        with loopback.registry(routes) as moved, pytest.raises(NetworkError, match="not followed"):
            taken(moved, tmp_path / "c.json", authorization=secret)
        assert other.log == []
        with pytest.raises(NetworkError, match="no such collection") as error:
            taken(served, tmp_path / "c.json", authorization=secret)
        assert served.headers[0]["authorization"] == "Bearer canary-token"
    assert "canary" not in str(error.value)
    secret.write_text("two\nlines")
    with pytest.raises(DataError, match="Authorization"):
        taken(served, tmp_path / "c.json", authorization=secret)


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        ((200, MEDIA, b"<html>"), "no JSON"),
        ((200, MEDIA, b"[1]"), "no TAXII envelope"),
        ((200, MEDIA, b'{"objects": 1}'), "no TAXII envelope"),
        ((200, MEDIA, b'{"objects": ' + b"[" * 100_000), "no JSON"),
        ((401, {}, b""), "could not be had"),
        ((500, {}, b""), "could not be had"),
        (page(more=True, next=""), ""),
        (page(OBJECTS[0], more=True, next="again"), "could not be had"),
    ],
)
def test_what_is_no_collection_leaves_no_file(
    reply: tuple[int, dict[str, str], bytes], complaint: str, tmp_path: Path
) -> None:
    with loopback.registry({PATH: reply}) as served:
        if not complaint:
            assert taken(served, tmp_path / "c.json")["objects"] == 0
            return
        with pytest.raises(NetworkError, match=complaint):
            taken(served, tmp_path / "c.json")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_leads_in_a_circle_is_left(tmp_path: Path) -> None:
    circle = page(OBJECTS[0], more=True, next="1")
    with (
        loopback.registry({PATH: circle, f"{PATH}?next=1": circle}) as served,
        pytest.raises(NetworkError, match="circle"),
    ):
        taken(served, tmp_path / "c.json")


@pytest.mark.parametrize(
    "url",
    ["ftp://x/collections/1/", "https://u:p@x/collections/1/", "https://x/api/", "https://x/collections/1/?a=1", "x"],
)
def test_other_addresses_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        collecting.collect(collecting.Wish(url=url, out=tmp_path / "c", consent=lambda _: "test"))


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("mine")
    with loopback.registry({PATH: page()}) as served, pytest.raises(StorageError, match="already"):
        taken(served, tmp_path / "c.json")
    assert (tmp_path / "c.json").read_text() == "mine"


def test_the_file_holds_the_pages_byte_for_byte(tmp_path: Path) -> None:
    body = b'{ "objects" : [ ],  "more": false }'
    with loopback.registry({PATH: (200, MEDIA, body)}) as served:
        taken(served, tmp_path / "c.json")
    data = (tmp_path / "c.json").read_bytes()
    assert hashlib.sha256(data).digest() == hashlib.sha256(b"[" + body + b"]\n").digest()
