"""Bags to the byte: what is written, in which order, and every way in which one that is put together well is still refused."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from forensics.chain_of_custody import bag, durable
from forensics.errors import TamperError

FILES = {"exhibits/mail.eml": b"hello\n", "checkpoint": b"head\n", "exhibits/empty": b"", "custody.jsonl": b"log\n"}
INFO = {"Source-Organization": "a\r\n  news  desk", "External-Identifier": "example.org/1"}
DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tags(payload: dict[str, bytes], **changes: bytes) -> dict[str, bytes]:
    """Return the tag files of a bag, written as RFC 8493 says and not by the package; ``changes`` by the stem of a name."""
    manifest = "".join(f"{digest(payload[path])}  data/{path}\n" for path in sorted(payload)).encode()
    made = {
        "bag-info.txt": b"Payload-Oxum: 15.4\n",
        "bagit.txt": DECLARED,
        "manifest-sha256.txt": manifest,
        **{f"{stem}.txt": content for stem, content in changes.items()},
    }
    made["tagmanifest-sha256.txt"] = "".join(f"{digest(made[name])}  {name}\n" for name in sorted(made)).encode()
    return made


def packed(members: dict[str, bytes], kinds: dict[str, bytes] | None = None) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.type = len(content), (kinds or {}).get(name, tarfile.REGTYPE)
            info.linkname = "data/checkpoint" if info.type != tarfile.REGTYPE else ""
            tar.addfile(info, io.BytesIO(content))
    stream.seek(0)
    return stream


def whole(payload: dict[str, bytes], **changes: bytes) -> dict[str, bytes]:
    return {**{f"data/{path}": content for path, content in payload.items()}, **tags(payload, **changes)}


def test_a_bag_is_the_same_bytes_whatever_order_its_files_come_in(tmp_path: Path) -> None:
    outputs = {path: durable.publish(tmp_path, path, content) for path, content in FILES.items()}
    streams = []
    for turned in (False, True):
        order = sorted(outputs, reverse=turned)
        info = dict(sorted(INFO.items(), reverse=turned))
        streams.append(io.BytesIO())
        bag.write_bag(tmp_path, {path: outputs[path] for path in order}, info, streams[-1])
    assert streams[0].getvalue() == streams[1].getvalue()
    streams[0].seek(0)
    with tarfile.open(fileobj=streams[0]) as tar:
        found = [(member.name, member.mode, member.uid, member.uname, member.mtime, member.type) for member in tar]
        info_text = tar.extractfile("bag-info.txt")
        assert info_text is not None
        assert info_text.read() == (
            b"External-Identifier: example.org/1\nPayload-Oxum: 15.4\nSource-Organization: a news desk\n"
        )
        listed = tar.extractfile("tagmanifest-sha256.txt")
        assert listed is not None
        assert [line[66:] for line in listed.read().decode().splitlines()] == [
            "bag-info.txt",
            "bagit.txt",
            "manifest-sha256.txt",
        ]
    names = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"]
    names += ["data/checkpoint", "data/custody.jsonl", "data/exhibits/empty", "data/exhibits/mail.eml"]
    assert found == [(name, 0o644, 0, "", 0, tarfile.REGTYPE) for name in names]


def test_a_bag_that_others_made_is_unpacked_in_any_order(tmp_path: Path) -> None:
    for number, turned in enumerate((False, True)):
        target = tmp_path / str(number)
        target.mkdir()
        members = dict(sorted(whole(FILES).items(), reverse=turned))
        assert bag.read_bag(packed(members), target) == 4
        assert {path: (target / "data" / path).read_bytes() for path in FILES} == FILES


def test_every_file_is_durable_once_the_bag_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: dict[Path, bytes] = {}
    real = os.fsync

    def seen(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").resolve()
        synced[path] = path.read_bytes()
        real(handle)

    monkeypatch.setattr(os, "fsync", seen)
    bag.read_bag(packed(whole(FILES)), tmp_path)
    assert synced == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE])
def test_only_plain_files_are_unpacked_even_where_the_manifest_agrees(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(TamperError, match="'data/exhibits/empty' is no plain file of a case"):
        bag.read_bag(packed(whole(FILES), {"data/exhibits/empty": kind}), tmp_path)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (whole(FILES, bagit=DECLARED.replace(b"1.0", b"0.97")), "it is not the bag of a case"),
        (whole(FILES, notes=b"x"), "it is not the bag of a case"),
        ({name: data for name, data in whole(FILES).items() if name != "bag-info.txt"}, "it is not the bag of a case"),
        ({name: data for name, data in whole(FILES).items() if name != "bagit.txt"}, "it is not the bag of a case"),
        ({**whole(FILES), "data/more": b""}, "files and manifest do not agree"),
        ({name: data for name, data in whole(FILES).items() if name != "data/checkpoint"}, "files and manifest do not agree"),
        ({**whole(FILES), "data/checkpoint": b"Head\n"}, "files and manifest do not agree"),
        ({**whole(FILES), "bag-info.txt": b"Payload-Oxum: 15.5\n"}, "files and manifest do not agree"),
        ({**whole(FILES), "manifest-sha256.txt": b"\xff" * 70}, "files and manifest do not agree"),
    ],
)  # fmt: skip
def test_a_bag_that_is_another_is_refused_for_what_it_is(tmp_path: Path, members: dict[str, bytes], said: str) -> None:
    with pytest.raises(TamperError) as caught:
        bag.read_bag(packed(members), tmp_path)
    assert caught.value.what == f"the bundle is damaged: {said}"


def test_a_bag_that_is_cut_off_says_where(tmp_path: Path) -> None:
    for size, said in ((0, "empty file"), (700, "unexpected end of data")):
        with pytest.raises(TamperError, match=f"the bundle is damaged: {said}"):
            bag.read_bag(io.BytesIO(packed(whole(FILES)).getvalue()[:size]), tmp_path)


def test_a_manifest_of_another_size_than_anybody_compares_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = whole(FILES)
    longest = max(len(content) for name, content in members.items() if not name.startswith("data/"))
    for limit in (longest, longest - 1):
        monkeypatch.setattr(bag, "_MAX_TAG", limit)
        target = tmp_path / str(limit)
        target.mkdir()
        if limit == longest:
            assert bag.read_bag(packed(members), target) == 4
        else:
            with pytest.raises(TamperError, match="it is not the bag of a case"):
                bag.read_bag(packed(members), target)
