"""Archives are hostile: what cannot be read is refused with its place and reason, and everything else is read."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from forensics.ingest import archive
from forensics.ingest.archive import Refused, Skipped
from forensics.ingest.evidence import Evidence

GOOD = b"Gaia ID,Activity Timestamp,IP Address\r\n1,2020-03-11 00:43:10 UTC,203.0.113.45\r\n"


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return target.getvalue()


def tarred(entries: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as made:  # type: ignore[call-overload] # mode is one of tarfile's
        for info, data in entries:
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return target.getvalue()


def walk(tmp_path: Path, data: bytes, name: str = "export.zip") -> dict[str, str]:
    """Return member → content digest-free summary: the text for evidence, ``refused: why`` or ``skipped: rule``."""
    path = tmp_path / "exhibit"
    path.write_bytes(data)
    found = {}
    for item in archive.members(path, name=name, exhibit="e" * 64):
        if isinstance(item, Evidence):
            with item.open() as stream:
                first = stream.read()
            with item.open() as stream:
                assert stream.read() == first, "a member can be opened twice"
            assert first.startswith(item.head)
            found[item.member] = f"{len(first)} bytes"
        elif isinstance(item, Refused):
            found[item.member] = f"refused: {item.reason}"
        else:
            assert isinstance(item, Skipped)
            found[item.member] = f"skipped: {item.rule}"
    return found


def test_plain_file_is_its_own_member(tmp_path: Path) -> None:
    assert walk(tmp_path, GOOD, "a.csv") == {"": f"{len(GOOD)} bytes"}


def test_climbing_and_absolute_names_are_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    found = walk(tmp_path, zipped({"../../etc/passwd": b"x", "/abs": b"x", "C:\\x": b"x", "ok/a.csv": GOOD}))
    assert "climbs out of the archive" in found["../../etc/passwd"]
    assert "absolute path" in found["/abs"]
    assert "absolute path" in found["C:\\x"]
    assert found["ok/a.csv"] == f"{len(GOOD)} bytes"


def test_metadata_and_no_data_markers_are_counted(tmp_path: Path) -> None:
    found = walk(tmp_path, zipped({"__MACOSX/._a": b"x", "d/no-data.txt": b"none", "a.csv": GOOD, "d/": b""}))
    assert found == {
        "__MACOSX/._a": "skipped: system metadata",
        "d/no-data.txt": 'skipped: the provider says "no data" (no-data.txt)',
        "a.csv": f"{len(GOOD)} bytes",
        "d/": "skipped: folder entry",
    }


def test_duplicate_names_are_both_read(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("a.csv", GOOD)
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr("a.csv", GOOD + b"2,2020-03-11 00:43:11 UTC,203.0.113.45\r\n")
    assert walk(tmp_path, target.getvalue()) == {"a.csv": f"{len(GOOD)} bytes", "a.csv#2": f"{len(GOOD) + 40} bytes"}


def test_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.csv": GOOD, "b.csv": GOOD}))
    for at in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[at] |= 1
    found = walk(tmp_path, bytes(data))
    assert "encrypted member: decrypt" in found["a.csv"]
    assert found["b.csv"] == f"{len(GOOD)} bytes"


def test_zip_bomb_is_refused_without_unpacking(tmp_path: Path) -> None:
    found = walk(tmp_path, zipped({"bomb.json": b"\x00" * (80 << 20), "a.csv": GOOD}))
    assert "zip bomb" in found["bomb.json"]
    assert found["a.csv"] == f"{len(GOOD)} bytes"


def test_member_that_lies_about_its_size_costs_itself_only(tmp_path: Path) -> None:
    inner = zipped({"x.csv": GOOD * 50})
    data = bytearray(zipped({"inner.zip": inner, "a.csv": GOOD}))
    central = data.find(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 10)
    found = walk(tmp_path, bytes(data))
    assert "refused" in found["inner.zip"] or "refused" in " ".join(found.values())
    assert found["a.csv"] == f"{len(GOOD)} bytes"


def test_damaged_zip_says_what_to_do(tmp_path: Path) -> None:
    found = walk(tmp_path, zipped({"a.csv": GOOD})[:-30])
    assert "damaged zip archive" in found[""]
    assert "ask for the export again" in found[""]


def test_flipped_byte_in_one_member_leaves_the_others(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.zip": zipped({"x": GOOD}), "b.csv": GOOD}))
    data[60] ^= 0xFF
    found = walk(tmp_path, bytes(data))
    assert found["b.csv"] == f"{len(GOOD)} bytes"


def test_nested_archives_are_opened_to_a_limit(tmp_path: Path) -> None:
    data = GOOD
    for level in range(6):
        data = zipped({f"level{level}.zip" if level else "a.csv": data})
    found = walk(tmp_path, data)
    assert any("nested deeper" in what for what in found.values())
    two = zipped({"in.zip": zipped({"a.csv": GOOD})})
    assert walk(tmp_path, two) == {"in.zip!/a.csv": f"{len(GOOD)} bytes"}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_members_links_and_devices(tmp_path: Path, mode: str) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    device = tarfile.TarInfo("null")
    device.type = tarfile.CHRTYPE
    climbing = tarfile.TarInfo("../x")
    data = tarred([(link, b""), (device, b""), (climbing, b"x"), (tarfile.TarInfo("d/a.csv"), GOOD)], mode)
    found = {member.rsplit("!/", 1)[-1]: what for member, what in walk(tmp_path, data, "export.tgz").items()}
    assert "link: not followed" in found["link"]
    assert "not a regular file" in found["null"]
    assert "climbs out" in found["../x"]
    assert found["d/a.csv"] == f"{len(GOOD)} bytes"


def test_truncated_gzip_keeps_what_was_read(tmp_path: Path) -> None:
    data = gzip.compress(os.urandom(20_000) + GOOD)
    found = walk(tmp_path, data[:-400], "logs/access.log.gz")
    assert "damaged compressed file" in found[""]
    assert found["access.log"].endswith("bytes")


def test_gzip_member_is_named_in_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "exhibit"
    path.write_bytes(gzip.compress(GOOD))
    (member,) = archive.members(path, name="logs/access.log.gz", exhibit="e" * 64)
    assert isinstance(member, Evidence)
    assert (member.name, member.member) == ("logs/access.log", "access.log")


def test_member_whose_local_name_is_not_utf8_costs_itself_only(tmp_path: Path) -> None:
    data = bytearray(zipped({"\u00e9.csv": GOOD, "b.csv": GOOD}))
    data[30] = 0xFF
    found = walk(tmp_path, bytes(data))
    assert "damaged or unsupported zip member (UnicodeDecodeError" in found["\u00e9.csv"]
    assert found["b.csv"] == f"{len(GOOD)} bytes"


def test_damaged_header_inside_a_tar_is_told(tmp_path: Path) -> None:
    data = bytearray(tarred([(tarfile.TarInfo(name), GOOD) for name in ("a", "b", "c")]))
    data[1024 + 148] ^= 0xFF
    found = walk(tmp_path, bytes(data), "export.tar")
    assert found["a"] == f"{len(GOOD)} bytes"
    assert found[""] == "refused: damaged tar archive, rest not read (no member header where one should be)"


def test_tar_members_of_one_name_have_distinct_places(tmp_path: Path) -> None:
    found = walk(tmp_path, tarred([(tarfile.TarInfo("a"), GOOD), (tarfile.TarInfo("a"), GOOD * 2)]), "export.tar")
    assert found == {"a": f"{len(GOOD)} bytes", "a#2": f"{2 * len(GOOD)} bytes"}
