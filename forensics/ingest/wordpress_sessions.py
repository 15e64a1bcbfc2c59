"""WordPress's own sessions: ``session_tokens`` in the user meta table, PHP's serialised form.

One value holds all sessions of an account that have not run out: under the hash of each session's token the time, the
address and the browser of its *login*, and when it runs out (WordPress ``WP_User_Meta_Session_Tokens``, since 4.0). Texts
carry their length in bytes, and the browser's name is the client's: so it is read by length, never by searching.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from forensics.ingest.fields import FieldError

_ARRAY = re.compile(rb"a:(\d{1,4}):\{")
_TEXT = re.compile(rb's:(\d{1,6}):"')
_SCALAR = re.compile(rb"(?:i:(-?\d{1,19})|b:([01])|d:([-+.\dEe]{1,30})|(N));")


MAX_SESSIONS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPressSession:
    """One session: the hash of its token, and what WordPress wrote about its login."""

    verifier: str
    values: Mapping[str, str]


@lru_cache(maxsize=4)  # asked once for each session of the same list
def sessions(value: bytes) -> tuple[WordPressSession, ...]:
    """Read the sessions of one account; ``FieldError`` where the value is not what WordPress writes."""
    at, count = _open(value, 0)
    held = []
    for _ in range(count):
        verifier, at = _text(value, at)
        at, pairs = _open(value, at)
        found: dict[str, str] = {}
        for _ in range(pairs):
            name, at = _text(value, at)
            found[name], at = _scalar(value, at)
        at = _close(value, at)
        held.append(WordPressSession(verifier=verifier, values=found))
    _close(value, at)
    return tuple(held)


def _open(value: bytes, at: int) -> tuple[int, int]:
    match = _ARRAY.match(value, at)
    if match is None:
        raise _broken(at)
    return match.end(), int(match[1])


def _close(value: bytes, at: int) -> int:
    if value[at : at + 1] != b"}":
        raise _broken(at)
    return at + 1


def _text(value: bytes, at: int) -> tuple[str, int]:
    match = _TEXT.match(value, at)
    end = match.end() + int(match[1]) if match else 0
    if match is None or value[end : end + 1] != b'"':
        raise _broken(at)
    after = end + 1 + (value[end + 1 : end + 2] == b";")
    return value[match.end() : end].decode("utf-8", "backslashreplace"), after


def _scalar(value: bytes, at: int) -> tuple[str, int]:
    match = _SCALAR.match(value, at)
    if match is None:
        return _text(value, at)
    return next((group.decode() for group in match.groups() if group is not None), ""), match.end()


def _broken(at: int) -> FieldError:
    return FieldError(f"not a list of sessions as WordPress writes it, from byte {at} of the value")
