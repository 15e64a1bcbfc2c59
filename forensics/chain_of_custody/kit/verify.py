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
    11: "the time stamps are over checkpoints of this log",
    12: "the cosignatures are over checkpoints of this log",
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


def text_of(data: bytes) -> str:
    """Decode UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = "is not UTF-8"
        raise Defect(msg) from error


def witness_key(vkey: str, key_id: str) -> tuple[str, int, bytes]:
    """Return name, type and public key of a witness (C2SP tlog-cosignature: 4 is Ed25519, 6 is ML-DSA-44)."""
    require(vkey.count("+") >= 2 and "\n" not in vkey, "no verifier key")
    name, given, encoded = vkey.split("+", 2)
    raw = unbase64(encoded, "the verifier key")
    require(NAME.match(name) and raw[:1] in (b"\x04", b"\x06"), "not a named key for cosignatures")
    require(len(raw) == (33 if raw[0] == 4 else 1313), "not a named key for cosignatures")
    made = hashlib.sha256(name.encode("ascii") + b"\n" + raw).hexdigest()[:8]
    require(given == made and made == key_id, "is not the key of this id")
    if raw[0] == 4:
        require(not equal(times(8, decompress(raw[1:])), ZERO), "not a usable Ed25519 public key")
    return name, raw[0], raw[1:]


def check_policy(tail: bytes) -> None:
    """Check what follows the log lines of a policy: witnesses, groups of what stands before, one quorum."""
    require(tail.isascii() and tail.endswith(b"\n"), "does not say what the log says")
    witnesses: dict[str, bytes] = {}
    names: set[str] = set()
    taken: list[str] = []
    *lines, last = tail[:-1].decode("ascii").split("\n")
    for line in lines:
        words = line.split(" ")
        short = [word for at, word in enumerate(words) if (words[0], at) != ("witness", 2)]
        require(all(re.match(r"[!-~]{1,200}\Z", word) for word in short), "the policy is malformed")
        require(len(words) > 2 and words[1] not in names | {"none", "any", "all"}, "the policy is malformed")
        if words[0] == "witness":
            parts = words[2].split("+", 2)
            require(len(words) <= 4 and len(parts) == 3 and len(witnesses) < 32, "the policy is malformed")
            public = witness_key(words[2], parts[1])[2]
            require(public not in witnesses.values(), "the policy is malformed")
            witnesses[words[1]] = public
        else:
            members = words[3:]
            count = {"any": "1", "all": str(len(members))}.get(words[2], words[2])
            require(words[0] == "group" and set(members) <= names, "the policy is malformed")
            require(re.match(r"[1-9][0-9]?\Z", count) and int(count) <= len(members), "the policy is malformed")
            taken += members
            require(len(set(taken)) == len(taken) <= 64, "the policy is malformed")
        names.add(words[1])
    require(re.match(r"quorum [!-~]{1,200}\Z", last) and last[7:] in names | {"none"}, "the policy is malformed")


# --- time stamps (RFC 3161): what they say, not who signed them -------------------------------------------------------


def read_token(data: bytes) -> tuple[str, bytes, str]:
    """Return hash, imprint and time of a time-stamp response."""
    response = elements(data, 0, len(data))
    require(len(response) == 1 and response[0][0] == 0x30, "the time stamp cannot be read")
    status = inner(inner(response, 0, 0x30, data), 0, 0x30, data)
    require(status[0][0] == 2 and data[status[0][1] : status[0][2]] == b"\x00", "the authority did not grant it")
    content = inner(inner(response, 0, 0x30, data), 1, 0x30, data)
    require(is_object(content, 0, "2a864886f70d010702", data), "the time stamp cannot be read")
    payload = inner(inner(inner(content, 1, 0xA0, data), 0, 0x30, data), 2, 0x30, data)
    require(is_object(payload, 0, "2a864886f70d0109100104", data), "the time stamp cannot be read")
    info = inner(inner(inner(payload, 1, 0xA0, data), 0, 0x04, data), 0, 0x30, data)
    digest = inner(info, 2, 0x30, data)
    names = {1: "sha256", 2: "sha384", 3: "sha512"}
    algorithm = inner(digest, 0, 0x30, data)
    name = next((names[n] for n in names if is_object(algorithm, 0, f"60864801650304020{n}", data)), "")
    require(name and len(digest) > 1 and digest[1][0] == 4, "the time stamp cannot be read")
    require(len(info) > 4 and info[4][0] == 0x18, "the time stamp cannot be read")
    time = data[info[4][1] : info[4][2]].decode("ascii", "replace")
    require(re.match(r"[0-9]{14}(\.[0-9]{0,5}[1-9])?Z\Z", time), "the time stamp cannot be read")
    when = f"{time[:4]}-{time[4:6]}-{time[6:8]}T{time[8:10]}:{time[10:12]}:{time[12:]}"
    require(is_time(when[:19] + "Z"), "the time stamp cannot be read")
    return name, data[digest[1][1] : digest[1][2]], when


def elements(data: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """Return tag, start and end of the content of every DER element in a range."""
    found = []
    while at < end:
        require(at + 2 <= end and data[at] & 31 != 31, "the time stamp cannot be read")
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 128:
            count = length & 127
            require(1 <= count <= 3 and at + count <= end, "the time stamp cannot be read")
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        require(at + length <= end, "the time stamp cannot be read")
        found.append((tag, at, at + length))
        at += length
    return found


def inner(parts: list[tuple[int, int, int]], index: int, tag: int, data: bytes) -> list[tuple[int, int, int]]:
    """Return the elements inside one element."""
    require(index < len(parts) and parts[index][0] == tag, "the time stamp cannot be read")
    found = elements(data, parts[index][1], parts[index][2])
    require(found, "the time stamp cannot be read")
    return found


def is_object(parts: list[tuple[int, int, int]], index: int, content: str, data: bytes) -> bool:
    """Say whether an element is this object identifier."""
    return index < len(parts) and parts[index][0] == 6 and data[parts[index][1] : parts[index][2]].hex() == content


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
        self.received: dict[str, int] = {}
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
            require(path not in self.received, f"the path {path} is named a second time")
        for path in record.get("gone", []):
            stays = path.startswith(("checkpoints/", "timestamps/", "witnesses/"))
            require(path in self.files and not stays, f"the path {path} is not sealed")
        return key

    def apply(self, record: dict[str, Any], line: bytes, key: Key | None, *, kept: bool) -> None:
        """Take over a record; one that breaks the rules changes chain, tree and files, but no keys."""
        if kept:
            self.people.apply(record)
        for entry in record.get("out", []):
            if entry["path"] == f"checkpoints/{self.size}":
                self.heads[self.size] = (self.root(), self.actor)
            self.files[entry["path"]] = (entry["bytes"], entry["sha256"])
            if entry["path"].startswith(("timestamps/", "witnesses/")):
                self.received.setdefault(entry["path"], self.size)
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
        self.attested: list[str] = []
        self.check_attested()
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
        files["trust.policy"] = "".join(active)
        files.update(self.log.people.files())
        for path, content in files.items():
            try:
                found = self.small(path)
                tail = found[len(content) :] if path == "trust.policy" else b""
                require(found[: len(found) - len(tail)] == content.encode("ascii"), "does not say what the log says")
                if path == "trust.policy":
                    check_policy(tail)
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

    def check_attested(self) -> None:
        """Steps 11 and 12. Who signed a time stamp is not checked here: verify.sh asks OpenSSL."""
        roots = False
        for path in [path for path in self.log.files if re.match(r"timestamps/[0-9a-f]{8}\.pem\Z", path)]:
            try:
                require(b"-----BEGIN CERTIFICATE-----" in self.sealed(path), "there is no certificate in this file")
                roots = True
            except Defect as error:
                self.fail(11, path, str(error))
        there = [path for path in self.log.received if path in self.log.files]
        for path in sorted(there, key=lambda path: (self.log.received[path], path)):
            step = 11 if path.startswith("timestamps/") else 12
            try:
                if step == 11:
                    require(self.check_token(path) or roots, "there is no certificate in timestamps/")
                else:
                    self.check_cosignature(path)
            except Defect as error:
                self.fail(step, path, str(error))

    def sealed(self, path: str) -> bytes:
        """Return a sealed file if it is what was sealed."""
        data = self.small(path)
        require(hashlib.sha256(data).hexdigest() == self.log.files[path][1], "is not the file that was sealed")
        return data

    def check_token(self, path: str) -> bool:
        """Say whether a file is certificates; a time stamp has to be over the checkpoint that it names."""
        found = re.match(r"timestamps/(?:([1-9][0-9]{0,14})-)?([0-9a-f]{8})\.(tsr|pem)\Z", path)
        require(found and bool(found.group(1)) == (found.group(3) == "tsr"), "is no time stamp and no certificate")
        require(found and self.log.files[path][1].startswith(found.group(2)), "is not named by its own digest")
        if found and found.group(1):
            data, size, stamped = self.sealed(path), int(found.group(1)), "checkpoints/" + found.group(1)
            require(size <= self.log.received[path] and stamped in self.log.files, "no checkpoint of this size")
            name, imprint, time = read_token(data)
            digest = hashlib.new(name, self.sealed(stamped)).digest()
            require(digest == imprint, "the time stamp is over other bytes than this checkpoint")
            self.attested.append(f"{path}: {size} records at {time} (who signed it is not checked here)")
        return bool(found and not found.group(1))

    def check_cosignature(self, path: str) -> None:
        """Check a cosignature, or the key of a witness."""
        found = re.match(r"witnesses/(?:([1-9][0-9]{0,14})-)?([0-9a-f]{8})\.(cosig|pub)\Z", path)
        require(found and bool(found.group(1)) == (found.group(3) == "cosig"), "is no cosignature and no key")
        if not found:
            return
        where = f"witnesses/{found.group(2)}.pub"
        require(where in self.log.files, "there is no key of this witness")
        vkey = text_of(self.sealed(where))
        require(vkey.endswith("\n"), "does not end with a line feed")
        name, kind, public = witness_key(vkey[:-1], found.group(2))
        if not found.group(1):
            return
        line, size = text_of(self.sealed(path)), int(found.group(1))
        head = self.log.heads.get(size)
        there = head and size <= self.log.received[path] and f"checkpoints/{size}" in self.log.files
        require(there and head, "no checkpoint of this size")
        require(line.endswith("\n") and line.count(" ") == 2 and line.startswith("\u2014 "), "is no signature line")
        raw = unbase64(line[:-1].split(" ")[2], "the cosignature")
        require(line.split(" ")[1] == name and raw[:4].hex() == found.group(2), "is of another witness")
        when = int.from_bytes(raw[4:12], "big")
        require(when <= 253402300799 and len(raw) == (76 if kind == 4 else 2432), "the cosignature does not fit")
        root = base64.b64encode(head[0]).decode() if head else ""
        text = f"cosignature/v1\ntime {when}\n{self.log.origin}\n{size}\n{root}\n".encode()
        checked = kind == 4
        require(not checked or signed(public, text, raw[12:]), "the cosignature does not fit")
        note = "its own clock" if checked else "its own clock; ML-DSA-44, not checked here"
        told = datetime.fromtimestamp(when, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - see is_time
        self.attested.append(f"{path}: {name} saw {size} records at {told} ({note})")

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
        more = [10] if self.wanted or self.key else []
        more += [11] if any(path.startswith("timestamps/") for path in self.log.files) else []
        more += [12] if any(path.startswith("witnesses/") for path in self.log.files) else []
        shown = [*range(1, 10), *more]
        return [(n, TITLES[n], not self.defects[n], "; ".join(self.defects[n][:5])) for n in shown]


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
    for line in case.attested if good else []:
        sys.stdout.write(f"{line}\n")
    if case.head and good:
        origin, size, root, signer = case.head[0], case.head[1], case.head[2].hex(), case.head[3]
        sys.stdout.write(f"origin {origin}\nsize {size}\nroot {root}\nsigner {signer}\n")
    sys.stdout.write("The case verifies.\n" if good else "The case does NOT verify.\n")
    return 0 if good else 4


if __name__ == "__main__":
    sys.exit(main())
