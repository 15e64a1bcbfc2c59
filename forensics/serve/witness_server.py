"""A witness over HTTP (C2SP tlog-witness): ``POST /add-checkpoint``, and ``GET /HASH/checkpoint`` for who watches it.

Requests need no password: a checkpoint that the log did not sign is refused. Everything that decides is in
``chain_of_custody.witness``; here bytes are carried, within bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from forensics.chain_of_custody.witness import MAX_REQUEST, TEXT_TYPE, Answer, Witness

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_TOO_LARGE = 413


def make_app(witness: Witness, clock: Callable[[], int], told: Callable[[Answer], None]) -> Starlette:
    """Return the application; ``clock`` gives POSIX seconds, ``told`` hears of every answer."""

    async def add_checkpoint(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_REQUEST:
                return Response("too large\n", status_code=_TOO_LARGE, media_type=TEXT_TYPE, headers=_HEADERS)
        answer = await run_in_threadpool(witness.answer, bytes(body), clock())
        told(answer)
        return _sent(answer.status, answer.body, answer.media_type)

    async def latest(request: Request) -> Response:
        note = await run_in_threadpool(witness.last, str(request.path_params["place"]))
        return _sent(404, b"nothing was cosigned for this log\n") if note is None else _sent(200, note)

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{place}/checkpoint", latest, methods=["GET"]),
        ]
    )


def _sent(status: int, body: bytes, media_type: str = TEXT_TYPE) -> Response:
    made = Response(body, status_code=status, headers=_HEADERS)
    made.headers["Content-Type"] = media_type  # exactly: the size of a 409 has a type without charset
    return made
