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
from forensics.ingest.shape_words import is_field_name
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
    namer = shape.Namer()
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
    "binary": b"\x00\x01" + CANARIES[0].encode(),
    "broken utf-8": b"\xff" + "\n".join(CANARIES).encode(),
}


@pytest.mark.parametrize("kind", FILES)
def test_no_value_stands_in_the_shape(kind: str) -> None:
    told = shape_text(FILES[kind], f"{CANARIES[0]}/{CANARIES[1]}.json")
    for canary in CANARIES:
        assert canary not in told


def test_shape_tells_what_a_developer_needs() -> None:
    told = shape_text(FILES["json"])
    for wanted in ("sessions", "login_time", "address v4", "9999-99-99 99:99:99 UTC", '"list": 1'):
        assert wanted in told
    columns = shape_text(FILES["table"])
    assert "IP Address" in columns
    assert '"rows": 3' in columns


def test_revealed_names_are_shown() -> None:
    namer = shape.Namer([CANARIES[0]])
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
