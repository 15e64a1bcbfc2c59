"""One value, one byte string: what is refused, and that the two directions undo each other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.chain_of_custody import canonical
from forensics.chain_of_custody.canonical import Value, decode, encode
from forensics.errors import TamperError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_encode_and_decode_undo_each_other(value: Value) -> None:
    line = encode(value)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == value


@given(VALUES, st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_line_is_refused_or_means_something_else(value: Value, data: st.DataObject) -> None:
    line = encode(value)
    at = data.draw(st.integers(0, len(line) - 1))
    kind = data.draw(st.sampled_from(["flip", "delete", "insert"]))
    byte = bytes([line[at] ^ 1 << data.draw(st.integers(0, 7))]) if kind == "flip" else b""
    byte = data.draw(st.binary(min_size=1, max_size=1)) + line[at : at + 1] if kind == "insert" else byte
    changed = line[:at] + byte + line[at + 1 :]
    try:
        other = decode(changed)
    except TamperError:
        return
    assert encode(other) == changed
    assert encode(other) != line


@given(VALUES, st.data())
@settings(max_examples=150, deadline=None)
def test_the_short_way_vouches_for_the_same_lines_as_the_one_that_explains(value: Value, data: st.DataObject) -> None:
    line = encode(value)
    at = data.draw(st.integers(0, len(line)))
    more = data.draw(
        st.sampled_from([b"", b" ", b"1", b"0", b"-", b".5", b'"', b"\\u0041", b"\xc3\xa4", b'"":0,', b"[]"])
    )
    changed = line[:at] + more + line[at + data.draw(st.integers(0, 2)) :]
    quick = canonical._plain(changed)
    try:
        explained = canonical._explained(changed)
    except TamperError:
        assert quick is None
    else:
        assert quick == (explained if changed.isascii() else None)


def test_the_form_is_that_of_rfc_8785() -> None:
    value: Value = {"b": [True, None, -1], "a": '\u20ac$\u000f\nA\'B"\\\\"/\u007f'}
    expected = '{"a":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u007f","b":[true,null,-1]}\n'
    assert encode(value) == expected.encode()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a":1,"a":1}\n', "twice"),
        (b'{"a":1.0}\n', "not an integer"),
        (b'{"a":1e3}\n', "not an integer"),
        (b'{"a":-0}\n', "canonical spelling"),
        (b'{"a":NaN}\n', "not an integer"),
        (b'{"a":-Infinity}\n', "not an integer"),
        (b'{"a":9007199254740992}\n', "outside"),
        (b'{"a":-9007199254740992}\n', "outside"),
        (b'{"a":-99999999999999999}\n', "outside"),
        (b'{"a":1,"b":{"a":1,"a":2},"c":1.5}\n', "twice"),
        (b'{"a":{"a":1.5,"a":2},"c":"\\ud800"}\n', "not an integer"),
        (b'{"a":' + b"9" * 5000 + b"}\n", "outside"),
        (b'{"b":1,"a":2}\n', "canonical spelling"),
        (b'{"a": 1}\n', "canonical spelling"),
        (b'{"a":1} \n', "canonical spelling"),
        (b'{"a":1}\r\n', "canonical spelling"),
        (b'\n{"a":1}\n', "canonical spelling"),
        (b'\xef\xbb\xbf{"a":1}\n', "not restricted canonical JSON"),
        (b'{"a":"\\u0041"}\n', "canonical spelling"),
        (b'{"a":"\\u000A"}\n', "canonical spelling"),
        (b'{"a":"\\/"}\n', "canonical spelling"),
        (b'{"a":"\\ud800"}\n', "not restricted canonical JSON"),
        (b'{"a":"\xed\xa0\x80"}\n', "not restricted canonical JSON"),
        (b'{"a":"\xff"}\n', "not restricted canonical JSON"),
        (b'{"a":"\x01"}\n', "not restricted canonical JSON"),
        (b'{"\xc3\xa4":1}\n', "not ASCII"),
        (b'{"a":1}', "no line feed"),
        (b"", "no line feed"),
        (b"[" * 17 + b"]" * 17 + b"\n", "deeper"),
        (b"[" + b"[]," * 20 + b"[" * 16 + b"]" * 17 + b"\n", "deeper"),
        (b"[" * 30000 + b"]" * 30000 + b"\n", "deeper"),
        (b'{"a":"' + b"x" * 65_535 + b'"}\n', "longer"),
    ],
)
def test_every_other_spelling_is_refused_with_its_reason(line: bytes, reason: str) -> None:
    with pytest.raises(TamperError, match=reason):
        decode(line)


def test_limits_are_reached_but_not_passed() -> None:
    deep: Value = []
    for _ in range(canonical.MAX_DEPTH - 1):
        deep = [deep]
    assert decode(encode(deep)) == deep
    assert decode(encode("[" * 40)) == "[" * 40
    side_by_side: Value = [[{}] for _ in range(40)]  # many brackets, and none of them deep
    assert decode(encode(side_by_side)) == side_by_side
    assert len(encode("x" * (canonical.MAX_LINE - 3))) == canonical.MAX_LINE
    for bad in (["x" * canonical.MAX_LINE], [deep], {"ä": 1}, 2**53, 1.5, {1: 2}, ("a",), b"x", "\ud800"):
        with pytest.raises(ValueError, match=r"."):
            encode(bad)  # type: ignore[arg-type]
