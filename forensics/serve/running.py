"""Running the server. uvicorn listens; nothing else in this package touches a socket, and nothing is ever sent out."""

from __future__ import annotations

import ipaddress
import logging
import sys
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from forensics.errors import NetworkError, PolicyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

_AT_ONCE = 64
"""Connections that are answered at once; more get 503."""
_KEEP_ALIVE_SECONDS = 5
_STOP_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the server listens, and how it is reached. Port 0 takes a free one."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    names: tuple[str, ...] = ()
    public: str = ""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def tls(self) -> bool:
        """Whether clients speak TLS, with us or with the proxy."""
        return bool(self.certificate) or self.behind_proxy

    @property
    def url(self) -> str:
        """The address to open."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public or f"{'https' if self.certificate else 'http'}://{host}:{self.port}"

    def hosts(self) -> frozenset[str]:
        """Return every ``Host`` that is a name of this server."""
        given = [*self.names, *([urlsplit(self.public).netloc] if self.public else [])]
        own = f"[{self.host}]" if ":" in self.host else self.host
        if not ipaddress.ip_address(self.host).is_unspecified:
            given.append(own)
        if self.loopback:
            given += ["localhost", "127.0.0.1", "[::1]"]
        plain = [name.lower() for name in given]
        return frozenset([*plain, *(f"{name}:{self.port}" for name in plain)])


def check(listening: Listening, *, tokens: int) -> None:
    """Refuse what would put the registry on a network unprotected.

    Raises:
        UsageError: the options contradict each other.
        PolicyError: others could connect without a token, or read along.
    """
    try:
        loopback = listening.loopback
    except ValueError as error:
        raise UsageError("not an address to listen on", where=listening.host, hint="For example 127.0.0.1") from error
    if bool(listening.certificate) != bool(listening.key):
        raise UsageError("a certificate needs its key, and a key its certificate", hint="--tls-cert and --tls-key")
    if listening.public and not urlsplit(listening.public).netloc:
        raise UsageError("not an address", where=listening.public[:80], hint="For example https://registry.example.org")
    if (not loopback or listening.behind_proxy) and not tokens:
        hint = "Make one for each client: forensics registry token new NAME --tlp GREEN"
        raise PolicyError("others could connect, and there is no token", hint=hint)
    if not loopback and not listening.tls:
        hint = "--tls-cert and --tls-key, or --behind-proxy where a proxy speaks TLS"
        raise PolicyError("others would connect without TLS: tokens and queries could be read along", hint=hint)
    if (
        not loopback
        and not listening.names
        and not listening.public
        and ipaddress.ip_address(listening.host).is_unspecified
    ):
        hint = "--host-name NAME, as clients write it"
        raise PolicyError("the server has to know its name to refuse foreign ones", hint=hint)


def run(make: Callable[[Listening], ASGIApp], listening: Listening, started: Callable[[Listening], None]) -> None:
    """Serve until interrupted; ``started`` is told where, once connections are accepted.

    Raises:
        NetworkError: the address cannot be listened on.
    """
    import uvicorn

    _only_what_failed()
    config = uvicorn.Config(
        _nothing_yet, host=listening.host, port=listening.port, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, lifespan="off", limit_concurrency=_AT_ONCE, timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS, ws="none", http="h11", loop="asyncio",
        ssl_certfile=str(listening.certificate) if listening.certificate else None,
        ssl_keyfile=str(listening.key) if listening.key else None,
    )  # fmt: skip
    try:
        found = config.bind_socket()
    except (OSError, SystemExit) as error:
        what = f"cannot listen on {listening.host} port {listening.port}"
        raise NetworkError(what, hint="Is it in use? Choose another with --port") from error
    found.listen(_AT_ONCE)  # whoever reads that we serve can connect at once
    bound = replace(listening, port=found.getsockname()[1])
    config.app = make(bound)
    started(bound)
    uvicorn.Server(config).run(sockets=[found])


async def _nothing_yet(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand in until the port is known: the guard has to know every name of the server."""


def _only_what_failed() -> None:
    """Let uvicorn say which line of ours failed, and never a value: values are what people asked for."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Places())
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler] if name == "uvicorn" else []
        logger.setLevel(logging.ERROR)
    logging.getLogger("uvicorn").propagate = False


class _Places(logging.Formatter):
    """Formats an error as its type and places."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        if not record.exc_info or record.exc_info[0] is None:
            return f"forensics: the server reports: {record.msg!s}"[:400]
        places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(record.exc_info[2])[-3:]]
        return f"forensics: a request failed: {record.exc_info[0].__name__} at {' < '.join(reversed(places))}"


def names_of(given: Sequence[str]) -> tuple[str, ...]:
    """Return the names that clients write.

    Raises:
        UsageError: one is no host name.
    """
    for name in given:
        if not name or any(char.isspace() or char in "/@?#" for char in name):
            raise UsageError("not a host name", where=name[:80], hint="For example registry.example.org")
    return tuple(given)
