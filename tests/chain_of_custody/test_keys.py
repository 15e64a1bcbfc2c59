"""Keys: published vectors, one spelling each, and files that open only with their passphrase."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import keyfile, keys
from forensics.errors import KeyMaterialError, TamperError
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR

if TYPE_CHECKING:
    from pathlib import Path

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"


@pytest.mark.parametrize("vkey", [PETER, FOO])
def test_published_verifier_keys_parse_and_print_the_same(vkey: str) -> None:
    key = keys.parse_vkey(vkey)
    assert key.vkey == vkey
    assert key.key_id.hex() == vkey.split("+")[1]


def test_every_prefix_and_every_changed_character_of_a_key_is_refused() -> None:
    for at in range(len(PETER)):
        changed = PETER[:at] + chr(ord(PETER[at]) ^ 1) + PETER[at + 1 :]
        for text in (PETER[:at], changed, PETER + PETER[at]):
            with pytest.raises(TamperError):
                keys.parse_vkey(text)


def test_keys_under_which_a_signature_proves_nothing_are_refused() -> None:
    kit = sealed_case.kit_module()
    for point in keys.WEAK_POINTS:
        with pytest.raises(ValueError, match=r"Ed25519 public key"):
            keys.VerifierKey(name="a", public=point)
        try:
            assert kit.equal(kit.times(8, kit.decompress(point)), kit.ZERO)
        except kit.Defect:
            continue  # not a canonical encoding: refused one step earlier
    off_curve = next(y for y in range(2, 100) if not keys._is_point(y))
    for number in (off_curve, keys.FIELD_PRIME + 3):
        with pytest.raises(ValueError, match="no point"):
            keys.VerifierKey(name="a", public=number.to_bytes(32, "little"))
    for name in ("", "a b", "a+b", 'a"', "a\n", "a" * 201):
        with pytest.raises(ValueError, match="key name"):
            keys.VerifierKey(name=name, public=EDITOR.verifier.public)


def test_signatures_fit_their_message_and_key_only() -> None:
    signature = EDITOR.sign(b"message")
    assert EDITOR.verifier.verify(signature, b"message")
    assert not EDITOR.verifier.verify(signature, b"massage")
    assert not COLLEAGUE.verifier.verify(signature, b"message")
    assert not EDITOR.verifier.verify(signature[:-1], b"message")
    assert EDITOR.named("example.org/case").actor == EDITOR.actor
    assert EDITOR.named("example.org/case").verifier.key_id != EDITOR.verifier.key_id
    assert "private" not in repr(EDITOR).lower()


def test_the_standalone_verifier_agrees_on_signatures() -> None:
    kit = sealed_case.kit_module()
    order = kit.ORDER
    for number in range(12):
        message = bytes([number]) * number
        signature = EDITOR.sign(message)
        larger = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
        flipped = bytearray(signature)
        flipped[number * 5] ^= 1 << number % 8
        for candidate in (signature, larger, bytes(flipped), signature[:63], signature[::-1]):
            ours = EDITOR.verifier.verify(candidate, message)
            assert kit.signed(EDITOR.verifier.public, message, candidate) == ours == (candidate == signature)


def test_a_saved_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "editor.key"
    keyfile.save_key(EDITOR, path, "correct horse ə")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["editor.key"]
    assert b"ENCRYPTED" in path.read_bytes()
    loaded = keyfile.load_key(path, "correct horse ə")
    assert loaded.verifier == EDITOR.verifier
    assert keyfile.load_public_key(path) == EDITOR.verifier
    for passphrase in ("wrong", "", None):
        with pytest.raises(KeyMaterialError) as caught:
            keyfile.load_key(path, passphrase)
        assert caught.value.hint
        assert caught.value.where == "editor.key"


def test_openssl_reads_the_saved_key(tmp_path: Path) -> None:
    path = tmp_path / "editor.key"
    keyfile.save_key(EDITOR, path, "secret")
    shown = subprocess.run(
        ["openssl", "pkey", "-in", path, "-passin", "pass:secret", "-pubout"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == EDITOR.verifier.pem


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    keyfile.save_unprotected_key(EDITOR, path)
    before = path.read_bytes()
    with pytest.raises(KeyMaterialError, match="already there"):
        keyfile.save_key(COLLEAGUE, path, "x")
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.key"]
    assert keyfile.load_key(path).actor == EDITOR.actor
    assert keyfile.load_key(path, "a passphrase that is not needed").actor == EDITOR.actor


def test_files_that_are_no_key_are_named_with_a_hint(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    keyfile.save_unprotected_key(EDITOR, tmp_path / "good")
    good = (tmp_path / "good").read_bytes()
    swapped = COLLEAGUE.verifier.vkey.encode() + good[good.index(b"\n") :]
    files = {"p256": pem, "text": b"hello\n", "empty": b"", "swapped": swapped, "large": b"x" * 70_000}
    files["broken"] = good.replace(b"+", b"-", 1)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(KeyMaterialError) as caught:
            keyfile.load_key(tmp_path / name)
        assert caught.value.hint
    for name in ("missing", "empty", "p256", "broken"):
        with pytest.raises(KeyMaterialError):
            keyfile.load_public_key(tmp_path / name)
    with pytest.raises(KeyMaterialError, match="empty"):
        keyfile.save_key(EDITOR, tmp_path / "new", "")
    with pytest.raises(KeyMaterialError, match="cannot be written"):
        keyfile.save_key(EDITOR, tmp_path / "no folder" / "new", "x")


def test_a_key_of_another_tool_gets_a_name(tmp_path: Path) -> None:
    path = tmp_path / "foreign.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True)
    assert keyfile.load_key(path).name == keyfile.load_key(path).actor
    assert keyfile.load_key(path, name="example.org/me").name == "example.org/me"
    assert keys.new_identity("a").actor != keys.new_identity("a").actor
