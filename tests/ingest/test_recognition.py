"""Pictures and films are most members of an export: no format is asked about them unless it wants to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forensics.ingest import all_formats
from forensics.ingest.csv_rows import delimiter_of
from forensics.ingest.driver import recognise
from forensics.ingest.evidence import HEAD
from tests.ingest.reading import evidence_of

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20
MEDIA = (
    JPEG,
    b"\x89PNG\r\n\x1a\n" + bytes(100),
    b"\x00\x00\x00\x18ftypmp42" + bytes(100),
    b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(100),
)


@pytest.mark.parametrize("data", MEDIA)
def test_no_format_of_ours_would_claim_media(data: bytes) -> None:
    member = evidence_of(data, "photos/1.jpg")
    assert member.is_media
    assert [name for name, item in all_formats().items() if item.claims(member)] == []
    assert recognise(member, all_formats()) == ()


def test_a_format_that_wants_media_is_asked() -> None:
    found = next(iter(all_formats().values()))
    wanting = replace(found, claims=lambda _: True, media=True)
    without = replace(found, claims=lambda _: True)
    assert recognise(evidence_of(JPEG, "1.jpg"), {"wanting": wanting, "without": without}) == ("wanting",)


@pytest.mark.parametrize("data", [b"RIFF,WAVE\n", b"\x00\x00\x00\x00", b"", b'{"a": 1}', b"\xff\xfe<\x00"])
def test_everything_else_is_no_media(data: bytes) -> None:
    assert not evidence_of(data, "a").is_media


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b'\xef\xbb\xbf {"a": [1, "IP,Time"]}\n', True),
        (b"[]", True),
        (b'{"a": 1}\n{"a": 2}\n', False),  # lines of JSON may stand in a table
        (b'["a"\n', False),
        (b'"IP","Time"\n', False),
        (b'{"a": "' + b"x" * HEAD + b'"}', False),  # only its head is known
        (b"[" * 100_000 + b"]" * 100_000, False),
        (b"[" * 9_000 + b"]" * 9_000, False),
    ],
)
def test_a_small_member_that_is_json_as_a_whole_is_no_table(data: bytes, whole: bool) -> None:  # noqa: FBT001 - a case
    assert evidence_of(data, "a").is_json is whole


def test_equal_lines_are_asked_about_once_and_the_first_delimiter_counts() -> None:
    """Many formats look for their header among the first lines of every member; most lines of most members are alike."""
    asked: list[tuple[str, ...]] = []

    def is_header(cells: tuple[str, ...]) -> bool:
        asked.append(cells)
        return "Time" in cells

    member = evidence_of(b"note\n\nanother\nIP;Time\n192.0.2.1;x\n", "a.csv")
    assert delimiter_of(member, is_header) == ";"
    assert asked.count(()) == 2  # once for commas, once for semicolons
