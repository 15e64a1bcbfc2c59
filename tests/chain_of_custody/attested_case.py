"""Cases that hold tokens and cosignatures, right and wrong: what the verifiers have to say the same of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.chain_of_custody import checkpoint, durable
from forensics.chain_of_custody.cosignature import WitnessKey, cosign, witness_key
from forensics.chain_of_custody.log import Log
from tests.chain_of_custody import local_tsa, sealed_case
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, ORIGIN, STRANGER, act

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forensics.chain_of_custody.checkpoint import Checkpoint
    from tests.chain_of_custody.local_tsa import Authority

WITNESS = witness_key(COLLEAGUE)
TIME = 1_767_225_600


def head_of(folder: Path) -> Checkpoint:
    return checkpoint.unverified((folder / "checkpoint").read_bytes())


def receive(folder: Path, action: str, files: dict[str, bytes]) -> None:
    """Seal files that others made, right or wrong: what the holder of the key can do."""
    out = [durable.publish(folder, path, data) for path, data in files.items()]
    with Log.open(folder) as log:
        log.seal([act(action, out=out)], EDITOR)


def token_files(response: bytes, size: int, roots: bytes) -> dict[str, bytes]:
    return {
        f"timestamps/{size}-{durable.describe('x', response).sha256[:8]}.tsr": response,
        f"timestamps/{durable.describe('x', roots).sha256[:8]}.pem": roots,
    }


def witness_files(line: str, size: int, key: WitnessKey = WITNESS) -> dict[str, bytes]:
    name = key.key_id.hex()
    return {f"witnesses/{size}-{name}.cosig": line.encode(), f"witnesses/{name}.pub": f"{key.vkey}\n".encode()}


def attested(folder: Path, tsa: Authority) -> Path:
    """Make a case of three records, a token over them, and a cosignature over all four."""
    sealed_case.small(folder)
    response = tsa.stamp((folder / "checkpoint").read_bytes())
    receive(folder, "timestamp.receive", token_files(response, 3, tsa.root.read_bytes()))
    receive(folder, "witness.receive", witness_files(cosign(head_of(folder), COLLEAGUE, TIME), 4))
    return folder


def forgeries(tsa: Authority) -> dict[str, tuple[int, Callable[[Path], None]]]:
    """Name → the step that has to fail, and what the holder of the key seals into a case of three records."""
    roots = tsa.root.read_bytes()

    def stamped(folder: Path) -> bytes:
        return tsa.stamp((folder / "checkpoint").read_bytes())

    def signature_changed(folder: Path) -> bytes:
        data = bytearray(stamped(folder))
        data[-3] ^= 1
        return bytes(data)

    def cosigned(folder: Path, **changes: int) -> str:
        head = head_of(folder)
        wrong = checkpoint.Checkpoint(origin=head.origin, size=head.size + changes.get("more", 0), root=head.root)
        return cosign(wrong, COLLEAGUE, TIME)

    def named(path: str, data: bytes, action: str = "timestamp.receive") -> Callable[[Path], None]:
        return lambda folder: receive(folder, action, {path: data})

    def named_too(files: dict[str, bytes]) -> dict[str, bytes]:
        (token,) = (path for path in files if path.endswith(".tsr"))
        return {**files, f"{token}2": files[token]}

    def longer_root(files: dict[str, bytes]) -> dict[str, bytes]:
        return {f"{path}2" if path.endswith(".pem") else path: data for path, data in files.items()}

    def twice(folder: Path) -> None:
        for _ in range(2):
            out = [durable.publish(folder, f"witnesses/{WITNESS.key_id.hex()}.pub", f"{WITNESS.vkey}\n".encode())]
            sealed_case.append_unchecked(folder, act("witness.receive", out=out))

    def taken_away(folder: Path) -> None:
        receive(folder, "witness.receive", witness_files(cosigned(folder), 3))
        gone = f"witnesses/3-{WITNESS.key_id.hex()}.cosig"
        (folder / gone).unlink()
        sealed_case.append_unchecked(folder, act("note", gone=[gone]))

    line = "\u2014 a.example AAAA\n".encode()
    key = WITNESS.key_id.hex()
    return {
        "token over other bytes": (11, lambda f: receive(f, "note", token_files(tsa.stamp(b"x"), 3, roots))),
        "token under another number": (11, lambda f: receive(f, "note", token_files(stamped(f), 2, roots))),
        "token over what does not exist yet": (11, lambda f: receive(f, "note", token_files(stamped(f), 4, roots))),
        "token not signed so": (11, lambda f: receive(f, "note", token_files(signature_changed(f), 3, roots))),
        "token under a foreign root": (
            11,
            lambda f: receive(f, "note", token_files(stamped(f), 3, local_tsa.make(f.parent / "x").root.read_bytes())),
        ),
        "token without a root": (
            11,
            lambda f: receive(f, "note", dict(list(token_files(stamped(f), 3, roots).items())[:1])),
        ),
        "no token at all": (11, lambda f: receive(f, "note", token_files(b"hello", 3, roots))),
        "another name": (11, named("timestamps/readme.txt", b"hello")),
        "another name after a good one": (
            11,
            lambda f: receive(f, "note", named_too(token_files(stamped(f), 3, roots))),
        ),
        "certificates under a longer name": (
            11,
            lambda f: receive(f, "note", longer_root(token_files(stamped(f), 3, roots))),
        ),
        "another digest": (11, named("timestamps/3-00000000.tsr", b"hello")),
        "no certificate": (11, named("timestamps/00000000.pem", b"hello")),
        "cosignature over another size": (12, lambda f: receive(f, "note", witness_files(cosigned(f, more=1), 3))),
        "cosignature of an earlier head": (12, lambda f: receive(f, "note", witness_files(cosigned(f), 1))),
        "cosignature of what does not exist yet": (12, lambda f: receive(f, "note", witness_files(cosigned(f), 4))),
        "cosignature by another": (
            12,
            lambda f: receive(f, "note", witness_files(cosign(head_of(f), STRANGER, TIME), 3)),
        ),
        "cosignature of a far future": (
            12,
            lambda f: receive(f, "note", witness_files(cosign(head_of(f), COLLEAGUE, 2**40), 3)),
        ),
        "cosignature without a key": (12, named(f"witnesses/3-{key}.cosig", line, "note")),
        "cosignature in two lines": (12, lambda f: receive(f, "note", witness_files(cosigned(f) * 2, 3))),
        "key under another id": (12, named("witnesses/00000000.pub", f"{WITNESS.vkey}\n".encode())),
        "key of a log": (
            12,
            named(f"witnesses/{EDITOR.verifier.key_id.hex()}.pub", f"{EDITOR.verifier.vkey}\n".encode()),
        ),
        "key and more": (12, named(f"witnesses/{key}.pub", f"{WITNESS.vkey}\n\n".encode())),
        "key that ends otherwise": (12, named(f"witnesses/{key}.pub", f"{WITNESS.vkey}x".encode())),
        "key under another name": (12, named(f"witnesses/{key}.pub2", f"{WITNESS.vkey}\n".encode())),
        "cosignature under another name": (
            12,
            lambda f: receive(
                f, "note", {**witness_files(cosigned(f), 3), f"witnesses/3-{key}.cosig2": cosigned(f).encode()}
            ),
        ),
        "cosignature under the id of another key": (
            12,
            lambda f: receive(
                f,
                "note",
                {
                    "witnesses/3-00000000.cosig": cosigned(f).encode(),
                    "witnesses/00000000.pub": f"{WITNESS.vkey}\n".encode(),
                },
            ),
        ),
        "key that is no text": (12, named(f"witnesses/{key}.pub", b"\xff\n")),
        "another file among witnesses": (12, named("witnesses/readme.txt", b"hello")),
        "named twice": (4, twice),
        "taken away by a record": (4, taken_away),
    }


NAMES = [
    "another digest", "another file among witnesses", "another name", "another name after a good one",
    "certificates under a longer name", "cosignature by another", "cosignature in two lines",
    "cosignature of a far future", "cosignature of an earlier head", "cosignature of what does not exist yet",
    "cosignature over another size", "cosignature under another name", "cosignature under the id of another key",
    "cosignature without a key", "key and more", "key of a log", "key that ends otherwise", "key that is no text",
    "key under another id", "key under another name", "named twice", "no certificate", "no token at all",
    "taken away by a record", "token not signed so", "token over other bytes", "token over what does not exist yet",
    "token under a foreign root", "token under another number", "token without a root",
]  # fmt: skip
ONLY_WITH_OPENSSL = {"token not signed so", "token under a foreign root"}
"""Forgeries of an authority's signature, which verify.py says that it does not check."""

POLICIES = [
    (f"witness a {WITNESS.vkey}\nquorum a\n", True),
    (f"witness a {WITNESS.vkey}\ngroup g 1 a\ngroup h all g\nquorum h\n", True),
    (f"witness a {WITNESS.vkey} https://w.example\nquorum none\n", True),
    ("quorum nobody\n", False),
    ("", False),
    ("quorum none\nquorum none\n", False),
    ("quorum none\n\n", False),
    ("# comment\nquorum none\n", False),
    ("quorum  none\n", False),
    ("quorum none", False),
    (f"witness a {WITNESS.vkey}\nwitness b {WITNESS.vkey}\nquorum a\n", False),
    (f"witness a {WITNESS.vkey}\nwitness a {witness_key(STRANGER).vkey}\nquorum a\n", False),
    (f"witness none {WITNESS.vkey}\nquorum none\n", False),
    (f"witness a {WITNESS.vkey}\ngroup g 2 a\nquorum g\n", False),
    (f"witness a {WITNESS.vkey}\ngroup g 0 a\nquorum g\n", False),
    (f"witness a {WITNESS.vkey}\ngroup g any a a\nquorum g\n", False),
    (f"witness a {WITNESS.vkey}\ngroup g any b\nquorum g\n", False),
    (f"group g any a\nwitness a {WITNESS.vkey}\nquorum g\n", False),
    (f"witness a {EDITOR.verifier.vkey}\nquorum a\n", False),
    (f"witness a {WITNESS.vkey[:-4]}\nquorum a\n", False),
    (f"log {EDITOR.named(ORIGIN).verifier.vkey}\nquorum none\n", False),
    ("quorum n\u00f6\n", False),
]
"""The end of a policy, and whether it is one."""
