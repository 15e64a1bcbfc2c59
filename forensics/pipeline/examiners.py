"""The examiners of a case: introduce, rotate and revoke people's keys, and list them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from forensics import chain_of_custody as custody
from forensics.case import CaseFolder
from forensics.chain_of_custody import acts, keyfile, ssh_keys
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.people import ALLOWED_SIGNERS, NAME, Signer
from forensics.chain_of_custody.ssh_keys import PersonKey
from forensics.errors import CaseError, KeyMaterialError, TamperError, UsageError
from forensics.pipeline.by_person import ByPerson, Desk, at_desk, signer_of
from forensics.pipeline.clock import stamp

COLUMNS = ("name", "key", "fingerprint", "state", "since", "next", "relied_until", "signed")


def public_key(path: Path) -> PersonKey:
    """Read a public key: a ``.pub`` file of OpenSSH, or the first line of a key file of ours."""
    data = keyfile.read(path)
    words = data.split(b"\n", 1)[0].decode("utf-8", "replace").split(" ")
    try:
        if words[0] in {ssh_keys.ED25519, ssh_keys.P256}:
            return ssh_keys.parse_line(" ".join(words[:2]).strip())
    except TamperError as error:
        raise KeyMaterialError(error.what, where=path.name, hint="Give the .pub file as ssh-keygen wrote it") from error
    return PersonKey(kind=ssh_keys.ED25519, point=custody.load_public_key(path).public)


def add(folder: Path, name: str, by: ByPerson, *, public: Path | None, following: Path | None, role: str) -> list[str]:
    """Introduce an examiner: by the key itself while there is none, else vouched for by an active examiner."""
    if not NAME.fullmatch(name):
        raise UsageError(f"this cannot be the name of an examiner: {name[:80]!r}", hint="Letters, digits, . _ @ -")
    own = signer_of(by.sign, by.secret) if by.sign and public is None else None
    with at_desk(folder, by, fresh=own) as desk:
        first = not any(one.state == "active" for one in desk.people.keys.values())
        new: Signer = own or custody.of_identity(desk.sealer.identity)
        if first and public is not None and public_key(public) != new.key:
            raise UsageError("the first examiner signs for itself", hint="Name the private key: --sign KEY")
        key = public_key(public) if public is not None else new.key
        signer = new if first else desk.require_examiner()
        subject: dict[str, Value] = {"name": name, "key": key.line, "by": name if first else desk.name()}
        if following is not None:
            subject["next"] = public_key(following).commitment
        if role:
            subject["role"] = role
        told = _published(desk, "examiner.add", subject, key, signer)
    return [f"examiner:    {name}", f"key:         {key.line}", f"fingerprint: {key.fingerprint}", *told]


def rotate(folder: Path, name: str, by: ByPerson, *, following: Path | None) -> list[str]:
    """Put the key that was committed to in the place of the present one; ``--sign`` is the new key."""
    if not by.sign:
        raise UsageError("the new key signs a rotation", hint="Name it: --sign KEY")
    signer = signer_of(by.sign, by.secret)
    with at_desk(folder, by, fresh=signer) as desk:
        subject: dict[str, Value] = {"name": name, "key": signer.key.line, "by": name}
        if following is not None:
            subject["next"] = public_key(following).commitment
        told = _published(desk, "examiner.rotate", subject, signer.key, signer)
    return [f"rotated: {name} now signs with {signer.key.fingerprint}", *told]


def revoke(folder: Path, name: str, by: ByPerson, *, since: str, public: Path | None) -> list[str]:
    """Take a key out, with reason and the time from which it is not relied on; a lost key needs no signature."""
    if not by.why:
        raise UsageError("a revocation needs its reason", hint="Give it: --why '…'")
    since = since or stamp()
    since = f"{since}T00:00:00Z" if len(since) == len("2026-01-01") else since
    if not acts.is_time(since):
        raise UsageError(f"no time: {since!r}", hint="Write 2026-01-31 or 2026-01-31T12:00:00Z")
    with at_desk(folder, by) as desk:
        known = desk.people.active(name)
        if public is not None:
            key = public_key(public)
        elif known is not None:
            key = known.key
        else:
            raise CaseError(f"{name!r} has no active key", hint="See: forensics custody examiner list CASE")
        subject: dict[str, Value] = {"name": name, "key": key.line, "from": since}
        if desk.signer is not None:
            subject["by"] = desk.name()
        told = desk.record("examiner.revoke", subject)
        told += desk.people.doubts()
    return [f"revoked: {name}, {key.fingerprint}, not relied on from {since}", *told]


def listed(folder: Path) -> tuple[tuple[str, ...], Iterator[Mapping[str, Any]]]:
    """Return the register as rows, read without a key and without the lock."""
    case = CaseFolder.open(folder)
    people = custody.People()
    for record in custody.read_records(case.path):
        people.check(record)
        people.apply(record)
    rows = (
        {
            "schema": "forensics/examiner/1",
            "name": one.name,
            "key": one.key.line,
            "fingerprint": one.key.fingerprint,
            "state": one.state,
            "since": one.since,
            "next": one.next,
            "relied_until": one.relied_until,
            "signed": len(one.signed),
        }
        for one in people.keys.values()
    )
    return COLUMNS, rows


def _published(desk: Desk, action: str, subject: Mapping[str, Value], key: PersonKey, signer: Signer) -> list[str]:
    """Write the file that ssh-keygen knows the examiners by, then the record that names it."""
    people = desk.people
    if key.fingerprint in people.keys:
        raise CaseError("this key is in the case already", hint="See: forensics custody examiner list CASE")
    files = {ALLOWED_SIGNERS: people.published_with(str(subject["name"]), key)}
    return desk.record(action, subject, files, signer=signer)
