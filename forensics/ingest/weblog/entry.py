r"""The exact reading of one line of an access log. What this module says is the truth; the vector path must agree.

Grammar (Apache httpd ``mod_log_config``, nginx ``ngx_http_log_module``)::

    CLIENT [TIME] "REQUEST" STATUS BYTES [ [ NUMBERS ] "REFERRER" "USER AGENT" [ EXTRA ] ]

Apache writes a quote inside a field as ``\"``, nginx as ``\x22``; so the first unescaped quote opens the request and
quotes pair up. Servers that do not escape are read too, from the last place where a status and a byte count follow a
quote; such rows carry ``repair``, because there a client can forge what follows the request.

A line that ends inside the fields after the status still proves who asked for what and when: it is read and marked
``truncated``. A line that ends before its status is complete is rejected. Texts stay as the server wrote them
(escapes included); ``-``, the log's own sign for "nothing", is left out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from forensics.ingest.fields import FieldError
from forensics.ingest.weblog.client import Client, client_of
from forensics.ingest.weblog.clock import micros
from forensics.model import Outcome

LINE_LIMIT = 1_048_576
"""Bytes of a line that are read; servers refuse requests long before."""

_QUOTED = rb'[^"\\]*(?:\\.[^"\\]*)*'
_OPENING = re.compile(rb'\[([0-9][^\[\]"]{18,40})\] (?:(\d{1,18}|-) )?"')
"""The time, perhaps a number of the site's own (a duration, a process), and the quote that opens the request."""
_STRICT = re.compile(_QUOTED + rb'" (\d{3}) (\d+|-)(?= |\Z)', re.DOTALL)
_REQUEST_END = re.compile(rb'" (\d{3})(?: (\d+|-))?(?= |\Z)')
_COMBINED = re.compile(rb' "(%b)" "(%b)"(?: (.*))?' % (_QUOTED, _QUOTED), re.DOTALL)
_NUMBERS = re.compile(rb'((?: (?:\d+(?:\.\d+)?|-))+)(?= ")')
"""What sites write between byte count and referrer: durations, further sizes."""
_UNESCAPED = re.compile(rb' "([^"]*)" "(.*)"', re.DOTALL)
_CUT = re.compile(rb' "(?:(%b)" "(%b)|%b" |%b)\\?' % (_QUOTED, _QUOTED, _QUOTED, _QUOTED), re.DOTALL)
_CUT_BEFORE_STATUS = re.compile(_QUOTED + rb'(?:\\|"(?: \d{0,2})?)?', re.DOTALL)
_PROTOCOL = re.compile(rb" (HTTP/\d(?:\.\d)?)\Z")
WORDPRESS = re.compile(rb'POST [^ "\n]*?/(wp-login|xmlrpc)\.php(?=[ ?/"]|\Z)(\?[^ "\n]*)?')
"""A request that knocks at a WordPress door; never looks beyond the request's closing quote."""
USUAL_DOORS = {b"POST /wp-login.php ": "login", b"POST /xmlrpc.php ": "xmlrpc"}
"""What most such requests begin with, and the door."""

NOT_ESCAPED = "quotes inside a field are not escaped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line as read. ``micros`` counts from 1970 UTC; ``detail`` is the JSON object of everything else."""

    client: Client
    micros: int
    time_text: str
    request: str
    status: int
    user_agent: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tail:
    """What follows the request."""

    referrer: bytes = b""
    user_agent: bytes = b""
    extra: bytes = b""
    repair: str = ""
    truncated: bool = False


def read_entry(line: bytes, *, unterminated: bool = False) -> Entry:
    """Read one line without its line end; ``FieldError`` says why it is no entry.

    ``unterminated``: the file ends without a line end here, so the last number may be incomplete; marked in detail.
    """
    if len(line) > LINE_LIMIT:
        raise FieldError(too_long(len(line)))
    body = line.lstrip(b"\x00")
    opening = _OPENING.search(body)
    if opening is None or not body[: opening.start()].endswith(b" "):
        message = "no [time] before a quoted request"
        raise FieldError(message)
    client = client_of(body[: opening.start() - 1])
    time_text = opening[1].decode("utf-8", "backslashreplace")
    moment = micros(time_text)
    request, status, size, tail = _request(body, opening.end())
    repairs = [tail.repair] if tail.repair else []
    if len(body) < len(line):
        repairs.insert(0, f"{len(line) - len(body)} NUL bytes before the line")
    members: dict[str, object] = {"status": status, "bytes": _number(size), "protocol": protocol(request)}
    members |= {"referrer": _text(tail.referrer), **dict(client.more), "hint": hint(wordpress(request), status)}
    members |= {
        "extra": _decode(b" ".join(filter(None, (b"" if opening[2] == b"-" else opening[2], tail.extra)))),
        "repair": "; ".join(repairs),
    }
    members |= {"truncated": tail.truncated or None, "unterminated": unterminated or None}
    kept = {key: value for key, value in members.items() if value not in (None, "")}
    return Entry(
        client=client,
        micros=moment,
        time_text=time_text,
        request=_decode(request),
        status=status,
        user_agent=_text(tail.user_agent),
        detail=json.dumps(kept, ensure_ascii=False, separators=(",", ":")),
    )


def too_long(length: int) -> str:
    """Return the reason of refusal for a line beyond ``LINE_LIMIT``."""
    return f"line of {length:,} bytes: longer than {LINE_LIMIT:,}"


def _request(body: bytes, start: int) -> tuple[bytes, int, bytes, _Tail]:
    """Return (request, status, size as written, tail); the request begins at ``start``."""
    strict = _STRICT.match(body, start)
    if strict is not None:
        return body[start : strict.start(1) - 2], int(strict[1]), strict[2], _tail(body[strict.end() :])
    ends = [end for end in _REQUEST_END.finditer(body, start) if end[2] is not None or body[end.end() :] in (b"", b" ")]
    if not ends:
        cut = _CUT_BEFORE_STATUS.fullmatch(body, start)
        message = "the line ends before its status" if cut else "no status after the request"
        raise FieldError(message)
    end = ends[-1]
    request = body[start : end.start()]
    if _OPENING.search(request):
        message = "two lines run together"
        raise FieldError(message)
    if end[2] is None:
        return request, int(end[1]), b"", _Tail(truncated=True)
    return request, int(end[1]), end[2], replace(_tail(body[end.end() :]), repair=NOT_ESCAPED)


def _tail(rest: bytes) -> _Tail:
    """Read what follows the byte count: nothing, two quoted fields and perhaps more, or fields of the site's own."""
    if not rest.startswith(b' "'):
        return _behind_numbers(rest)
    combined = _COMBINED.fullmatch(rest)
    if combined is not None and (combined[3] is None or _even_quotes(combined[3])):
        return _Tail(referrer=combined[1], user_agent=combined[2], extra=combined[3] or b"")
    loose = _UNESCAPED.fullmatch(rest)
    if loose is not None:
        return _Tail(referrer=loose[1], user_agent=loose[2], repair=NOT_ESCAPED)
    cut = _CUT.fullmatch(rest)
    if cut is None:
        return _Tail(extra=rest[1:])
    if cut[1] is None:
        return _Tail(extra=rest[1:], truncated=True)
    return _Tail(referrer=cut[1], user_agent=cut[2], truncated=True)


def _behind_numbers(rest: bytes) -> _Tail:
    """Read referrer and user agent where the site's own numbers stand before them; else all of it is the site's own."""
    numbers = _NUMBERS.match(rest)
    combined = _COMBINED.fullmatch(rest, numbers.end()) if numbers else None
    if numbers is None or combined is None or not _even_quotes(combined[3] or b""):
        return _Tail(extra=rest[1:])
    extra = b" ".join(filter(None, (numbers[1][1:], combined[3])))
    return _Tail(referrer=combined[1], user_agent=combined[2], extra=extra)


def _even_quotes(text: bytes) -> bool:
    return (text.count(b'"') - text.count(b'\\"')) % 2 == 0


def _number(size: bytes) -> int | str | None:
    if size in (b"", b"-"):
        return None
    return size.decode() if (size.startswith(b"0") and len(size) > 1) or len(size) > 18 else int(size)  # noqa: PLR2004 - 64 bit


def protocol(request: bytes) -> str:
    """Return the protocol at the end of a request line, such as ``HTTP/1.1``; "" if none is written."""
    match = _PROTOCOL.search(request)
    return match[1].decode() if match else ""


def wordpress(request: bytes) -> str:
    """Return which WordPress door a request knocks at: ``login``, ``account_form``, ``xmlrpc`` or ""."""
    match = WORDPRESS.match(request)
    return door(match[1], match[2]) if match else ""


def door(script: bytes, query: bytes | None) -> str:
    """Name the door; ``wp-login.php?action=lostpassword`` and the like answer 302 without any login."""
    if script == b"xmlrpc":
        return "xmlrpc"
    return "account_form" if query and b"action=" in query and b"action=login" not in query else "login"


def hint(knocked: str, status: int) -> str:
    """Return what the status says about a WordPress door: after a POST to the login page 302 is a success, 200 is not.

    ``xmlrpc.php`` answers 200 either way, so its status says nothing.
    """
    if knocked != "login":
        return f"wordpress_{knocked}" if knocked else ""
    return {302: "wordpress_login_accepted", 200: "wordpress_login_refused"}.get(status, "wordpress_login")


def outcome(status: int) -> Outcome:
    """2xx and 3xx are a success, 4xx and 5xx a failure; 499 (nginx: the client left first) and others are unknown."""
    if 200 <= status < 400:  # noqa: PLR2004 - HTTP status classes
        return Outcome.SUCCESS
    return Outcome.FAILURE if 400 <= status < 600 and status != 499 else Outcome.UNKNOWN  # noqa: PLR2004 - as above


def _text(found: bytes) -> str:
    return "" if found == b"-" else _decode(found)


def _decode(found: bytes) -> str:
    return found.decode("utf-8", "backslashreplace")


def looks_like_a_log(head: bytes) -> bool:
    """Whether at least half of the first lines that are not empty, up to 200 of them, can be read as entries.

    The last line counts only when it is the only one: the head may cut it.
    """
    lines = [line for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()[:200] if line]
    whole = lines[:-1] or lines
    good = sum(_readable(line) for line in whole)
    return good > 0 and good * 2 >= len(whole)


def _readable(line: bytes) -> bool:
    try:
        read_entry(line)
    except FieldError:
        return False
    return True
