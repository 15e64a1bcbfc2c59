"""Which server stands behind a key such as ``rdap.ripencc``: the real ones, or those of the user's settings.

Settings are a TOML file (``--servers FILE``)::

    only = true                                   # ask no server that is not named here
    ca_file = "ca.pem"                            # trust this authority instead of the system's (a mirror of one's own)
    [rdap]
    ripencc = "https://mirror.example:8443/rdap"  # plain "http://" only to a loopback address
    arin = { url = "https://mirror.example/arin", hosts = ["other.example"] }   # hosts: redirects allowed to
    [whois]
    ripencc = "127.0.0.1:4343"
    [servers]
    dns = "127.0.0.1:5300"
    ripestat = "http://127.0.0.1:8080"

A key of the groups below that does not exist is refused: a typing error would send a question to the real server.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from forensics.enrichment.source import Transport
from forensics.errors import DataError, PolicyError

AS_OF = date(2026, 11, 1)
"""When the table below was last compared with its sources."""

DEFAULTS: Mapping[str, str] = {
    # RDAP: IANA bootstrap service registries for IPv4 and IPv6 address space (RFC 9224)
    "rdap.ripencc": "https://rdap.db.ripe.net",
    "rdap.arin": "https://rdap.arin.net/registry",
    "rdap.apnic": "https://rdap.apnic.net",
    "rdap.lacnic": "https://rdap.lacnic.net/rdap",
    "rdap.afrinic": "https://rdap.afrinic.net/rdap",
    # WHOIS (RFC 3912): column "WHOIS" of the IANA IPv4 address space registry
    "whois.ripencc": "whois.ripe.net",
    "whois.arin": "whois.arin.net",
    "whois.apnic": "whois.apnic.net",
    "whois.lacnic": "whois.lacnic.net",
    "whois.afrinic": "whois.afrinic.net",
    # RIPEstat data API: stat.ripe.net/docs/data-api
    "ripestat": "https://stat.ripe.net",
}
DNS = "dns"
"""The key of the resolver; without a setting it is the system's."""

_PORTS = {"https": 443, "http": 80, "whois": 43, "dns": 53}
_GROUPS = ("rdap", "whois", "ripestat", "dns")
_MAX_FILE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a question goes. ``redirects`` are the (host, port) that an answer may send us on to, its own included."""

    key: str
    scheme: str
    host: str
    port: int
    base: str = ""
    redirects: frozenset[tuple[str, int]] = frozenset()

    @property
    def text(self) -> str:
        """The server in words: host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether the server is on this machine, so that nothing leaves it."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The settings: key → server, as the user gave them over the defaults."""

    given: Mapping[str, Endpoint] = field(default_factory=dict)
    only: bool = False
    ca_file: Path | None = None

    def endpoint(self, key: str, transport: Transport, *, proxied: bool = False) -> Endpoint:
        """Return the server of a key; ``PolicyError`` where none is set and none may be guessed."""
        found = self.given.get(key)
        if found is None and not self.only and key in DEFAULTS:
            found = _read(key, DEFAULTS[key])
        if found is None and not self.only and key == DNS:
            found = _read(key, _system_resolver(proxied=proxied))
        if found is None:
            hint = "Name it in the file of --servers (docs/online-look-ups.md)"
            raise PolicyError(f"no server is set for {key[:80]!r}; nothing was sent", where="--servers", hint=hint)
        fits = {Transport.HTTPS: ("https", "http"), Transport.WHOIS: ("whois",), Transport.DNS: ("dns",)}
        if found.scheme not in fits[transport]:
            raise PolicyError(f"the server of {key[:80]!r} does not speak {transport}", where="--servers")
        return found


def load(path: Path | None) -> Servers:
    """Read a settings file, or return the defaults; ``DataError`` names what is wrong in it."""
    if path is None:
        return Servers()
    try:
        data = path.read_bytes()
        if len(data) > _MAX_FILE:
            raise DataError("the file of servers is too large", where=str(path))
        table = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise DataError(f"the file of servers cannot be read ({error.strerror})", where=str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(f"the file of servers is no TOML ({error})", where=str(path)) from error
    try:
        only, ca = table.pop("only", False), table.pop("ca_file", None)
        if not isinstance(only, bool) or not (ca is None or isinstance(ca, str)):
            message = "only is true or false, ca_file a path"
            raise ValueError(message)  # noqa: TRY301 - told with the place below
        given = {key: _read(key, value) for key, value in _flat(table).items()}
    except ValueError as error:
        hint = 'Write for example: [rdap] ripencc = "https://mirror.example/rdap"'
        raise DataError(f"the file of servers is not understood: {error}", where=str(path), hint=hint) from error
    return Servers(given=given, only=only, ca_file=None if ca is None else path.parent / ca)


def endpoint_of(key: str, url: str) -> Endpoint:
    """Read the address of one server; ``ValueError`` says what is wrong with it."""
    return _read(key, url)


def is_loopback(host: str) -> bool:
    """Whether a host is written as an address of this machine; names are never trusted to be."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``group.name`` → value; ``[servers]`` holds keys without a group, and a dotted key may be quoted."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict) and "url" not in value:
            prefix = "" if name == "servers" else f"{name}."
            found.update({f"{prefix}{key}": inner for key, inner in value.items()})
        else:
            found[name] = value
    for key in found:
        if key.split(".")[0] in _GROUPS and key not in DEFAULTS and key != DNS:
            message = f"there is no server {key[:80]!r}"
            raise ValueError(message)
    return found


def _read(key: str, value: object) -> Endpoint:
    """Read one server: a text, or a table with ``url`` and ``hosts``."""
    url, hosts = (value.get("url"), value.get("hosts", [])) if isinstance(value, dict) else (value, [])
    if not isinstance(url, str) or not isinstance(hosts, list) or not all(isinstance(item, str) for item in hosts):
        message = f"{key}: write a server as text, or as {{ url = …, hosts = […] }}"
        raise ValueError(message)
    plain = "dns" if key == DNS else "whois"
    parts = urlsplit(url if "://" in url else f"{plain}://{url}")
    if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.query or parts.fragment:
        message = f"{key}: {url[:100]!r} is no server"
        raise ValueError(message)
    host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    if parts.scheme == "http" and not is_loopback(host):
        message = f"{key}: plain http is for loopback addresses only, not {host[:100]!r}"
        raise ValueError(message)
    if parts.scheme == "dns":
        ipaddress.ip_address(host)  # a resolver's own name could only be resolved by a resolver
    others = [urlsplit(f"//{item}") for item in hosts]
    allowed = {(host, port), *((item.hostname or "", item.port or port) for item in others)}
    return Endpoint(
        key=key, scheme=parts.scheme, host=host, port=port, base=parts.path.rstrip("/"), redirects=frozenset(allowed)
    )


def _system_resolver(*, proxied: bool) -> str:
    """Return the first resolver of resolv.conf; read only when a question to it is planned."""
    if proxied:
        raise PolicyError(
            "behind a proxy the system's resolver would be asked past the proxy; nothing was sent",
            where="--servers",
            hint='Name a resolver that the proxy reaches: [servers] dns = "192.0.2.53"',
        )
    import dns.exception
    import dns.resolver

    try:
        found = [item for item in dns.resolver.Resolver().nameservers if isinstance(item, str)]
    except (dns.exception.DNSException, OSError):
        found = []
    plain = [item for item in found if "://" not in item]
    if not plain:
        raise PolicyError("this system has no resolver", where="--servers", hint='Name one: [servers] dns = "…"')
    return f"[{plain[0]}]" if ":" in plain[0] else plain[0]
