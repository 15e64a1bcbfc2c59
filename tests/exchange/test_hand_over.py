"""Bundles that stream through age: opened by Debian's own ``age``, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, BinaryIO

import pyrage
import pytest

from forensics.errors import EvidenceError, KeyMaterialError, StorageError, TamperError, UsageError
from forensics.exchange import hand_over
from forensics.exchange.encryption import parse_recipients

AGE = shutil.which("age")
debian = pytest.mark.skipif(AGE is None, reason="needs age (Debian: age)")
CONTENT = os.urandom(1 << 18) * 3


def write(stream: BinaryIO) -> None:
    stream.writelines(CONTENT[start : start + 50_000] for start in range(0, len(CONTENT), 50_000))


def identity(path: Path) -> tuple[Path, str]:
    made = pyrage.x25519.Identity.generate()
    path.write_text(f"# a comment\n{made}\n")
    return path, str(made.to_public())


def by_age(*arguments: str | Path) -> bytes:
    return subprocess.run([str(AGE), *map(str, arguments)], capture_output=True, check=True).stdout


def ssh(path: Path, kind: str, passphrase: str = "") -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", path], check=True)
    return path.with_suffix(".pub").read_text()


@debian
def test_recipients_of_every_kind_open_it_with_age_and_with_us(tmp_path: Path) -> None:
    file, public = identity(tmp_path / "id.txt")
    keys = [public, ssh(tmp_path / "ed", "ed25519"), ssh(tmp_path / "rsa", "rsa")]
    bundle = tmp_path / "case.age"
    size, digest = hand_over.encrypt_for(write, bundle, parse_recipients(keys))
    assert (size, digest) == (bundle.stat().st_size, hashlib.sha256(bundle.read_bytes()).hexdigest())
    assert not hand_over.wants_passphrase(bundle)
    for number, held in enumerate((file, tmp_path / "ed", tmp_path / "rsa")):
        assert by_age("-d", "-i", held, bundle) == CONTENT
        hand_over.decrypt_to(bundle, tmp_path / f"plain{number}", hand_over.identities_of(held))
        assert (tmp_path / f"plain{number}").read_bytes() == CONTENT


@debian
def test_what_age_encrypts_is_opened(tmp_path: Path) -> None:
    file, public = identity(tmp_path / "id.txt")
    (tmp_path / "plain").write_bytes(CONTENT)
    by_age("-r", public, "-o", tmp_path / "theirs.age", tmp_path / "plain")
    hand_over.decrypt_to(tmp_path / "theirs.age", tmp_path / "again", hand_over.identities_of(file))
    assert (tmp_path / "again").read_bytes() == CONTENT


def test_a_passphrase_opens_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "case.age"
    hand_over.encrypt_for(write, bundle, (), "open sesame")
    assert hand_over.wants_passphrase(bundle)
    hand_over.decrypt_to(bundle, tmp_path / "plain", (), "open sesame")
    assert (tmp_path / "plain").read_bytes() == CONTENT
    with pytest.raises(KeyMaterialError, match="cannot be opened"):
        hand_over.decrypt_to(bundle, tmp_path / "other", (), "wrong")
    monkeypatch.setattr(hand_over, "MAX_IN_MEMORY", 1000)
    with pytest.raises(UsageError, match="too large for a passphrase"):
        hand_over.encrypt_for(write, tmp_path / "more.age", (), "open sesame")
    with pytest.raises(EvidenceError, match="too large for a passphrase"):
        hand_over.decrypt_to(bundle, tmp_path / "other", (), "open sesame")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.age", "plain"]


def test_a_damaged_or_foreign_bundle_leaves_nothing_behind(tmp_path: Path) -> None:
    file, public = identity(tmp_path / "id.txt")
    stranger, _ = identity(tmp_path / "stranger.txt")
    bundle = tmp_path / "case.age"
    hand_over.encrypt_for(write, bundle, parse_recipients([public]))
    data = bundle.read_bytes()
    with pytest.raises(KeyMaterialError, match="cannot be opened"):
        hand_over.decrypt_to(bundle, tmp_path / "plain", hand_over.identities_of(stranger))
    for at in (10, 150, 300, len(data) // 2, len(data) - 1):
        bundle.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises((KeyMaterialError, TamperError)):
            hand_over.decrypt_to(bundle, tmp_path / "plain", hand_over.identities_of(file))
    for cut in (data[:-1], data[: len(data) // 2], data[: 1 << 16], data[:100], b""):
        bundle.write_bytes(cut)
        with pytest.raises((KeyMaterialError, TamperError)):
            hand_over.decrypt_to(bundle, tmp_path / "plain", hand_over.identities_of(file))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.age", "id.txt", "stranger.txt"]


def test_an_error_while_writing_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    _, public = identity(tmp_path / "id.txt")

    def fails(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise TamperError("the file is not what the log says")

    with pytest.raises(TamperError, match="not what the log says"):
        hand_over.encrypt_for(fails, tmp_path / "case.age", parse_recipients([public]))
    with pytest.raises(StorageError, match="cannot be written"):
        hand_over.encrypt_for(write, tmp_path / "absent" / "case.age", parse_recipients([public]))
    assert [path.name for path in tmp_path.iterdir()] == ["id.txt"]
    with pytest.raises(UsageError, match="never replaced"):
        hand_over.encrypt_for(write, tmp_path / "id.txt", parse_recipients([public]))


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """A reader that stops ends the writer too, instead of waiting for it for ever."""
    _, public = identity(tmp_path / "id.txt")
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from forensics.errors import StorageError\n"
        "from forensics.exchange import hand_over\n"
        "from forensics.exchange.encryption import parse_recipients\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "def write(stream):\n    [stream.write(bytes(65536)) for _ in range(400)]\n"
        "try:\n    hand_over.encrypt_for(write, Path(sys.argv[1]), parse_recipients([sys.argv[2]]))\n"
        "except StorageError as error:\n    print(error.what)\n"
    )
    import sys

    done = subprocess.run([sys.executable, "-c", script, tmp_path / "case.age", public], capture_output=True, text=True,
                          check=True, timeout=60, cwd=Path(__file__).parents[2])  # fmt: skip
    assert "cannot be written" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["id.txt"]


@pytest.mark.parametrize(
    "content", [b"", b"# nothing\n", b"AGE-SECRET-KEY-1XX\n", b"\xff", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"]
)
def test_files_without_an_identity_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "id").write_bytes(content)
    with pytest.raises(KeyMaterialError):
        hand_over.identities_of(tmp_path / "id")


def test_absent_files_are_told(tmp_path: Path) -> None:
    absent: Any = tmp_path / "absent"
    with pytest.raises(KeyMaterialError, match="cannot be read"):
        hand_over.identities_of(absent)
    with pytest.raises(EvidenceError, match="cannot be read"):
        hand_over.wants_passphrase(absent)
