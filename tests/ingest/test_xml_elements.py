"""Cutting elements out of XML: the whole stream, flat memory, named repairs."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import xml_elements
from forensics.ingest.xml_repair import mend, readable

SPEC = xml_elements.XmlSpec(root="smses", names=("sms", "mms"), excerpt=repr)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\ufffe\uffff", min_codepoint=32)))
def test_joining_gives_back_any_text_written_in_halves(text: str) -> None:
    def halves(character: str) -> str:
        if ord(character) <= 0xFFFF:
            return character
        units = character.encode("utf-16-be")
        return "".join(f"&#{int.from_bytes(units[at : at + 2])};" for at in (0, 2))

    written = "".join(halves(character) for character in text)
    mended, notes = mend(written)
    if "&#" not in text:
        assert (mended, len(notes)) == (text, sum(ord(character) > 0xFFFF for character in text))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["utf-8", "windows-1251", "koi8-r", "iso-8859-1"]))
def test_any_bytes_become_text_that_xml_allows(data: bytes, encoding: str) -> None:
    text, _ = readable(data.replace(b"<", b"(").replace(b"&", b"+").replace(b'"', b"'"), encoding)
    assert not isinstance(xml_elements.parse(f'<sms body="{text}" />'), str)


class Trickle(io.RawIOBase):
    """A stream that gives few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        """Give ``data`` in pieces of ``size``."""
        self.rest, self.size = data, size

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece."""
        piece, self.rest = self.rest[: self.size], self.rest[self.size :]
        return piece


PIECES = [
    "<sms a='1' />",
    "<mms>",
    "</mms>",
    "<!--",
    "-->",
    "<smses>",
    "</smses>",
    "<sm",
    " text ",
    '"',
    "<?x?>",
    "\n" * 70,
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14), st.integers(min_value=1, max_value=40))
def test_stretches_are_the_whole_stream_whatever_the_pieces(pieces: list[str], size: int) -> None:
    data = "".join(pieces).encode()
    found = list(xml_elements.stretches(Trickle(data, size), SPEC))  # type: ignore[arg-type]
    assert b"".join(stretch.data or b"" for stretch in found) == data
    assert [stretch.start for stretch in found[1:]] == [stretch.end for stretch in found[:-1]]
    assert found == list(xml_elements.stretches(io.BytesIO(data), SPEC))


class Repeated(io.RawIOBase):
    """A backup of many megabytes that exists only as it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        """Give the pieces one by one."""
        self.pieces = pieces

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece."""
        return next(self.pieces, b"")


def test_memory_stays_flat_and_an_oversize_element_costs_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xml_elements, "ELEMENT_LIMIT", 1 << 20)
    element = b'<sms address="Google" date="1583887312000" type="1" body="G-482913 is a code" />\n'
    block = element * 2_000

    def pieces() -> Iterator[bytes]:
        yield b"<smses>"
        yield from (block for _ in range(40))
        yield b'<mms date="1"><parts><part data="'
        yield from (b"A" * (1 << 20) for _ in range(20))
        yield b'" /></parts></mms>'
        yield element + b"</smses>"

    tracemalloc.start()
    count, oversize, last = 0, 0, b""
    for stretch in xml_elements.stretches(Repeated(pieces()), SPEC):  # type: ignore[arg-type]
        count += stretch.name == "sms"
        oversize += stretch.data is None
        last = (stretch.data or b"") if stretch.name == "sms" else last
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, oversize) == (80_001, 1)
    assert b"G-482913" in last
    assert peak < 12 << 20
