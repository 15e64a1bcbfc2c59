"""Check a sealed case without the program that made it: Python 3.8 or newer, nothing but its standard library.

    python3 CASE/verify/verify.py [CASE] [--key VKEY] [--head SIZE:ROOT]

Prints numbered steps and exits with 0 if all hold, 4 if one fails, 2 if it was called wrongly. It reads the folder,
writes nothing and needs no network. README.txt says what the steps show, and what they do not show.
"""

# One file without package, so that it can be copied and read alone; its numbers are those of the standards it cites.
# ruff: noqa: INP001, PLR2004, PTH100, PTH118, PTH120

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import json
import os
import re
import stat
import sys
from datetime import datetime, timezone
from typing import Any, BinaryIO

TITLES = {
    1: "the folder holds plain files and folders only",
    2: "every line of the log is one canonical record",
    3: "the records are numbered and chained",
    4: "actors and key files agree with the log",
    5: "the checkpoint is signed by the last actor",
    6: "the checkpoint covers exactly this log",
    7: "every earlier checkpoint is there and genuine",
    8: "every sealed file is unchanged",
    9: "nothing else is in the folder",
    10: "the log agrees with what the caller knows",
}
ACTIONS = {
    "analysis.run",
    "case.close",
    "case.open",
    "disclosure.redact",
    "evidence.access",
    "evidence.ingest",
    "evidence.verify",
    "examiner.add",
    "examiner.revoke",
    "examiner.rotate",
    "export.create",
    "finding.review",
    "key.add",
    "key.revoke",
    "lookup.answer",
    "lookup.import",
    "lookup.plan",
    "lookup.query",
    "note",
    "owner.declare",
    "proof.create",
    "recovery",
    "registry.load",
    "report.render",
    "report.sign",
    "seal",
    "share.release",
    "timestamp.receive",
    "transfer.accept",
    "transfer.offer",
    "witness.receive",
    "working_copy.create",
}
MAX_LINE, MAX_DEPTH, MAX_NOTE = 65535, 16, 65536
NAME = re.compile(r"[A-Za-z0-9._~:/@-]{1,200}\Z")
PART = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._+=@,~-]{0,198}[A-Za-z0-9_+=@,~-])?\Z")
HEX = re.compile(r"[0-9a-f]{64}\Z")
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z\Z")
SIGNATURE = re.compile(r"U1NIU0lH[A-Za-z0-9+/]{1,1000}={0,2}\Z")
PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}\Z")
PLAIN = re.compile(r"[ -~]*\Z")
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class Defect(Exception):  # noqa: N818 - not an error of the program but a finding
    """What is wrong, in words."""


def require(condition: Any, what: str) -> None:
    """Raise a finding unless the condition holds."""
    if not condition:
        raise Defect(what)


# --- one line, one value (RFC 8785, restricted) -----------------------------------------------------------------------


def decode(line: bytes) -> Any:
    """Return the value of a line if the line is its only spelling."""
    require(len(line) <= MAX_LINE, "the line is longer than 65535 bytes")
    require(line.endswith(b"\n"), "the line has no line feed at its end")
    level = 0
    for byte in STRING.sub(b"", line):
        level += (byte in b"[{") - (byte in b"]}")
        require(level <= MAX_DEPTH, "the line nests deeper than 16 levels")
    try:
        value = json.loads(
            line.decode("utf-8"), object_pairs_hook=unique, parse_int=integer, parse_float=refuse, parse_constant=refuse
        )
        again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8") + b"\n"
    except ValueError as error:
        msg = f"the line is not restricted canonical JSON: {error}"
        raise Defect(msg) from error
    require(again == line, "the line is not in its canonical spelling")
    return value


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse duplicate keys, and keys outside ASCII."""
    require(len(dict(pairs)) == len(pairs), "a key stands twice in one object")
    require(all(ord(letter) < 128 for key, _ in pairs for letter in key), "a key is not ASCII text")
    return dict(pairs)


def integer(text: str) -> int:
    """Refuse integers that other readers of JSON would change."""
    require(len(text) <= 17 and abs(int(text)) < 2**53, "an integer is outside +-(2**53 - 1)")
    return int(text)


def refuse(text: str) -> None:
    """Refuse floats, NaN and infinities."""
    msg = f"{text[:20]!a} is not an integer"
    raise Defect(msg)


def check_record(value: Any) -> Any:
    """Return a record whose members all have the right shape."""
    require(isinstance(value, dict), "the line is not an object")
    texts = {"action", "actor", "prev", "time"}
    optional = {"authority", "gone", "out", "reason", "sig", "tool"}
    require(texts | {"seq", "subject", "v"} <= set(value), "a member is missing")
    require(set(value) <= texts | {"seq", "subject", "v"} | optional, "a member is unknown")
    newer = is_count(value["v"]) and value["v"] > 1
    require(not newer, "the record is of a newer version: take the verify.py of the program that sealed it")
    require(value["v"] == 1 and value["v"] is not True, "the record is not of version 1")
    require(all(isinstance(value[key], str) for key in texts), "a member is not text")
    require(all(isinstance(value.get(key, "-"), str) for key in ("authority", "reason")), "a member is not text")
    require(all(value[key] for key in optional & set(value)), "an optional member is empty")
    sig = value.get("sig", "U1NIU0lHAA")
    require(isinstance(sig, str) and SIGNATURE.match(sig), "sig is not the base64 of an SSH signature")
    require(value["action"] in ACTIONS, "the action is not in the closed list")
    require(re.match(r"key:[0-9a-f]{32}\Z", value["actor"]), "the actor is no key fingerprint")
    require(HEX.match(value["prev"]), "prev is not 64 lower-case hex digits")
    require(is_time(value["time"]), "time is not YYYY-MM-DDThh:mm:ssZ")
    require(is_count(value["seq"]) and isinstance(value["subject"], dict), "seq or subject has the wrong kind")
    tool = value.get("tool", {})
    require(isinstance(tool, dict) and set(tool) <= {"name", "version", "digest"}, "tool has unknown members")
    require(all(isinstance(text, str) and text for text in tool.values()), "tool holds more than text")
    out, gone = value.get("out", []), value.get("gone", [])
    require(isinstance(out, list) and isinstance(gone, list), "out or gone is not a list")
    for entry in out:
        require(isinstance(entry, dict) and set(entry) == {"bytes", "path", "sha256"}, "an entry of out is malformed")
        require(is_count(entry["bytes"]) and isinstance(entry["sha256"], str), "an entry of out is malformed")
        require(HEX.match(entry["sha256"]), "a digest is not 64 lower-case hex digits")
    paths = [entry["path"] for entry in out]
    require(all(is_path(path) for path in paths + gone), "a path does not stay inside the folder")
    require(paths == sorted(paths) and gone == sorted(gone), "a list of files is not sorted")
    require(len(set(paths + gone)) == len(paths) + len(gone), "a path stands twice in one record")
    return value


def is_count(value: Any) -> bool:
    """Say whether a value is an integer from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_path(value: Any) -> bool:
    """Say whether a value is a relative path that can be sealed."""
    return isinstance(value, str) and len(value) <= 1000 and all(PART.match(part) for part in value.split("/"))


def is_time(text: str) -> bool:
    """Say whether a text is a real date and time in UTC."""
    found = TIME.match(text)
    try:
        return bool(found and datetime(*(int(part) for part in found.groups()), tzinfo=timezone.utc))  # type: ignore[misc,arg-type] # noqa: UP017 - 3.8 has no datetime.UTC
    except ValueError:
        return False


# --- Ed25519 (RFC 8032, section 5.1), verification only ---------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ZERO = (0, 1, 1, 0)


def add(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Add two points in extended coordinates (RFC 8032, section 5.1.4)."""
    s, t = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    u, v = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = t - s, v - u, v + u, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Multiply a point."""
    total = ZERO
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def decompress(raw: bytes) -> tuple[int, int, int, int]:
    """Decode a point in its canonical encoding (RFC 8032, section 5.1.3)."""
    number = int.from_bytes(raw, "little")
    y, sign = number & (2**255 - 1), number >> 255
    require(len(raw) == 32 and y < P, "not a usable Ed25519 public key")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    require((x * x - square) % P == 0 and (x or not sign), "not a usable Ed25519 public key")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def equal(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    """Compare two points without dividing."""
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@functools.lru_cache(maxsize=64)
def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature fits (RFC 8032, section 5.1.7, without cofactor)."""
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y, z, t = times(h, decompress(public))
    point = add(times(s, BASE), (-x % P, y, z, -t % P))
    inverse = pow(point[2], P - 2, P)
    encoded = (point[1] * inverse % P) | ((point[0] * inverse % P & 1) << 255)
    return encoded.to_bytes(32, "little") == signature[:32]


# --- keys and notes (C2SP signed-note, tlog-checkpoint) ---------------------------------------------------------------


class Key:
    """A verifier key: ``name+keyid+base64(01 || public key)``."""

    def __init__(self, vkey: Any) -> None:
        """Accept the one canonical spelling of a key that can be trusted to sign."""
        require(isinstance(vkey, str) and vkey.count("+") >= 2, "no verifier key")
        self.vkey, (self.name, key_id, encoded) = vkey, vkey.split("+", 2)
        raw = unbase64(encoded, "the verifier key")
        self.public, self.id = raw[1:], hashlib.sha256(self.name.encode("utf-8") + b"\n" + raw).digest()[:4]
        require(NAME.match(self.name) and raw[:1] == b"\x01", "not a named Ed25519 key")
        require(key_id == self.id.hex(), "the key id does not belong to the verifier key")
        require(not equal(times(8, decompress(self.public)), ZERO), "not a usable Ed25519 public key")
        self.actor = "key:" + hashlib.sha256(self.public).hexdigest()[:32]
        body = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + self.public).decode()
        self.pem = f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"


def unbase64(text: str, where: str) -> bytes:
    """Decode base64 in its one canonical spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        msg = f"{where} is not base64"
        raise Defect(msg) from error
    require(base64.b64encode(raw).decode() == text, f"{where} is not canonical base64")
    return raw


def open_checkpoint(note: bytes, known: list[Key]) -> tuple[str, int, bytes, str]:
    """Return origin, size, root and signer of a checkpoint with exactly one good signature line."""
    require(len(note) <= MAX_NOTE, "the note is too long")
    try:
        lines = note.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        message = f"the note is not UTF-8 at byte {error.start}"
        raise Defect(message) from error
    require(len(lines) == 6 and not lines[3] and not lines[5], "not origin, size, root, empty line, signature")
    dash, name, encoded = [*lines[4].split(" "), "", ""][:3]
    require(dash == "\u2014" and lines[4].count(" ") == 2, "the signature line is malformed")
    raw = unbase64(encoded, "the signature line")
    keys = [key for key in known if key.name == name and key.id == raw[:4]]
    require(keys, "the signature is of a key that the log does not know")
    text = note[: note.rindex(b"\n\n") + 1]
    require(signed(keys[0].public, text, raw[4:]), "the signature does not fit the text")
    require(re.match(r"(0|[1-9][0-9]{0,15})\Z", lines[1]), "the size is malformed")
    root = unbase64(lines[2], "the root")
    require(len(root) == 32 and lines[0] == name, "the root or the origin is malformed")
    return lines[0], int(lines[1]), root, keys[0].actor


# --- people: SSH signatures (PROTOCOL.sshsig) with Ed25519 and ECDSA P-256 (FIPS 186-5, section 6.4.2) ----------------

Q = 2**256 - 2**224 + 2**192 + 2**96 - 1
Q_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Q_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
Q_BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def meet(a: tuple[int, int] | None, b: tuple[int, int] | None) -> tuple[int, int] | None:
    """Add two points of P-256; None is the point at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % Q == 0:
        return None
    top, under = (3 * a[0] * a[0] - 3, 2 * a[1]) if a == b else (b[1] - a[1], b[0] - a[0])
    slope = top * pow(under, Q - 2, Q) % Q
    x = (slope * slope - a[0] - b[0]) % Q
    return x, (slope * (a[0] - x) - a[1]) % Q


def scaled(scalar: int, point: tuple[int, int] | None) -> tuple[int, int] | None:
    """Multiply a point of P-256."""
    total = None
    while scalar:
        if scalar & 1:
            total = meet(total, point)
        point, scalar = meet(point, point), scalar >> 1
    return total


def strings(data: bytes, count: int) -> list[bytes]:
    """Read SSH strings: exactly so many, and nothing after them."""
    found = []
    for _ in range(count):
        size = int.from_bytes(data[:4], "big")
        require(len(data) >= 4 + size, "an SSH structure is cut short")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    require(not data, "bytes are left over after an SSH structure")
    return found


class PersonKey:
    """A public key of OpenSSH: Ed25519, or P-256 as an uncompressed point."""

    def __init__(self, blob: bytes) -> None:
        """Accept the one spelling of a key that can be trusted to sign."""
        self.p256 = b"ecdsa-sha2-nistp256" in blob[:30]
        parts = strings(blob, 3 if self.p256 else 2)
        self.kind, self.point, self.blob = parts[0], parts[-1], blob
        if self.p256:
            x, y = (int.from_bytes(part, "big") for part in (self.point[1:33], self.point[33:]))
            fits = parts[:2] == [b"ecdsa-sha2-nistp256", b"nistp256"] and len(self.point) == 65 and self.point[0] == 4
            require(fits and x < Q and y < Q, "not a usable P-256 public key")
            require((y * y - x * x * x + 3 * x - Q_B) % Q == 0, "not a usable P-256 public key")
            self.xy = x, y
        else:
            require(self.kind == b"ssh-ed25519", "the key is neither Ed25519 nor P-256")
            require(not equal(times(8, decompress(self.point)), ZERO), "not a usable Ed25519 public key")
        self.line = self.kind.decode() + " " + base64.b64encode(blob).decode()
        self.commitment = hashlib.sha256(blob).hexdigest()

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Say whether an SSH signature fits."""
        kind, inner = strings(signature, 2)
        if kind != self.kind or not self.p256:
            return kind == self.kind and signed(self.point, message, inner)
        numbers = []
        for part in strings(inner, 2):
            numbers.append(int.from_bytes(part, "big"))
            strict = numbers[-1].to_bytes(numbers[-1].bit_length() // 8 + 1, "big") == part
            if not strict or not 0 < numbers[-1] < Q_ORDER:
                return False
        r, s = numbers
        inverse, digest = pow(s, Q_ORDER - 2, Q_ORDER), int.from_bytes(hashlib.sha256(message).digest(), "big")
        one, two = digest * inverse % Q_ORDER, r * inverse % Q_ORDER
        total = meet(scaled(one, Q_BASE), scaled(two, self.xy))
        return total is not None and total[0] % Q_ORDER == r


def person_key(line: Any) -> PersonKey:
    """Return the key of a line ``KIND BASE64``."""
    require(isinstance(line, str) and line.count(" ") == 1, "no public key of OpenSSH")
    key = PersonKey(unbase64(line.split(" ")[1], "the public key"))
    require(key.line == line, "the public key is not in its one spelling")
    return key


def signer_of(record: dict[str, Any]) -> PersonKey:
    """Return the key that signed a record without its ``sig``."""
    require("sig" in record, "the act is not signed by an examiner")
    blob = unbase64(record["sig"], "sig")
    require(blob.startswith(b"SSHSIG\0\0\0\1"), "no SSH signature of version 1")
    public, space, reserved, prehash, signature = strings(blob[10:], 5)
    require((space, reserved, prehash) == (b"custody-act", b"", b"sha512"), "the signature is for another purpose")
    key = PersonKey(public)
    rest = {name: value for name, value in record.items() if name != "sig"}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8") + b"\n"
    parts = [space, b"", prehash, hashlib.sha512(text).digest()]
    data = b"SSHSIG" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    require(key.signed(data, signature), "the signature of a person does not fit the act")
    return key


class People:
    """The examiners: public key → [name, key, state, commitment to the next key]."""

    def __init__(self) -> None:
        """Start before the first record."""
        self.keys: dict[bytes, list[Any]] = {}
        self.signatures = 0

    def active(self, name: str) -> list[Any] | None:
        """Return the entry of the active key of a name."""
        return next((one for one in self.keys.values() if one[0] == name and one[2] == "active"), None)

    def check(self, record: dict[str, Any]) -> None:
        """Refuse an act that nobody of the register could have signed."""
        action, subject = record["action"], record["subject"]
        if action in ("examiner.add", "examiner.rotate", "examiner.revoke"):
            self.check_examiner(record, action, subject)
        elif "sig" in record:
            self.check_active(signer_of(record), subject)
        else:
            personal = action in ("transfer.offer", "transfer.accept", "disclosure.redact")
            require(not (personal and self.keys), "the act is not signed by an examiner")

    def check_active(self, key: PersonKey, subject: dict[str, Any]) -> None:
        """Refuse a key that is not in the register now, or not that of the named person."""
        known = self.keys.get(key.blob)
        require(known and known[2] == "active", "the act is signed with a key that is not active")
        require(known and subject.get("by") == known[0], "the act is not signed by the person it names")

    def check_examiner(self, record: dict[str, Any], action: str, subject: dict[str, Any]) -> None:
        """Refuse an act about an examiner that breaks the rules."""
        extra = {"examiner.add": {"next", "role"}, "examiner.rotate": {"next"}, "examiner.revoke": {"from"}}[action]
        require({"name", "key"} <= set(subject) <= {"name", "key", "by"} | extra, "the subject has other members")
        require(all(isinstance(text, str) for text in subject.values()), "the subject holds more than text")
        require(PERSON.match(subject["name"]), "the subject names nobody")
        require(HEX.match(subject.get("next", "0" * 64)), "the commitment is not 64 lower-case hex digits")
        key, name = person_key(subject["key"]), subject["name"]
        known, before = self.keys.get(key.blob), self.active(name)
        if action == "examiner.revoke":
            require(known and known[0] == name and known[2] != "revoked", "the revoked key is no key of this name")
            require(record.get("reason") and is_time(subject.get("from", "")), "a revocation states reason and time")
            if "sig" in record:
                self.check_active(signer_of(record), subject)
            return
        by = signer_of(record)
        own = by.blob == key.blob and subject.get("by") == name
        require(not known, "the key is in the case already")
        if action == "examiner.rotate":
            require(before and before[3] and before[3] == key.commitment, "there is no commitment to this key")
            require(own, "a rotation is signed by the new key")
            return
        require(not before, "the name is in the case already")
        if any(one[2] == "active" for one in self.keys.values()):
            self.check_active(by, subject)
        else:
            require(own and name not in [one[0] for one in self.keys.values()], "nobody vouches for the key")

    def apply(self, record: dict[str, Any]) -> None:
        """Take over a record that was checked."""
        action, subject = record["action"], record["subject"]
        self.signatures += "sig" in record
        if action in ("examiner.add", "examiner.rotate"):
            before, key = self.active(subject["name"]), person_key(subject["key"])
            if before:
                before[2] = "replaced"
            self.keys[key.blob] = [subject["name"], key, "active", subject.get("next", "")]
        elif action == "examiner.revoke":
            self.keys[person_key(subject["key"]).blob][2] = "revoked"

    def files(self) -> dict[str, str]:
        """Return what the case publishes for ssh-keygen."""
        spaces = 'namespaces="custody-act,custody-offer,custody-receipt"'
        lines = [f"{name} {spaces} {key.line}\n" for name, key, _, _ in self.keys.values()]
        return {"keys/allowed_signers": "".join(lines)} if lines else {}


# --- the log: chain, tree (RFC 6962, section 2.1), keys, files --------------------------------------------------------


class Log:
    """What the lines say up to some point."""

    def __init__(self) -> None:
        """Start before the first line."""
        self.size, self.length, self.prev, self.actor, self.origin = 0, 0, "0" * 64, "", ""
        self.keys: dict[str, Key] = {}
        self.revoked: set[str] = set()
        self.files: dict[str, tuple[int, str]] = {}
        self.heads: dict[int, tuple[bytes, str]] = {}
        self.peaks: list[bytes] = []
        self.people = People()

    def root(self) -> bytes:
        """Return the Merkle root over all lines so far."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = hashlib.sha256(b"\x01" + peak + root).digest()
        return root

    def check_rules(self, record: dict[str, Any]) -> Key | None:
        """Return the key that a record is about; refuse records that nobody could have made in good order."""
        action, subject, key = record["action"], record["subject"], None
        require((action == "case.open") == (self.size == 0), "the first record, and only the first, opens the case")
        if action in ("case.open", "key.add", "key.revoke"):
            require(all(isinstance(item, (str, int)) for item in subject.values()), "the subject is not flat")
            key = Key(subject.get("vkey", ""))
        if key and action == "case.open":
            require(subject.get("origin") == key.name, "the first key is not named by the origin")
            require(record["actor"] == key.actor, "the case is not opened by its first key")
        if key and action == "key.add":
            require(key.name == self.origin, "the added key is not named by the origin")
            require(key.id not in [known.id for known in self.keys.values()], "the key is in the case already")
            require(key.actor not in self.keys, "the key is in the case already")
        if key and action == "key.revoke":
            require(key.actor in self.keys and key.actor not in self.revoked, "the key is not active")
            require(key.actor != record["actor"], "a key cannot revoke itself")
        known = record["actor"] in self.keys and record["actor"] not in self.revoked
        require(known or not self.size, "the actor is no active key of the case")
        self.people.check(record)
        for path in [entry["path"] for entry in record.get("out", [])]:
            earlier = self.size > 0 and path == f"checkpoints/{self.size}"
            require(path not in ("custody.jsonl", "checkpoint"), f"the path {path} cannot be sealed")
            require(earlier or not path.startswith("checkpoints/"), f"the path {path} cannot be sealed")
        for path in record.get("gone", []):
            require(path in self.files and not path.startswith("checkpoints/"), f"the path {path} is not sealed")
        return key

    def apply(self, record: dict[str, Any], line: bytes, key: Key | None, *, kept: bool) -> None:
        """Take over a record; one that breaks the rules changes chain, tree and files, but no keys."""
        if kept:
            self.people.apply(record)
        for entry in record.get("out", []):
            if entry["path"] == f"checkpoints/{self.size}":
                self.heads[self.size] = (self.root(), self.actor)
            self.files[entry["path"]] = (entry["bytes"], entry["sha256"])
        for path in record.get("gone", []):
            self.files.pop(path, None)
        if key and record["action"] == "key.revoke":
            self.revoked.add(key.actor)
        elif key:
            self.origin, self.keys[key.actor] = self.origin or key.name, key
        node, size = hashlib.sha256(b"\x00" + line).digest(), self.size
        while size & 1:
            node, size = hashlib.sha256(b"\x01" + self.peaks.pop() + node).digest(), size >> 1
        self.peaks.append(node)
        self.size, self.length, self.actor = self.size + 1, self.length + len(line), record["actor"]
        self.prev = hashlib.sha256(line).hexdigest()


# --- the steps --------------------------------------------------------------------------------------------------------


class Case:
    """A folder, what is wrong with it by step, and what the log says."""

    def __init__(self, folder: str, head: tuple[int, str] | None = None, key: str = "") -> None:
        """Take all steps."""
        self.folder, self.wanted, self.key = folder, head, key
        self.defects: dict[int, list[str]] = {n: [] for n in TITLES}
        self.files: set[str] = set()
        self.folders: set[str] = set()
        self.log = Log()
        self.head: tuple[str, int, bytes, str] | None = None
        self.list_folder()
        self.read_log()
        self.check_checkpoint()
        self.check_keys()
        self.check_earlier()
        self.check_files()
        self.check_expected()

    def fail(self, n: int, where: str, what: str) -> None:
        """Note a defect and its place."""
        self.defects[n].append(f"{where if re.match(PLAIN, where) else ascii(where)}: {what}")

    def open(self, path: str) -> BinaryIO:
        """Open a plain file; links, devices and pipes are refused and never waited for."""
        flags = [getattr(os, name, 0) for name in ("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")]
        handle = os.open(os.path.join(self.folder, *path.split("/")), sum(flags))
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(0, "not a plain file")
        return os.fdopen(handle, "rb")

    def small(self, path: str) -> bytes:
        """Read a file that is small in every genuine case."""
        try:
            with self.open(path) as file:
                return file.read(MAX_NOTE + 1)
        except OSError as error:
            msg = f"cannot be read: {error.strerror}"
            raise Defect(msg) from error

    def list_folder(self) -> None:
        """Step 1."""
        waiting = [""]
        while waiting:
            inside = waiting.pop()
            try:
                for entry in os.scandir(os.path.join(self.folder, *inside.split("/")) if inside else self.folder):
                    path = inside + "/" + entry.name if inside else entry.name
                    if entry.is_symlink():
                        self.fail(1, path, "is a symbolic link")
                    elif entry.is_dir(follow_symlinks=False):
                        self.folders.add(path)
                        waiting.append(path)
                    elif entry.is_file(follow_symlinks=False):
                        self.files.add(path)
                    else:
                        self.fail(1, path, "is neither a file nor a folder")
            except OSError as error:
                self.fail(1, inside or ".", f"cannot be listed: {error.strerror}")

    def read_log(self) -> None:
        """Steps 2, 3 and the first half of 4, in one pass."""
        where = "custody.jsonl"
        try:
            with self.open("custody.jsonl") as file:
                for line in iter(lambda: file.readline(MAX_LINE + 1), b""):
                    where = f"custody.jsonl line {self.log.size + 1} (byte {self.log.length})"
                    self.take_line(line, where)
            require(self.log.size, "there is no record")
        except (OSError, Defect) as error:
            self.fail(2, where, str(error) if isinstance(error, Defect) else f"cannot be read: {error.strerror}")
            for n in (4, 7, 8, 9):
                self.fail(n, where, "not checked to the end, because the log cannot be read to its end (step 2)")

    def take_line(self, line: bytes, where: str) -> None:
        """Check one line and take it over; a line that is no record ends the reading."""
        record, key, kept = check_record(decode(line)), None, True
        if record["seq"] != self.log.size:
            self.fail(3, where, f"the record is numbered {record['seq']}, not {self.log.size}")
        if record["prev"] != self.log.prev:
            self.fail(3, where, "prev is not the SHA-256 of the line before")
        try:
            key = self.log.check_rules(record)
        except Defect as error:
            kept = False
            self.fail(4, where, str(error))
        self.log.apply(record, line, key, kept=kept)
        if self.wanted and self.wanted[0] == self.log.size:
            self.log.heads[self.log.size] = (self.log.root(), self.log.actor)

    def check_checkpoint(self) -> None:
        """Steps 5 and 6."""
        try:
            self.head = open_checkpoint(self.small("checkpoint"), list(self.log.keys.values()))
        except Defect as error:
            self.fail(5, "checkpoint", str(error))
            self.fail(6, "checkpoint", "not checked, because the checkpoint is not signed (step 5)")
            return
        if self.head[3] != self.log.actor:
            self.fail(5, "checkpoint", f"signed by {self.head[3]}, but the last record is by {self.log.actor}")
        if self.head[1] != self.log.size:
            self.fail(6, "checkpoint", f"covers {self.head[1]} records, but the log holds {self.log.size}")
        elif self.head[2] != self.log.root():
            self.fail(6, "checkpoint", "the root is not that of the log: a record was changed")

    def check_keys(self) -> None:
        """The second half of step 4."""
        keys = list(self.log.keys.values())
        files = {f"keys/{key.id.hex()}.pub": key.vkey + "\n" for key in keys}
        files.update({f"keys/{key.id.hex()}.pem": key.pem for key in keys})
        active = [f"log {key.vkey}\n" for key in keys if key.actor not in self.log.revoked]
        files["trust.policy"] = "".join(active) + "quorum none\n"
        files.update(self.log.people.files())
        for path, content in files.items():
            try:
                require(self.small(path) == content.encode("ascii"), "does not say what the log says")
            except Defect as error:
                self.fail(4, path, str(error))

    def check_earlier(self) -> None:
        """Step 7."""
        for path in sorted(path for path in self.log.files if re.match(r"checkpoints/[0-9]+\Z", path)):
            try:
                _, size, root, actor = open_checkpoint(self.small(path), list(self.log.keys.values()))
                require(path == f"checkpoints/{size}", f"is the head of {size} records")
                require(self.log.heads.get(size) == (root, actor), "is not the head that the log had then")
            except Defect as error:
                self.fail(7, path, str(error))

    def check_files(self) -> None:
        """Steps 8 and 9."""
        for path, (size, digest) in sorted(self.log.files.items()):
            if path not in self.files:
                self.fail(8, path, "is missing")
                continue
            seen, count = hashlib.sha256(), 0
            try:
                with self.open(path) as file:
                    for block in iter(functools.partial(file.read, 1 << 20), b""):
                        seen.update(block)
                        count += len(block)
            except OSError as error:
                self.fail(8, path, f"cannot be read: {error.strerror}")
                continue
            if count != size:
                self.fail(8, path, f"has {count} bytes, not {size}")
            elif seen.hexdigest() != digest:
                self.fail(8, path, f"has SHA-256 {seen.hexdigest()}, not {digest}")
        sealed = set(self.log.files) | {"custody.jsonl", "checkpoint"}
        folders = {path[: slash.start()] for path in sealed for slash in re.finditer("/", path)}
        for path in sorted(self.files - sealed):
            self.fail(9, path, "is not sealed")
        for path in sorted(self.folders - folders):
            self.fail(9, path, "is a folder without sealed files")

    def check_expected(self) -> None:
        """Step 10: a head from a printed report, a key from its owner."""
        if self.wanted:
            root = self.log.heads.get(self.wanted[0], (b"", ""))[0].hex()
            if root != self.wanted[1].lower():
                self.fail(10, "custody.jsonl", f"the root at {self.wanted[0]} records is {root or 'not known'}")
        if self.key:
            try:
                actor = self.key if self.key.startswith("key:") else Key(self.key).actor
                require(self.head and actor == self.log.actor, f"signed by {self.log.actor}")
            except Defect as error:
                self.fail(10, "checkpoint", str(error))

    def steps(self) -> list[tuple[int, str, bool, str]]:
        """Return number, title, outcome and places of every step that was asked for."""
        last = 10 if self.wanted or self.key else 9
        return [(n, TITLES[n], not self.defects[n], "; ".join(self.defects[n][:5])) for n in range(1, last + 1)]


def main() -> int:
    """Check the case around this file, or the folder that was named."""
    parser = argparse.ArgumentParser(description="Check a sealed case.")
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("case", nargs="?", default=here, help="the case folder (default: the one around this file)")
    parser.add_argument("--key", default="", help="the verifier key or key: fingerprint that you expect")
    parser.add_argument("--head", default="", metavar="SIZE:ROOT", help="a size and root from a printed report")
    options = parser.parse_args()
    if options.head and not re.match(r"[0-9]{1,15}:[0-9A-Fa-f]{64}\Z", options.head):
        parser.error("--head is a number, a colon and 64 hex digits")
    wanted = options.head.split(":")
    case = Case(options.case, (int(wanted[0]), wanted[1]) if options.head else None, options.key)
    good = True
    for n, title, ok, detail in case.steps():
        sys.stdout.write(f"{n:2d} {'ok  ' if ok else 'FAIL'} {title}{': ' + detail if detail else ''}\n")
        good = good and ok
    if case.head and good:
        origin, size, root, signer = case.head[0], case.head[1], case.head[2].hex(), case.head[3]
        sys.stdout.write(f"origin {origin}\nsize {size}\nroot {root}\nsigner {signer}\n")
    sys.stdout.write("The case verifies.\n" if good else "The case does NOT verify.\n")
    return 0 if good else 4


if __name__ == "__main__":
    sys.exit(main())
