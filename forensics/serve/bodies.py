"""Bodies of requests, read within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from forensics.serve.problems import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BODY = 4 * 1024 * 1024
_MAX_FIELDS = 8


async def body_of(request: Request, media_type: str) -> bytes:
    """Return the body of a request.

    Raises:
        Refusal: it has another media type, or is larger than ``MAX_BODY``.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise Refusal(415, f"Send {media_type}")
    stated = request.headers.get("content-length", "0")
    if not stated.isdigit() or len(stated) > 12 or int(stated) > MAX_BODY:  # noqa: PLR2004 - beyond any body
        raise _too_large()
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MAX_BODY:
            raise _too_large()
    return bytes(found)


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of an HTML form (``application/x-www-form-urlencoded``), the first value of each.

    Raises:
        Refusal: it is none, or too large.
    """
    data = await body_of(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise Refusal(400, "This is not the form of this page") from error
    return dict(reversed(pairs))


def _too_large() -> Refusal:
    return Refusal(413, f"At most {MAX_BODY // 1024 // 1024} MiB; send the list in parts")
