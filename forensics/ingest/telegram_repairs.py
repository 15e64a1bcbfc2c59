r"""Repairs of the almost-JSON that Telegram Desktop writes.

Control characters are written as ``\xNN``, which JSON does not know (chat-analytics issue 100); version 4.1.1 of
August 2022 wrote the ``document_id`` of custom emoji as a bare path (tdesktop issues 24961, 24984). A repair changes
only these spots; the driver tries it on a record that does not decode, and its name goes into the event.
"""

from __future__ import annotations

import re

from forensics.ingest.json_rows import Repair

_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)
_BARE_PATH = re.compile(rb'("document_id"[ \t]*:[ \t]*)([^"\s\[{\d][^"\r\n]{0,500}?)([ \t]{0,8},?[ \t]{0,8}\r?\n)')


def escape_control(data: bytes) -> bytes:
    r"""Write ``\xNN`` as ``\u00NN``; an escaped backslash before an ``x`` is left alone."""
    return _ESCAPE.sub(lambda match: b"\\u00" + match[1] if match[1] else match[0], data)


def quote_paths(data: bytes) -> bytes:
    """Put quotes around a bare ``document_id``; ``null``, numbers and quoted values are left alone."""

    def quoted(match: re.Match[bytes]) -> bytes:
        if match[2] == b"null":
            return match[0]
        return match[1] + b'"' + match[2].replace(b"\\", b"\\\\") + b'"' + match[3]

    return _BARE_PATH.sub(quoted, data)


CONTROL = Repair(name="control characters written as \\xNN read as \\u00NN", apply=escape_control)
PATHS = Repair(name="bare document_id read as text", apply=quote_paths)
BOTH = Repair(name=f"{CONTROL.name}; {PATHS.name}", apply=lambda data: quote_paths(escape_control(data)))

REPAIRS = (CONTROL, PATHS, BOTH)
