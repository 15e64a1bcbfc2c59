"""``custody witness``: ask others to cosign the head of a case, cosign for others, and take cosignatures in.

By file, for mail and USB sticks: ``request`` writes what a witness needs, ``cosign`` answers on the witness's computer,
``add`` seals the answer. ``ask`` does all three over HTTP with a witness that serves the same protocol.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forensics.case import CaseFolder
from forensics.chain_of_custody import load_key, publish
from forensics.chain_of_custody.attestations import COSIGNATURE, instant
from forensics.chain_of_custody.canonical import Value
from forensics.chain_of_custody.checkpoint import parse_checkpoint, split_note
from forensics.chain_of_custody.cosignature import Cosignature, WitnessKey, open_cosignature, parse_witness_key
from forensics.chain_of_custody.keys import parse_vkey
from forensics.chain_of_custody.policy import Policy, parse_policy
from forensics.chain_of_custody.seal import write_policy
from forensics.chain_of_custody.witness import CONFLICT, OK, UNPROCESSABLE, Answer, Witness, make_request, parse_request
from forensics.enrichment.source import LookupClass
from forensics.errors import CaseError, NetworkError, PolicyError, StorageError, TamperError, UsageError
from forensics.pipeline import attesting
from forensics.pipeline.clock import now
from forensics.pipeline.sealing import Sealer, default_key, signer

REQUEST_TYPE = "text/plain; charset=utf-8"
_MAX_FILE = 131_072
_POLICY = "trust.policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose key seals (or cosigns)."""

    key: Path | None = None
    passphrase: str | None = None


def request(folder: Path, old: int | None, out: Path) -> list[str]:
    """Write the request for a witness that has seen ``old`` records; without it, as many as the case knows of."""
    case = CaseFolder.open(folder)
    attesting.keep_outside(case, out)
    size = _seen_before(case) if old is None else old
    body = make_request(case.path, size)
    try:
        out.write_bytes(body)
    except OSError as error:
        raise StorageError(f"cannot write the request ({error.strerror})", where=str(out)) from error
    return [
        f"Request:     {out} (from {size} records to {_head_of(parse_request(body).note)})",
        f"It answers:  forensics custody witness cosign {out.name} --state DIR --log VKEY --out ANSWER",
        f"Then:        forensics custody witness add {folder} ANSWER",
    ]


def cosign(asked: Path, state: Path, holder: Holder, logs: Sequence[str], out: Path | None) -> tuple[Answer, list[str]]:
    """Answer a request on the witness's computer; the answer and what to tell."""
    witness = open_witness(state, holder, logs)
    answer = witness.answer(_read(asked), int(now().timestamp()))
    if answer.status != OK:
        return answer, []
    if out is not None:
        try:
            out.write_bytes(answer.body)
        except OSError as error:
            raise StorageError(f"cannot write the answer ({error.strerror})", where=str(out)) from error
    return answer, [f"Cosigned:    {answer.reason}", f"Witness key: {witness.key.vkey}"]


def refusal(answer: Answer, state: Path) -> TamperError | PolicyError:
    """Return the error that tells why a witness did not cosign."""
    kept = f"The note that the log signed is kept as evidence: {state / answer.evidence}" if answer.evidence else ""
    if answer.status == CONFLICT:
        hint = (
            f"Ask for a request from there: forensics custody witness request CASE --old {answer.body.decode().strip()}"
        )
        return PolicyError(f"not cosigned ({answer.status}): {answer.reason}", hint=hint)
    if answer.status == UNPROCESSABLE:
        return TamperError(f"not cosigned ({answer.status}): {answer.reason}", hint=kept)
    hint = "Name a key of the log that you trust: --log VKEY (keys/*.pub of the case, compared by another way)"
    return PolicyError(f"not cosigned ({answer.status}): {answer.reason}", hint=hint)


def open_witness(state: Path, holder: Holder, logs: Sequence[str]) -> Witness:
    """Return the witness whose memory is ``state``, after teaching it further keys of logs."""
    secret = holder.passphrase if holder.passphrase is not None else os.environ.get("FORENSICS_PASSPHRASE")
    witness = Witness(state, load_key(holder.key or default_key(), secret))
    for text in logs:
        for vkey in _vkeys(text):
            witness.trust(parse_vkey(vkey))
    return witness


def trust(folder: Path, wanted: Path, holder: Holder) -> list[str]:
    """Seal which witnesses count for a case: a C2SP tlog-policy file without log lines, or with those of the case."""
    case = CaseFolder.open(folder)
    policy = parse_policy(_text(wanted))
    with Sealer.reopen(case, signer(holder.key, holder.passphrase)) as sealer:
        log = sealer.log
        own = {key.vkey for key in log.keys if key.actor not in log.revoked}
        if not set(policy.logs) <= own:
            raise UsageError("the policy names a log that is not this case's", where=str(wanted))
        write_policy(case.path, log.origin, log.keys, tuple(log.revoked), policy)
        names = ", ".join(policy.witnesses) or "nobody"
        sealer.record("note", {"text": "witnesses named", "quorum": policy.quorum, "witnesses": names}, [_POLICY])
        head, _ = attesting.signed_head(sealer)
    return [f"Witnesses:   {names}; quorum {policy.quorum}", *attesting.receipt(case, head)]


def add(folder: Path, answers: Sequence[Path], known: Sequence[str], holder: Holder) -> list[str]:
    """Seal cosignatures that came by file."""
    case = CaseFolder.open(folder)
    with Sealer.reopen(case, signer(holder.key, holder.passphrase)) as sealer:
        lines = [line for item in answers for line in _text(item).splitlines(keepends=True)]
        told = _take(sealer, lines, known)
        head, _ = attesting.signed_head(sealer)
    return [*told, *attesting.receipt(case, head)]


def ask(folder: Path, url: str, known: Sequence[str], holder: Holder, way: attesting.Way) -> list[str]:
    """Ask a witness over HTTP and seal its cosignature. The proof starts where the witness says that it stands."""
    case = CaseFolder.open(folder)
    server = attesting.endpoint(LookupClass.WITNESS, url)
    with Sealer.reopen(case, signer(holder.key, holder.passphrase)) as sealer:
        attesting.signed_head(sealer)
        opened = attesting.open_way(way, LookupClass.WITNESS, (server,), case.facts.pap)
        reply = opened.post(server, "/add-checkpoint", make_request(case.path, _seen_before(case)), REQUEST_TYPE)
        if reply.status == CONFLICT:
            said = reply.body.strip()[:20]
            if not said.isdigit():
                raise NetworkError("the witness refused without saying what it has seen", where=server.text)
            body = make_request(case.path, int(said))  # it has seen more than we hold: TamperError
            reply = opened.post(server, "/add-checkpoint", body, REQUEST_TYPE)
        if reply.status != OK:
            raise _refused(reply.status, reply.body, server.text)
        told = _take(sealer, _decoded(reply.body).splitlines(keepends=True), known)
        head, _ = attesting.signed_head(sealer)
    return [*told, *attesting.receipt(case, head)]


def _refused(status: int, body: bytes, where: str) -> TamperError | NetworkError:
    said = ascii(body[:200].decode("utf-8", "replace").strip())
    if status == UNPROCESSABLE:
        what = f"the witness has seen another history of this log (422): {said}"
        hint = "Compare this folder with other copies before going on; the witness keeps what it saw"
        return TamperError(what, where=where, hint=hint)
    told = {403: "it accepts no key that signed", 404: "it does not know this log", 409: "it has seen another size"}
    what = f"the witness did not cosign ({status}): {told.get(status, said)}"
    return NetworkError(
        what, where=where, hint="Nothing of the case was changed; tell the witness the keys in keys/*.pub"
    )


def _take(sealer: Sealer, lines: Sequence[str], known: Sequence[str]) -> list[str]:
    """Check lines against the case's checkpoints and seal those of known witnesses; unknown ones are refused."""
    case, log = sealer.case, sealer.log
    witnesses = [*_policy(case).witnesses.values(), *(parse_witness_key(text) for text in known)]
    _, note = attesting.signed_head(sealer)
    heads = [parse_checkpoint(split_note(item)[0]) for _, item in attesting.checkpoints(case, note)]
    made: list[tuple[int, Cosignature]] = []
    for line in lines:
        problem = TamperError("the file holds no cosignature")
        for head in heads:
            try:
                made.append((head.size, open_cosignature(line, head, witnesses)))
                break
            except TamperError as error:
                problem = error if head is heads[0] else problem
        else:
            hint = (
                "Nothing was sealed. Name its key (--witness VKEY), or in the policy: forensics custody witness trust"
            )
            raise TamperError(problem.what, where="witness", hint=hint)
    if not made:
        raise UsageError("there is no cosignature to add", where="witness")
    return [_seal(sealer, size, item) for size, item in made if _is_new(size, item, log.files)]


def _is_new(size: int, item: Cosignature, sealed: object) -> bool:
    path = _path(size, item.key)
    if path in sealed:  # type: ignore[operator] # a mapping
        raise CaseError("a cosignature of this witness over these records is in the case already", where=path)
    return True


def _path(size: int, key: WitnessKey) -> str:
    return f"witnesses/{size}-{key.key_id.hex()}.cosig"


def _seal(sealer: Sealer, size: int, item: Cosignature) -> str:
    from datetime import UTC, datetime

    path, public = _path(size, item.key), f"witnesses/{item.key.key_id.hex()}.pub"
    files = {path: item.line.encode()}
    if public not in sealer.log.files:
        files[public] = f"{item.key.vkey}\n".encode()
    for name, data in files.items():
        publish(sealer.case.path, name, data)
    told = instant(datetime.fromtimestamp(item.time, UTC))
    subject: dict[str, Value] = {"witness": item.key.name, "key": item.key.key_id.hex(), "covers": size, "time": told}
    sealer.record("witness.receive", subject, list(files))
    return f"Witnessed:   {size} records by {item.key.name} at {told} by its clock ({path})"


def _seen_before(case: CaseFolder) -> int:
    """Return how many records the last witness of the case has seen; another witness says so itself (409)."""
    names = [COSIGNATURE.fullmatch(f"witnesses/{path.name}") for path in (case.path / "witnesses").glob("*.cosig")]
    return max((int(found[1]) for found in names if found), default=0)


def _policy(case: CaseFolder) -> Policy:
    return parse_policy(_text(case.path / _POLICY))


def _vkeys(text: str) -> list[str]:
    """Return the keys of logs in an argument: a vkey, or a file with some (keys/ID.pub, trust.policy)."""
    path = Path(text)
    if len(text) > 500 or not path.is_file():  # noqa: PLR2004 - longer than any key or name of a file
        return [text]
    found = _text(path).splitlines()
    named = [line.split()[1] for line in found if line.startswith("log ") and len(line.split()) > 1]
    return named or [line.strip() for line in found if line.strip()]


def _head_of(note: bytes) -> str:
    head = parse_checkpoint(split_note(note)[0])
    return f"{head.size} of {head.origin}"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE + 1)
    except OSError as error:
        raise UsageError(f"cannot read the file ({error.strerror})", where=str(path)) from error


def _text(path: Path) -> str:
    return _decoded(_read(path), str(path))


def _decoded(data: bytes, where: str = "the witness's answer") -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TamperError("this is no text", where=where) from error
