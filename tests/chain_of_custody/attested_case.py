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
    return {f"timestamps/{size}-{durable.describe('x', response).sha256[:8]}.tsr": response, **root_files(roots)}


def root_files(roots: bytes) -> dict[str, bytes]:
    return {f"timestamps/{durable.describe('x', roots).sha256[:8]}.pem": roots}


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

    def sealing(made: Callable[[Path], dict[str, bytes]], *, early: bool) -> Callable[[Path], None]:
        def forge(folder: Path) -> None:
            receive(folder, "note", made(folder))
            if early:  # what is over four records is named in the fourth of them; now there is such a checkpoint
                receive(folder, "note", {})

        return forge

    return {
        **{name: (11, sealing(made, early="early" in name)) for name, made in false_tokens(tsa).items()},
        **{name: (12, sealing(made, early="early" in name)) for name, made in false_cosignatures().items()},
        "named twice": (4, _named_twice),
        "taken away by a record": (4, _taken_away),
    }


def false_tokens(tsa: Authority) -> dict[str, Callable[[Path], dict[str, bytes]]]:
    """Name → the files below ``timestamps/``, given the case."""
    roots = tsa.root.read_bytes()

    def stamped(folder: Path) -> bytes:
        return tsa.stamp((folder / "checkpoint").read_bytes())

    def signature_changed(folder: Path) -> bytes:
        data = bytearray(stamped(folder))
        data[-3] ^= 1
        return bytes(data)

    def under(folder: Path, size: int) -> dict[str, bytes]:
        return token_files(stamped(folder), size, roots)

    def good(folder: Path) -> dict[str, bytes]:
        return under(folder, 3)

    def renamed_to(response: bytes, number: str) -> dict[str, bytes]:
        return {f"timestamps/{number}-{durable.describe('x', response).sha256[:8]}.tsr": response}

    def renamed(files: dict[str, bytes], end: str) -> dict[str, bytes]:
        return {f"{path}2" if path.endswith(end) else path: data for path, data in files.items()}

    return {
        "token over other bytes": lambda _: token_files(tsa.stamp(b"x"), 3, roots),
        "token under another number": lambda f: under(f, 2),
        "token over what does not exist yet": lambda f: under(f, 4),
        "token that came too early": lambda f: under(f, 4),
        "token not signed so": lambda f: token_files(signature_changed(f), 3, roots),
        "token under a foreign root": lambda f: token_files(
            stamped(f), 3, local_tsa.make(f.parent / "x").root.read_bytes()
        ),
        "token without a root": lambda f: dict(list(good(f).items())[:1]),
        "token under another digest": lambda f: {**good(f), "timestamps/3-00000000.tsr": stamped(f)},
        "no token at all": lambda _: token_files(b"hello", 3, roots),
        "another name": lambda _: {"timestamps/readme.txt": b"hello"},
        "another name after a good one": lambda f: {**(files := good(f)), **renamed(files, ".tsr")},
        "another digest": lambda _: {"timestamps/3-00000000.tsr": b"hello"},
        "no certificate": lambda _: {"timestamps/00000000.pem": b"hello"},
        "certificates under a longer name": lambda f: renamed(good(f), ".pem"),
        "certificates under a longer name too": lambda f: {**(files := good(f)), **renamed(files, ".pem")},
        "token of very many records": lambda f: {**good(f), **renamed_to(stamped(f), "9" * 15)},
        "token of too many records": lambda f: {**good(f), **renamed_to(stamped(f), "1" + "0" * 15)},
        "certificates under another digest": lambda f: {**good(f), "timestamps/00000000.pem": roots},
        "certificates that are none": lambda f: {**good(f), **root_files(b"hello")},
        "certificates without an end": lambda f: {**good(f), **root_files(roots[:300])},
    }


def false_cosignatures() -> dict[str, Callable[[Path], dict[str, bytes]]]:
    """Name → the files below ``witnesses/``, given the case."""
    key, log = WITNESS.key_id.hex(), EDITOR.verifier

    def cosigned(folder: Path, more: int = 0) -> str:
        head = head_of(folder)
        return cosign(checkpoint.Checkpoint(origin=head.origin, size=head.size + more, root=head.root), COLLEAGUE, TIME)

    return {
        "cosignature over another size": lambda f: witness_files(cosigned(f, 1), 3),
        "cosignature of an earlier head": lambda f: witness_files(cosigned(f), 1),
        "cosignature of a head that never was": lambda f: witness_files(cosigned(f, -1), 2),
        "cosignature of what does not exist yet": lambda f: witness_files(cosigned(f), 4),
        "cosignature that came too early": lambda f: witness_files(cosigned(f, 1), 4),
        "cosignature over very many records": lambda f: witness_files(cosigned(f), 10**15 - 1),
        "cosignature over too many records": lambda f: witness_files(cosigned(f), 10**15),
        "cosignature by another": lambda f: witness_files(cosign(head_of(f), STRANGER, TIME), 3),
        "cosignature of a far future": lambda f: witness_files(cosign(head_of(f), COLLEAGUE, 2**40), 3),
        "cosignature without a key": lambda _: {f"witnesses/3-{key}.cosig": "\u2014 a.example AAAA\n".encode()},
        "cosignature in two lines": lambda f: witness_files(cosigned(f) * 2, 3),
        "cosignature under another name": lambda f: {
            **witness_files(cosigned(f), 3),
            f"witnesses/3-{key}.cosig2": cosigned(f).encode(),
        },
        "cosignature under the id of another key": lambda f: {
            "witnesses/3-00000000.cosig": cosigned(f).encode(),
            "witnesses/00000000.pub": f"{WITNESS.vkey}\n".encode(),
        },
        "key under another id": lambda _: {"witnesses/00000000.pub": f"{WITNESS.vkey}\n".encode()},
        "key under another name": lambda _: {f"witnesses/{key}.pub2": f"{WITNESS.vkey}\n".encode()},
        "key of a log": lambda _: {f"witnesses/{log.key_id.hex()}.pub": f"{log.vkey}\n".encode()},
        "key and more": lambda _: {f"witnesses/{key}.pub": f"{WITNESS.vkey}\n\n".encode()},
        "key that ends otherwise": lambda _: {f"witnesses/{key}.pub": f"{WITNESS.vkey}x".encode()},
        "key that is no text": lambda _: {f"witnesses/{key}.pub": b"\xff\n"},
        "another file among witnesses": lambda _: {"witnesses/readme.txt": b"hello"},
    }


def _named_twice(folder: Path) -> None:
    for _ in range(2):
        out = [durable.publish(folder, f"witnesses/{WITNESS.key_id.hex()}.pub", f"{WITNESS.vkey}\n".encode())]
        sealed_case.append_unchecked(folder, act("witness.receive", out=out))


def _taken_away(folder: Path) -> None:
    receive(folder, "witness.receive", witness_files(cosign(head_of(folder), COLLEAGUE, TIME), 3))
    gone = f"witnesses/3-{WITNESS.key_id.hex()}.cosig"
    (folder / gone).unlink()
    sealed_case.append_unchecked(folder, act("note", gone=[gone]))


NAMES = [
    "another digest", "another file among witnesses", "another name", "another name after a good one",
    "certificates that are none", "certificates under a longer name", "certificates under a longer name too",
    "certificates under another digest", "certificates without an end", "cosignature by another",
    "cosignature in two lines", "cosignature of a far future", "cosignature of a head that never was",
    "cosignature of an earlier head", "cosignature of what does not exist yet", "cosignature over another size",
    "cosignature over too many records", "cosignature over very many records", "cosignature that came too early",
    "cosignature under another name", "cosignature under the id of another key", "cosignature without a key",
    "key and more", "key of a log", "key that ends otherwise", "key that is no text", "key under another id",
    "key under another name", "named twice", "no certificate", "no token at all", "taken away by a record",
    "token not signed so", "token of too many records", "token of very many records", "token over other bytes",
    "token over what does not exist yet", "token that came too early", "token under a foreign root",
    "token under another digest", "token under another number", "token without a root",
]  # fmt: skip
ONLY_WITH_OPENSSL = {"certificates without an end", "token not signed so", "token under a foreign root"}
"""Forgeries of an authority's certificate and signature, which verify.py says that it does not check."""

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
