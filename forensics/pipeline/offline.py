"""A guard for the whole process: while it stands, no socket is made or used and no other program is started.

Python announces every such act to audit hooks before it happens (PEP 578); the hook refuses it with ``PolicyError``.
A hook cannot be taken away again, so one hook stays and listens only while a guard stands. Code that speaks to the
operating system without Python announces nothing: the engines that we use do not, and a namespace without network
(``unshare -rn``) holds them to it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from forensics.errors import PolicyError

REFUSED = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.system",
        "socket.__new__",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.getnameinfo",
        "socket.sendmsg",
        "socket.sendto",
        "subprocess.Popen",
    }
)
"""Names of audit events (docs.python.org, "Audit events table")."""


@dataclass(slots=True)
class _Guard:
    """Whether somebody stands guard, how often something was refused, and what it was last."""

    installed: bool = False
    standing: int = 0
    refused: int = 0
    last: str = ""


_guard = _Guard()


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse every socket and every other program, in all threads, until the block is left.

    Raises:
        PolicyError: at the place that tried; and at the end of the block even where that place swallowed it.
    """
    if not _guard.installed:
        sys.addaudithook(_listen)
        _guard.installed = True
    before = _guard.refused
    _guard.standing += 1
    try:
        yield
    finally:
        _guard.standing -= 1
    if _guard.refused > before:
        raise _refusal(_guard.last)


def _listen(event: str, _: tuple[object, ...]) -> None:
    if _guard.standing and event in REFUSED:
        _guard.refused += 1
        _guard.last = event
        raise _refusal(event)


def _refusal(event: str) -> PolicyError:
    return PolicyError(
        f"something tried to leave this process ({event}) and was refused",
        hint="What is recomputed needs neither network nor other programs: please report this as our defect",
    )
