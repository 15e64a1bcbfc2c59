"""Real servers on loopback: an RDAP registry (plain or TLS), a WHOIS server, a SOCKS5 proxy, and nsd for DNS.

Every server logs what reached it, so that tests can say exactly which packets were sent.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HOST = "127.0.0.1"
Route = tuple[int, Mapping[str, str], bytes]


@dataclass
class Served:
    """A running server: its port, and what reached it (path or line, and the headers of HTTP)."""

    port: int = 0
    log: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextlib.contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no error of the test."""


@contextlib.contextmanager
def registry(
    routes: Mapping[str, Route | Callable[[BaseHTTPRequestHandler], None]], tls: tuple[Path, Path] | None = None
) -> Iterator[Served]:
    """Serve paths; an unknown one is 404. ``tls`` is (certificate, key)."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.log.append(self.path)
            served.headers.append({name.lower(): value for name, value in self.headers.items()})
            route = routes.get(self.path, (404, {}, b'{"errorCode":404}'))
            if callable(route):
                route(self)
                return
            status, headers, body = route
            self.send_response_only(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    server = _Quiet((HOST, 0), Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    served.port = server.server_address[1]
    with _running(server):
        yield served


@contextlib.contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """Serve TCP connections by a handler; yields the port."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no error of the test."""

    server = Server((HOST, 0), handler)
    with _running(server):
        yield server.server_address[1]


@contextlib.contextmanager
def whois(answers: Mapping[str, bytes]) -> Iterator[Served]:
    """Serve WHOIS lines."""
    served = Served()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline(1000).decode("latin-1").rstrip("\r\n")
            served.log.append(line)
            with contextlib.suppress(OSError):
                self.wfile.write(answers.get(line, b"%ERROR:101: no entries found\n"))

    with serving(Handler) as served.port:
        yield served


@contextlib.contextmanager
def socks(names: Mapping[str, int]) -> Iterator[Served]:
    """Serve SOCKS5 (RFC 1928) without authentication; a name leads to the loopback port that ``names`` gives it.

    The log holds ``type host port`` of every request: type 3 is a name that arrived unresolved, 1 an IPv4 address.
    """
    served = Served()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            near: socket.socket = self.request
            _, methods = near.recv(2)
            near.recv(methods)
            near.sendall(b"\x05\x00")
            _, _, _, kind = near.recv(4)
            host = near.recv(near.recv(1)[0]).decode() if kind == 3 else socket.inet_ntoa(near.recv(4))
            port = int.from_bytes(near.recv(2), "big")
            served.log.append(f"{kind} {host} {port}")
            if host not in names:
                near.sendall(b"\x05\x04\x00\x01" + bytes(6))
                return
            with socket.create_connection((HOST, names[host])) as far:
                near.sendall(b"\x05\x00\x00\x01" + bytes(6))
                back = threading.Thread(target=_pump, args=(far, near), daemon=True)
                back.start()
                _pump(near, far)
                back.join()

    with serving(Handler) as served.port:
        yield served


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def free_port() -> int:
    """Return a loopback port where nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def nsd(folder: Path, zones: Mapping[str, str]) -> Iterator[int]:
    """Run nsd with zones (name → records below a SOA); yields its port. Skips where Debian's nsd is not installed."""
    program = shutil.which("nsd") or shutil.which("/usr/sbin/nsd")
    if program is None:
        pytest.skip("needs nsd")
    port = free_port()
    parts = [
        (
            f'server:\n  ip-address: {HOST}@{port}\n  username: ""\n  chroot: ""\n  zonesdir: "{folder}"\n'
            f'  pidfile: "{folder}/nsd.pid"\n  xfrdfile: "{folder}/xfrd"\n  zonelistfile: "{folder}/zones"\n  database: ""\n'
            "  server-count: 1\n  rrl-ratelimit: 0\nremote-control:\n  control-enable: no\n"
        )
    ]
    for name, records in zones.items():
        file = folder / f"{name}.zone"
        head = f"$ORIGIN {name}.\n$TTL 60\n@ SOA ns.{name}. admin.{name}. 1 60 60 60 60\n@ NS ns.{name}.\nns A 192.0.2.53\n"
        file.write_text(head + records)
        parts.append(f'zone:\n  name: "{name}"\n  zonefile: "{file}"\n')
    config = folder / "nsd.conf"
    config.write_text("".join(parts))
    with subprocess.Popen([program, "-d", "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            _until_listening(port, process)
            yield port
        finally:
            process.terminate()


def _until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    message = "nsd does not listen"
    raise RuntimeError(message)


def authority(folder: Path, *names: str) -> tuple[Path, Path, Path]:
    """Make a test authority and a server certificate for names and addresses: (authority, certificate, key)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)

    def build(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(start)
        return made.not_valid_after(start + dt.timedelta(days=36_500))

    ids = x509.SubjectKeyIdentifier.from_public_key(root.public_key())
    signs = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    top = build(issuer, root.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    top = top.add_extension(ids, critical=False).add_extension(signs, critical=True)
    alternatives = [
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
    ]
    leaf = build(x509.Name([]), key.public_key())
    leaf = leaf.add_extension(x509.SubjectAlternativeName(alternatives), critical=True)
    leaf = leaf.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
    paths = folder / "authority.pem", folder / "server.pem", folder / "server.key"
    pem = serialization.Encoding.PEM
    paths[0].write_bytes(top.sign(root, hashes.SHA256()).public_bytes(pem))
    paths[1].write_bytes(leaf.sign(root, hashes.SHA256()).public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[2].write_bytes(key.private_bytes(pem, *plain))
    return paths
