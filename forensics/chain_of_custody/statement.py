"""A signed paper that travels beside a case: lines of restricted canonical JSON, then one SSH signature over them.

The first line says what the paper is; further lines, if any, are its list. The signature block stands at the end, as
``ssh-keygen -Y sign`` writes it, so that the two parts are cut apart with ``sed`` and checked with ``ssh-keygen``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from forensics.chain_of_custody import canonical, sshsig
from forensics.errors import TamperError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forensics.chain_of_custody.canonical import Value
    from forensics.chain_of_custody.people import Signer
    from forensics.chain_of_custody.ssh_keys import PersonKey

VERSION = 1
MAX_FILE = 1 << 24
_BEGIN = (sshsig.BEGIN + "\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a paper says (its first line), its list, and whose signature it carries."""

    head: Mapping[str, Value]
    entries: Sequence[Mapping[str, Value]]
    key: PersonKey


def write(kind: str, head: Mapping[str, Value], entries: Sequence[Mapping[str, Value]], signer: Signer) -> bytes:
    """Return the bytes of a paper; ``kind`` is also the namespace of its signature. A line too long: ``ValueError``."""
    lines = [canonical.encode({**head, "kind": kind, "v": VERSION}), *(canonical.encode(dict(one)) for one in entries)]
    body = b"".join(lines)
    return body + sshsig.armour(signer.sign(body, kind)).encode()


def read(data: bytes, kind: str) -> Statement:
    """Undo ``write``: the paper, its signature checked; ``TamperError`` says why it is none, or not of this kind."""
    if len(data) > MAX_FILE:
        message = f"the file is longer than {MAX_FILE} bytes"
        raise TamperError(message)
    body, begin, rest = data.partition(_BEGIN)
    if not begin:
        message = "the file ends without a signature"
        raise TamperError(message)
    lines = [canonical.decode(line + b"\n") for line in body.split(b"\n")[:-1]]
    if not lines or not all(isinstance(line, dict) for line in lines):
        message = "the file does not consist of objects, one a line"
        raise TamperError(message)
    head, *entries = (cast("dict[str, Value]", line) for line in lines)
    if head.get("kind") != kind or head.get("v") != VERSION or head.get("v") is True:
        message = f"the file is not a {kind} of version {VERSION}: {head.get('kind')!a} {head.get('v')!a}"
        raise TamperError(message)
    key = sshsig.open_signature(sshsig.unarmour((begin + rest).decode("ascii", "replace")), body, kind)
    return Statement(head=head, entries=entries, key=key)
