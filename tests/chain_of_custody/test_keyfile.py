"""Key files to the byte: how dear a passphrase is to guess, what is durable before a key counts, and which files are none."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from forensics.chain_of_custody import keyfile
from forensics.errors import KeyMaterialError
from tests.chain_of_custody.sealed_case import EDITOR

VKEY = EDITOR.verifier.vkey.encode()


@pytest.fixture
def plain(tmp_path: Path) -> bytes:
    """Return the PEM block of an unprotected key."""
    keyfile.save_unprotected_key(EDITOR, tmp_path / "plain")
    return (tmp_path / "plain").read_bytes().removeprefix(VKEY + b"\n")


def test_a_passphrase_is_as_dear_to_guess_as_it_is_said(tmp_path: Path) -> None:
    """RFC 7914, section 7.1: salt, cost, block size, parallelization; and AES-256-CBC with its own start."""
    salts = set()
    for name in ("a", "b"):
        keyfile.save_key(EDITOR, tmp_path / name, "secret")
        words = ("openssl", "asn1parse", "-in", str(tmp_path / name))
        shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        found = [
            re.sub(r"(OCTET STRING +\[HEX DUMP\]):.*", r"\1", line.split("prim: ")[1])
            for line in shown.splitlines()
            if "prim: " in line
        ]
        assert [" ".join(one.split()) for one in found] == [
            "OBJECT :PBES2", "OBJECT :scrypt", "OCTET STRING [HEX DUMP]", "INTEGER :4000", "INTEGER :08", "INTEGER :05",
            "OBJECT :aes-256-cbc", "OCTET STRING [HEX DUMP]", "OCTET STRING [HEX DUMP]",
        ]  # fmt: skip
        octets = re.findall(r"OCTET STRING +\[HEX DUMP\]:([0-9A-F]+)", shown)
        assert [len(one) // 2 for one in octets] == [16, 16, 64]
        salts.update(octets[:2])
        lines = (tmp_path / name).read_text().splitlines()
        assert {len(line) for line in lines[2:-2]} == {64}
    assert len(salts) == 4


def test_a_passphrase_may_be_any_bytes(tmp_path: Path) -> None:
    keyfile.save_key(EDITOR, tmp_path / "key", "\udcff\udc80")  # as a terminal of another encoding hands them over
    assert keyfile.load_key(tmp_path / "key", "\udcff\udc80").actor == EDITOR.actor
    with pytest.raises(KeyMaterialError, match="wrong passphrase"):
        keyfile.load_key(tmp_path / "key", "\udcff")
    with pytest.raises(KeyMaterialError, match="the key is protected and no passphrase was given"):
        keyfile.load_key(tmp_path / "key")


def test_a_key_is_durable_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bool, list[str], bytes]] = []
    real = os.fsync

    def noted(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").resolve()
        content = b"" if path.is_dir() else path.read_bytes()
        seen.append((path.is_dir(), sorted(item.name[:4] for item in tmp_path.iterdir()), content))
        real(handle)

    monkeypatch.setattr(os, "fsync", noted)
    keyfile.save_unprotected_key(EDITOR, tmp_path / "key")
    content = (tmp_path / "key").read_bytes()
    assert content.startswith(VKEY + b"\n-----BEGIN PRIVATE KEY-----\n")
    assert seen == [(False, [".key"], content), (True, [".key", "key"], b"")]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["key"]


def test_a_key_file_has_65536_bytes(tmp_path: Path, plain: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes((VKEY + b"\n" + plain).ljust(65_536, b"\n"))
    assert keyfile.load_key(path).verifier == EDITOR.verifier
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(KeyMaterialError, match="the file is too large to be a key"):
        keyfile.load_key(path)


@pytest.mark.parametrize("before", [b"", b"\n", b"  \n", b"----- mine\n"])
def test_a_file_that_states_no_key_opens_all_the_same(tmp_path: Path, plain: bytes, before: bytes) -> None:
    (tmp_path / "key").write_bytes(before + plain)
    assert keyfile.load_key(tmp_path / "key").actor == EDITOR.actor
    with pytest.raises(KeyMaterialError, match="the file states no verifier key"):
        keyfile.load_public_key(tmp_path / "key")


@pytest.mark.parametrize("before", [b"\xff\n", b"mine\n", VKEY[:-1] + b"\n", VKEY + b"x\n"])
def test_a_file_that_states_another_text_is_refused(tmp_path: Path, plain: bytes, before: bytes) -> None:
    (tmp_path / "key").write_bytes(before + plain)
    for read in (keyfile.load_key, keyfile.load_public_key):
        with pytest.raises(KeyMaterialError) as caught:
            read(tmp_path / "key")
        assert caught.value.hint == "Restore the file from its backup"
