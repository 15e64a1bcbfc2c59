"""The March case with a signed report in it, and what foreign programs say of a signed file."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chain_of_custody.local_tsa import Authority
from tests.pipeline import document_pki
from tests.pipeline.document_pki import Office

PACKAGES = "poppler-utils, qpdf, openssl"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A copy of a case, the key of its log, an office that certifies people, and an authority that stamps."""

    case: Path
    key: Path
    office: Office
    tsa: Authority

    @property
    def signed(self) -> list[Path]:
        """The signed files of the case, the oldest first."""
        return sorted((self.case / "signed").glob("*.pdf"), key=lambda path: path.stat().st_mtime_ns)

    def words(self, key: object, *more: object) -> tuple[object, ...]:
        """Return the command that signs with a key."""
        return ("report", self.case, "--format", "pdf", "--key", self.key, "--sign", key, *more)

    def archive_words(self) -> tuple[object, ...]:
        """Return what a copy for the archive needs: roots and lists of both offices."""
        listed = document_pki.list_of_authority(self.tsa.folder, "Sample Time Authority Root")
        return ("--lta", "--trust", self.office.root, "--crl", self.office.revoked(), "--crl", listed)


def tool(*words: object) -> str:
    """Run a foreign program; a test is skipped where it is not installed."""
    if not shutil.which(str(words[0])):
        pytest.skip(f"needs {words[0]} (Debian: {PACKAGES})")
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A signed file cut as ISO 32000-2, section 12.8.1 says, by nothing but its own words."""

    covered: bytes
    container: bytes
    first: int
    second: int


def cut(pdf: bytes) -> Cut:
    """Cut the last signature of a file out of it."""
    found = list(re.finditer(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", pdf))[-1]
    start, first, second, rest = map(int, found.groups())
    assert start == 0
    assert second + rest == len(pdf)
    held = bytes.fromhex(pdf[first + 1 : second - 1].decode())
    size = 4 + int.from_bytes(held[2:4], "big")  # SEQUENCE with a length of two bytes
    assert held[:2] == b"\x30\x82"
    assert not held[size:].strip(b"\0")
    return Cut(covered=pdf[:first] + pdf[second:], container=held[:size], first=first, second=second)
