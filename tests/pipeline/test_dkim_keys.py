"""Keys of mail signers: given on the command line, kept in the case, and told to the formats."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from forensics.chain_of_custody import verify_case
from forensics.errors import DataError
from forensics.event_store import connect, timeline
from forensics.pipeline.analyze import analyze
from forensics.pipeline.request import Request
from tests.pipeline import march

HEADERS = "from:Google <no-reply@accounts.google.com>\r\nsubject:Security alert\r\n"
NAME = "test._domainkey.accounts.google.com"


def signed(key: ed25519.Ed25519PrivateKey) -> str:
    body = base64.b64encode(hashlib.sha256(b"text\r\n").digest()).decode()
    tags = f"v=1; a=ed25519-sha256; c=relaxed/relaxed; d=accounts.google.com; s=test; h=from:subject; bh={body}; b="
    data = f"{HEADERS}dkim-signature:{tags}".encode()
    value = base64.b64encode(key.sign(hashlib.sha256(data).digest())).decode()
    return (
        "Delivered-To: editor@mail.example\r\n"
        "Received: from a.example (a.example [198.51.100.9]) by mx.mail.example; Wed, 11 Mar 2020 01:00:00 +0000\r\n"
        f"DKIM-Signature: {tags}{value}\r\nFrom: Google <no-reply@accounts.google.com>\r\nSubject: Security alert\r\n"
        "Message-ID: <1@accounts.google.com>\r\n\r\ntext\r\n"
    )


def test_supplied_keys_are_kept_in_the_case_and_make_a_notice_count(tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    keys = tmp_path / "keys.txt"
    keys.write_text(f'{NAME}. IN TXT "v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"\n')
    (tmp_path / "alert.eml").write_bytes(signed(key).encode())
    request = Request(
        paths=(str(tmp_path / "alert.eml"),),
        case=tmp_path / "case",
        dkim_keys=keys,
        key=march.key_file(tmp_path),
        stated={"title": "keys"},
    )
    with march.clock():
        outcome = analyze(request)
    assert "--dkim-keys" in request.command_line()
    with connect(outcome.case.path) as connection:
        (notice,) = [row for row in timeline(connection) if row["action"] == "alert"]
    assert json.loads(notice["detail"])["genuine"]["grade"] == "verified"
    assert (outcome.case.path / "dkim-keys.txt").read_bytes() == keys.read_bytes()
    assert verify_case(outcome.case.path).ok


def test_a_key_file_that_cannot_be_read_stops_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        analyze(Request(paths=("x",), case=tmp_path / "case", dkim_keys=tmp_path / "none.txt"))
    assert not (tmp_path / "case").exists()
