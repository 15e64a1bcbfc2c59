"""A shape shows names of fields, types and counts, and no value of the file, wherever the value stands."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest import shape
from forensics.ingest.shape_words import Namer, is_field_name
from tests.ingest.reading import evidence_of
from tests.pipeline.march import ROOT

CANARIES = (
    "Zwergkaninchen",
    "q7-kanarienvogel",
    "kanari@mail.example",
    "4917612345678",
    "203.0.113.77",
    "Kanaryenvögel",
)


def shape_text(data: bytes, name: str = "unknown.bin") -> str:
    namer = Namer()
    found = shape.of(evidence_of(data, name), namer)
    return json.dumps(found, ensure_ascii=False) + "\n".join(shape.told(found))


def planted() -> dict[str, Any]:
    return {
        "sessions": [{"ip": CANARIES[4], "name": CANARIES[0], "login_time": "2020-03-11 04:58:07 UTC"}] * 2,
        CANARIES[0]: {CANARIES[1]: CANARIES[2]},
        "contacts": {CANARIES[2]: 1, CANARIES[3]: {"name": CANARIES[5]}},
        "by_cookie": {f"{CANARIES[1]}{n}": n for n in range(40)},
    }


def table() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Login Date", "IP Address", CANARIES[0]])
    for _ in range(3):
        writer.writerow(["2020-03-11 04:58:07 UTC", CANARIES[4], CANARIES[1]])
    return out.getvalue().encode()


FILES = {
    "json": json.dumps(planted()).encode(),
    "json lines": b"\n".join([json.dumps(planted()).encode()] * 3),
    "javascript": b"window.YTD.thing.part0 = " + json.dumps([planted()]).encode(),
    "cut json": json.dumps(planted()).encode()[:-60],
    "table": table(),
    "semicolons": table().replace(b",", b";"),
    "lines": "\n".join(f"Mar 11 {c} login from {c} port 22" for c in CANARIES).encode(),
    "html": "".join(
        f'<div class="_a6-g {c}" id="{c}"><a href="https://{c}">{c}</a></div>' * 4 for c in CANARIES[:2]
    ).encode(),
    "xml": "".join(f'<?xml version="1.0"?><smses><sms address="{c}" body="{c}"/></smses>' for c in CANARIES).encode(),
    "elements": "".join(f"<{c}><b {c}='1'>x</b></{c}>" for c in ("leyla", "kanari.vogel", "k:leyla") * 4).encode(),
    "comment": f'<html><!-- <p class="{CANARIES[0]}">{CANARIES[1]}</p> --><script>var x = "<leyla>";</script>'.encode()
    * 5,
    "style": f'<p class="mdl-leyla {CANARIES[0]}" data-{CANARIES[1]}="{CANARIES[2]}" title=\'{CANARIES[5]}\'>'.encode()
    * 9,
    "preamble": f"{CANARIES[0]},,,\n{CANARIES[1]},{CANARIES[2]},,\n".encode() + table(),
    "no header": f"2020-03-11 04:58:07,{CANARIES[4]},{CANARIES[0]},leyla\n".encode() * 5,
    "assignments": "".join(f"user=leyla name={c} {c}=1 host=leyla.site\n" for c in CANARIES).encode(),
    "mail": f"From: {CANARIES[0]} <{CANARIES[2]}>\nSubject: {CANARIES[5]}\nX-{CANARIES[1]}: leyla\n\nleyla\n".encode(),
    "people as keys": json.dumps([{"Max": {"ip": 1}, "Grant": 2, "Max Lang": 3, "leyla": 4, "photo.site": 5}]).encode(),
    "binary": b"\x00\x01" + CANARIES[0].encode(),
    "broken utf-8": b"\xff" + "\n".join(CANARIES).encode(),
}


@pytest.mark.parametrize("kind", FILES)
def test_no_value_stands_in_the_shape(kind: str) -> None:
    told = shape_text(FILES[kind], f"{CANARIES[0]}/{CANARIES[1]}.json")
    for canary in (*CANARIES, "leyla", "Max", "Grant", "photo.site", "Lang"):
        assert canary not in told


@pytest.mark.parametrize(
    "name", ["x/notes.leyla", "leyla.zip/.leyla", "Max.csv", "a.leyla.json", "leyla", "photo.site", "4917612345678.txt"]
)
def test_no_file_name_is_told_that_may_be_data(name: str) -> None:
    assert not [word for word in ("leyla", "Max", "photo", "4917") if word in shape_text(b"x", name)]


def test_the_first_bytes_of_an_unknown_binary_are_not_told() -> None:
    assert "not known" in shape_text("Leyla".encode("utf-16-le"))
    assert "SQLite" in shape_text(b"SQLite format 3\x00" + bytes(100))


def test_a_header_is_found_behind_a_preamble_and_missed_where_there_is_none() -> None:
    told = shape.of(evidence_of(FILES["preamble"], "x.csv"), Namer())
    assert [item["column"] for item in told["columns"]] == ["Login Date", "IP Address", "<withheld 1>"]
    assert told["rows"] == 3
    wide = f"{CANARIES[0]},{CANARIES[1]},\n,,\n{CANARIES[0]},,\n".encode() + table()
    told = shape.of(evidence_of(wide, "x.csv"), Namer())
    assert [item["column"] for item in told["columns"]][:2] == ["Login Date", "IP Address"]
    bare = shape.of(evidence_of(FILES["no header"], "x.csv"), Namer())
    assert bare["rows"] == 5
    assert bare["columns"][1] == {"column": "column 2 (no header)", "is": {"address v4": 5}}


def test_xml_and_html_tell_attributes_and_what_stands_in_elements() -> None:
    sms = b'<smses count="2"><sms address="+491761" date="1583889000123" body="x"/><sms address="A" date="1" body=""/></smses>'
    told = shape.of(evidence_of(sms, "x.xml"), Namer(["smses", "sms"]))["elements"]
    assert told["sms"]["attributes"]["date"] == {"is": {"integer of 13 digits": 1, "integer of 1 digits": 1}}
    page = b"<table><tr><td>Mar 11, 2020, 4:58:07 AM UTC</td><td>203.0.113.77</td></tr></table>"
    told = shape.of(evidence_of(page, "x.html"), Namer())["elements"]
    assert told["td"]["text"]["is"] == {"like a time: Aaa 99, 9999, 9:99:99 AA UTC": 1, "address v4": 1}


def test_a_line_keeps_the_names_that_stand_before_its_values() -> None:
    told = shape_text(b"user=leyla ip=203.0.113.77 login accepted\n" * 3)
    assert "user=<text> ip=<address v4> login <text>" in told


def test_markup_made_to_be_slow_is_told_soon() -> None:
    for text in ('<a "' * 16_000, "<a b='" * 10_000, "<!--" * 16_000, "<script " * 8_000, "<a" + " b=" * 20_000):
        assert shape_text(text.encode())


def test_shape_tells_what_a_developer_needs() -> None:
    told = shape_text(FILES["json"])
    for wanted in ("sessions", "login_time", "address v4", "9999-99-99 99:99:99 UTC", '"list": 1'):
        assert wanted in told
    columns = shape_text(FILES["table"])
    assert "IP Address" in columns
    assert '"rows": 3' in columns


def test_revealed_names_are_shown() -> None:
    namer = Namer([CANARIES[0]])
    assert CANARIES[0] in json.dumps(shape.of(evidence_of(FILES["json"], "x"), namer))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(10**13, 10**15) | st.text("äöüßžšъ", min_size=8, max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("äöüßžšъ", min_size=8, max_size=12), inner, max_size=4)
    ),
    max_leaves=20,
)


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(leaf for inner in value.values() for leaf in _leaves(inner))]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [str(value)] if isinstance(value, str | int) and not isinstance(value, bool) else []


@given(JSON)
def test_no_leaf_and_no_unusual_name_of_any_document_is_told(document: Any) -> None:
    told = shape_text(json.dumps([document]).encode())
    assert not [leaf for leaf in _leaves(document) if leaf in told]


@pytest.mark.parametrize(
    "name", ["ip_address", "createdAt", "Login Date", "IP-Adresse", "account_activity_v2", "datr_cookie"]
)
def test_usual_field_names_pass(name: str) -> None:
    assert is_field_name(name)


@pytest.mark.parametrize("name", ["Leyla", "anna@mail.example", "+994501234567", "4VrWxyz", "Grace", "2020-03-11", ""])
def test_names_that_may_be_data_do_not_pass(name: str) -> None:
    assert not is_field_name(name)


def test_command_shows_members_of_an_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr(f"{CANARIES[0]}/log.json", FILES["json"])
    command = [sys.executable, "-m", "forensics", "shape", str(tmp_path / "export.zip")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "no format recognises it" in done.stdout
    assert not [canary for canary in CANARIES if canary in done.stdout + done.stderr]
