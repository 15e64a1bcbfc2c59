"""Records: one spelling each, a closed list of actions, and acts too large for one line."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import acts, canonical
from forensics.chain_of_custody.acts import NO_LINE, Act, Output, Record
from forensics.errors import TamperError
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import EDITOR, KIT, ROOT, TIME

if TYPE_CHECKING:
    from forensics.chain_of_custody.canonical import Value

FILE = Output(path="exhibits/a", bytes=3, sha256="0" * 64)
FULL = Act(
    action="analysis.run",
    actor=EDITOR.actor,
    time=TIME,
    subject={"inputs": [{"sha256": "x"}], "ok": True, "none": None},
    reason="because",
    authority="mandate 7",
    tool={"name": "forensics", "version": "1"},
    out=[FILE, Output(path="a", bytes=0, sha256="1" * 64)],
    gone=["z", "b/c"],
)


def test_a_record_decodes_to_what_was_encoded() -> None:
    line = acts.encode_record(Record(seq=7, prev="a" * 64, act=FULL))
    record = acts.decode_record(line)
    assert (record.seq, record.prev) == (7, "a" * 64)
    assert record.act == replace(FULL, out=tuple(sorted(FULL.out)), gone=tuple(sorted(FULL.gone)))
    assert acts.encode_record(record) == line


def members(**changes: Value) -> bytes:
    value = canonical.decode(acts.encode_record(Record(seq=0, prev=NO_LINE, act=FULL)))
    assert isinstance(value, dict)
    return canonical.encode({key: item for key, item in {**value, **changes}.items() if item != "absent"})


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"v": True},
        {"v": "absent"},
        {"extra": 1},
        {"seq": -1},
        {"seq": True},
        {"seq": "0"},
        {"prev": "A" * 64},
        {"prev": "0" * 63},
        {"time": "2026-02-30T00:00:00Z"},
        {"time": "2026-01-01T00:00:60Z"},
        {"time": "2026-01-01 00:00:00Z"},
        {"time": "2026-01-01T00:00:00+00:00"},
        {"actor": "key:ABCD"},
        {"actor": "someone"},
        {"action": "case.burn"},
        {"subject": "text"},
        {"subject": "absent"},
        {"reason": ""},
        {"reason": 1},
        {"authority": None},
        {"tool": {}},
        {"tool": {"name": ""}},
        {"tool": {"maker": "x"}},
        {"tool": "x"},
        {"out": []},
        {"out": "x"},
        {"out": ["x"]},
        {"out": [{"path": "a", "bytes": 1}]},
        {"out": [{"path": "a", "bytes": 1, "sha256": "0" * 64, "more": 1}]},
        {"out": [{"path": "a", "bytes": -1, "sha256": "0" * 64}]},
        {"out": [{"path": "a", "bytes": 1, "sha256": "0" * 63 + "G"}]},
        {"out": [{"path": "b", "bytes": 1, "sha256": "0" * 64}, {"path": "a", "bytes": 1, "sha256": "0" * 64}]},
        {"out": [{"path": "a", "bytes": 1, "sha256": "0" * 64}] * 2},
        {"gone": ["z", "a"]},
        {"gone": ["exhibits/a"]},
        {"gone": [1]},
        {"gone": []},
        {"gone": ["../a"]},
        {"sig": "x"},
    ],
)
def test_no_other_shape_is_a_record_for_either_verifier(changes: dict[str, Value]) -> None:
    line = members(**changes)
    with pytest.raises(TamperError):
        acts.decode_record(line)
    kit = sealed_case.kit_module()
    with pytest.raises(kit.Defect):
        kit.check_record(kit.decode(line))
    kit.check_record(kit.decode(members()))


@pytest.mark.parametrize("line", [b"[]\n", b'"x"\n', b"1\n", b"null\n", b"{}\n"])
def test_other_json_is_no_record(line: bytes) -> None:
    with pytest.raises(TamperError):
        acts.decode_record(line)


@pytest.mark.parametrize(
    "path",
    ["", "/a", "a/", "a//b", "..", "a/../b", "./a", ".hidden", "a b", "a\\b", "a\n", "ä", "-x", "a.", "x" * 201, "a:b"],
)
def test_paths_that_are_not_the_same_everywhere_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        Output(path=path, bytes=1, sha256="0" * 64)
    assert not acts.is_path(path)
    assert not sealed_case.kit_module().is_path(path)


@pytest.mark.parametrize("size", [-1, canonical.MAX_INTEGER + 1])
def test_sizes_that_no_line_can_state_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        Output(path="a", bytes=size, sha256="0" * 64)


def test_an_act_too_large_for_a_line_is_split_and_names_the_same_files() -> None:
    outputs = [Output(path=f"events/part-{number:05}.parquet", bytes=number, sha256="a" * 64) for number in range(1500)]
    gone = [f"old/{number}" for number in range(3000)]
    large = replace(FULL, out=outputs, gone=gone)
    with pytest.raises(ValueError, match="longer"):
        acts.encode_record(Record(seq=0, prev=NO_LINE, act=large))
    parts = acts.split_act(large)
    lines = [acts.encode_record(Record(seq=10**12, prev=NO_LINE, act=part)) for part in parts]
    assert max(map(len, lines)) <= canonical.MAX_LINE - 300
    assert [output for part in parts for output in part.out] == outputs
    assert [path for part in parts for path in part.gone] == sorted(gone)
    assert [part.subject["part"] for part in parts] == list(range(1, len(parts) + 1))
    assert acts.split_act(FULL) == (FULL,)
    with pytest.raises(ValueError, match=r"without its files|longer"):
        acts.split_act(replace(FULL, subject={"text": "x" * canonical.MAX_LINE}))
    with pytest.raises(ValueError, match="without its files"):
        acts.split_act(replace(FULL, subject={"text": "x" * (canonical.MAX_LINE - 700)}))


def test_the_closed_list_is_the_same_in_the_kit_and_in_the_format_document() -> None:
    assert sealed_case.kit_module().ACTIONS == acts.ACTIONS
    document = (ROOT / "docs" / "custody-format.md").read_text(encoding="utf-8")
    listed = re.search(r"## Actions\n(.*?)\n## ", document, re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", listed.group(1))) == acts.ACTIONS
    shell = (KIT / "verify.sh").read_text(encoding="utf-8")
    quoted = re.search(r"count = split\((.*?), list", shell, re.DOTALL)
    assert quoted is not None
    assert set(re.findall(r"[a-z_.]+", quoted.group(1))) == acts.ACTIONS
