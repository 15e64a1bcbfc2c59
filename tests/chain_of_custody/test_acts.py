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


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"action": 1}, "action is not text"),
        ({"actor": 1}, "actor is not text"),
        ({"time": 1}, "time is not text"),
        ({"reason": 1}, "reason is not text"),
        ({"authority": 1}, "authority is not text"),
        ({"sig": 1}, "sig is not text"),
        ({"prev": 1}, "prev is not text"),
        ({"prev": "0" * 65}, "prev is not 64 lower-case hex digits"),
        ({"seq": None}, "seq is not a count"),
        ({"tool": {"version": 1}}, "version is not text"),
        ({"gone": "z"}, "gone is not a list"),
        ({"gone": [1]}, "gone is not text"),
        ({"out": {}}, "out is not a list"),
        ({"out": [{"path": 1, "bytes": 1, "sha256": "0" * 64}]}, "path is not text"),
        ({"out": [{"path": "a", "bytes": "1", "sha256": "0" * 64}]}, "bytes is not a count"),
        ({"out": [{"path": "a", "bytes": 1, "sha256": 1}]}, "sha256 is not text"),
    ],
)
def test_what_is_malformed_is_named(changes: dict[str, Value], said: str) -> None:
    with pytest.raises(TamperError, match=f"the record is malformed: {said}$"):
        acts.decode_record(members(**changes))


def test_a_tool_may_have_all_three_members_and_none_without_text() -> None:
    whole = {"name": "forensics", "version": "1", "digest": "sha256:0"}
    assert replace(FULL, tool=whole).tool == whole
    with pytest.raises(ValueError, match="tool holds name, version and digest only"):
        replace(FULL, tool={**whole, "version": ""})


@pytest.mark.parametrize(("out", "gone"), [([FILE, FILE], []), ([], ["a", "a"]), ([FILE], [FILE.path])])
def test_a_path_stands_once_in_an_act(out: list[Output], gone: list[str]) -> None:
    with pytest.raises(ValueError, match="a path stands twice in one act"):
        Act(action="note", actor=EDITOR.actor, time=TIME, subject={}, out=out, gone=gone)


@pytest.mark.parametrize(("signed", "spare"), [(False, 512), (True, 1024)])
def test_an_act_is_split_where_its_line_is_full_and_no_sooner(*, signed: bool, spare: int) -> None:
    """A line keeps room for number, ``prev``, the name of a checkpoint and ten digits each of part and parts."""
    plain = Act(action="note", actor=EDITOR.actor, time=TIME, subject={"text": ""})
    numbered = len(',"part":1000000000,"parts":1000000000')
    free = 65_535 - spare - numbered - len(acts.encode_record(Record(seq=0, prev=NO_LINE, act=plain)))

    def filled(room: int, out: list[Output], gone: list[str]) -> tuple[Act, ...]:
        act = replace(plain, subject={"text": "x" * (free - room)}, out=out, gone=gone)
        return acts.split_act(act, signed=signed)

    files = [Output(path=f"{number:04}", bytes=1, sha256="a" * 64) for number in range(8)]
    each = len(canonical.encode({"bytes": 1, "path": "0000", "sha256": "a" * 64}))
    assert len(filled(8 * each, files, [])) == 1
    whole = filled(8 * each - 1, files[::-1], [])
    assert [list(part.out) for part in whole] == [files[:7], files[7:]]
    assert [dict(part.subject) | {"text": ""} for part in whole] == [
        {"text": "", "part": 1, "parts": 2},
        {"text": "", "part": 2, "parts": 2},
    ]
    assert len(filled(each + 16, files[:1], ["b-old", "a-old"])) == 1
    split = filled(each + 15, files[:1], ["b-old", "a-old"])
    assert [list(part.gone) for part in split] == [["a-old"], ["b-old"]]
    assert filled(0, [], [])[0].subject == {"text": "x" * free}
    with pytest.raises(ValueError, match="does not fit into a line even without its files"):
        filled(-1, [], [])
