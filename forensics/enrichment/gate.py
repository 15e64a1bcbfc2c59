"""The one gate: the only module of the package that makes a socket.

A gate is closed unless it is built with classes of look-ups and with the hosts of a plan that the user has agreed to.
Whatever is asked of it beyond that is a ``PolicyError`` before any packet, name resolution included. The way out is direct
(then the system resolves names and every server sees our address) or a SOCKS5 proxy that resolves names itself (RFC 1928,
address type 3), such as Tor. A proxy that cannot be reached is a ``NetworkError``; nothing ever falls back to direct.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from forensics.enrichment.source import LookupClass
from forensics.errors import DataError, NetworkError, PolicyError, UsageError

if TYPE_CHECKING:
    import ssl

    from typing_extensions import Buffer

CONNECT_SECONDS = 15.0
IDLE_SECONDS = 20.0
WHOLE_SECONDS = 60.0
"""A reply that takes longer as a whole is cut off, however steadily its bytes drip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A SOCKS5 proxy that resolves names. Credentials never appear in ``text``."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None

    @property
    def text(self) -> str:
        """The proxy in words, without credentials."""
        return f"socks5h://{self.host}:{self.port}"


DIRECT = "direct"


def way_out(way: str) -> str:
    """Say how the packets of a plan leave, and who sees what of it."""
    if way == DIRECT:
        return (
            "Way out: direct. Each server sees the address of this machine's connection, and the time; your resolver learns"
            " their names."
        )
    return f"Way out: {way}. Servers see the exit of that proxy, and the time; the proxy sees whom we ask."


def read_proxy(text: str) -> Proxy | None:
    """Read ``socks5h://[user:password@]host:port``; empty text is no proxy.

    ``socks5://`` is refused, not reinterpreted: there it means that names are resolved on this machine, which tells its
    resolver whom we are about to ask.
    """
    if not text.strip():
        return None
    hint = "Write socks5h://HOST:PORT, for Tor: socks5h://127.0.0.1:9050"
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise UsageError("this is no proxy", where="--proxy", hint=hint) from error
    if parts.scheme != "socks5h":
        what = "names would be resolved on this machine" if parts.scheme == "socks5" else "this is no SOCKS5 proxy"
        raise UsageError(what, where="--proxy", hint=hint)
    if not parts.hostname or not port or parts.path not in ("", "/") or parts.query:
        raise UsageError("this is no proxy", where="--proxy", hint=hint)
    user = unquote(parts.username) if parts.username else None
    return Proxy(host=parts.hostname, port=port, user=user, password=unquote(parts.password or "") if user else None)


class Channel:
    """A connected socket whose every operation ends by a deadline."""

    def __init__(self, connected: socket.socket, seconds: float = WHOLE_SECONDS) -> None:
        """Start the time that the whole exchange may take."""
        self._socket = connected
        self._end = time.monotonic() + seconds

    def recv(self, size: int) -> bytes:
        """Receive up to ``size`` bytes; ``TimeoutError`` at the deadline."""
        self._arm()
        return self._socket.recv(size)

    def sendall(self, data: Buffer) -> None:
        """Send all bytes."""
        self._arm()
        self._socket.sendall(data)

    def makefile(self, _mode: str = "rb") -> io.BufferedReader:
        """Return a reader of what arrives."""
        return io.BufferedReader(_Arriving(self))

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def read_to_end(self, limit: int) -> bytes:
        """Read until the other side ends, at most ``limit`` + 1 bytes, so that the caller sees what is too long."""
        held = bytearray()
        while len(held) <= limit and (block := self.recv(min(65_536, limit + 1 - len(held)))):
            held += block
        return bytes(held)

    def __enter__(self) -> Self:
        """Return the channel itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the connection."""
        self.close()

    def _arm(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0:
            message = "the reply took too long"
            raise TimeoutError(message)
        self._socket.settimeout(min(left, IDLE_SECONDS))


class Lent:
    """A channel as ``http.client`` wants its socket. Closing it does nothing: the channel belongs to whoever opened it."""

    def __init__(self, channel: Channel) -> None:
        """Lend a channel out."""
        self.sendall = channel.sendall
        self.makefile = channel.makefile

    def close(self) -> None:
        """Leave the channel open: an answer is read after ``http.client`` has closed what it sent by."""


class _Arriving(io.RawIOBase):
    """The receiving side of a channel as a raw stream. Closing it leaves the channel open."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._channel.recv(len(view))
        view[: len(data)] = data
        return len(data)


class NetGate:
    """Lets a connection through if its class is open and its host is one of the agreed plan; otherwise nothing."""

    def __init__(
        self,
        opened: Collection[LookupClass] = (),
        hosts: Collection[tuple[str, int]] = (),
        proxy: Proxy | None = None,
        ca_file: Path | None = None,
    ) -> None:
        """Without arguments the gate is closed."""
        self._opened = frozenset(opened)
        self._hosts = frozenset(hosts)
        self._ca_file = ca_file
        self.proxy = proxy

    @property
    def exit(self) -> str:
        """How packets leave, in words for plan and custody log."""
        return self.proxy.text if self.proxy else DIRECT

    def require(self, lookup_class: LookupClass, host: str, port: int) -> None:
        """Raise ``PolicyError`` unless a connection of this class to this host was agreed to."""
        if lookup_class not in self._opened:
            raise PolicyError(f"look-ups of class {lookup_class} are closed; nothing was sent", where=host)
        if (host, port) not in self._hosts:
            raise PolicyError("this server is not in the plan that was agreed to; nothing was sent", where=host)

    def stream(
        self, lookup_class: LookupClass, host: str, port: int, *, tls: bool = False, seconds: float = WHOLE_SECONDS
    ) -> Channel:
        """Connect by TCP, with TLS if asked, for ``seconds``. ``OSError`` (``ssl.SSLError`` among them): no connection."""
        self.require(lookup_class, host, port)
        context = self._context() if tls else None
        plain = self._through(host, port) if self.proxy else socket.create_connection((host, port), CONNECT_SECONDS)
        if context is None:
            return Channel(plain, seconds)
        try:
            plain.settimeout(CONNECT_SECONDS)
            return Channel(context.wrap_socket(plain, server_hostname=host), seconds)
        except BaseException:
            plain.close()
            raise

    def datagram(self, lookup_class: LookupClass, host: str, port: int) -> Channel:
        """Return a UDP socket that receives from this address only. Not through a proxy: SOCKS here is TCP."""
        self.require(lookup_class, host, port)
        if self.proxy:
            raise PolicyError("datagrams do not pass the proxy; nothing was sent", where=host)
        made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            made.connect((host, port))
        except BaseException:
            made.close()
            raise
        return Channel(made, 4.0)

    def _through(self, host: str, port: int) -> socket.socket:
        """Connect through the proxy, which resolves the name."""
        from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
        from python_socks.sync import Proxy as Connector

        way = self.proxy
        if way is None:
            raise PolicyError("no proxy is set", where=host)
        connector = Connector(ProxyType.SOCKS5, way.host, way.port, way.user, way.password, rdns=True)
        try:
            return connector.connect(host, port, timeout=CONNECT_SECONDS)
        except ProxyConnectionError as error:
            hint = "Start it, or correct --proxy; nothing was sent past it"
            raise NetworkError("the proxy cannot be reached", where=way.text, hint=hint) from error
        except (ProxyError, ProxyTimeoutError) as error:
            message = f"the proxy did not connect us: {error}"
            raise ConnectionError(message) from error

    def _context(self) -> ssl.SSLContext:
        """Return a context that checks certificate and name, TLS 1.2 or newer."""
        import ssl  # a case is judged and planned for without it; only a connection needs it

        try:
            context = ssl.create_default_context(cafile=None if self._ca_file is None else str(self._ca_file))
        except (OSError, ssl.SSLError) as error:
            raise DataError("the certificates of ca_file cannot be read", where=str(self._ca_file)) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context
