"""A time-stamping authority of our own: certificates made in the test, ``openssl ts`` signs, loopback HTTP carries."""

from __future__ import annotations

import datetime as dt
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONFIG = """
[tsa]
default_tsa = it
[it]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = no
ess_cert_id_chain = {chain}
ess_cert_id_alg = sha256
"""
DAY = dt.timedelta(days=1)
PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """``root`` is the certificate to trust. ``folder`` holds everything else."""

    folder: Path
    root: Path

    def reply(self, query: bytes) -> bytes:
        """Return the whole response to a request."""
        (self.folder / "query").write_bytes(query)
        words: list[str | Path] = ["openssl", "ts", "-reply", "-config", self.folder / "config", "-queryfile",
                 self.folder / "query",
                 "-signer", self.folder / "tsa.pem", "-inkey", self.folder / "tsa.key", "-chain", self.folder / "chain.pem",
                 "-out", self.folder / "reply"]  # fmt: skip
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        return (self.folder / "reply").read_bytes()

    def stamp(self, data: bytes) -> bytes:
        """Return a response over bytes, as somebody with openssl would get it."""
        (self.folder / "data").write_bytes(data)
        words: list[str | Path] = [
            "openssl",
            "ts",
            "-query",
            "-data",
            self.folder / "data",
            "-sha256",
            "-cert",
            "-out",
            self.folder / "q",
        ]
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        return self.reply((self.folder / "q").read_bytes())


def make(
    folder: Path, *, name: str = "Sample Time Authority", expired: bool = False, between: bool = False
) -> Authority:
    """Make an authority. ``between`` puts a certificate between root and signer, so that replies hold several."""
    folder.mkdir(parents=True)
    root_key, middle_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = _certificate(f"{name} Root", root_key, None, root_key, ca=True)
    middle = _certificate(f"{name} Middle", middle_key, root, root_key, ca=True)
    issuer, issuer_key = (middle, middle_key) if between else (root, root_key)
    signer = _certificate(name, key, issuer, issuer_key, ca=False, expired=expired)
    (folder / "root.pem").write_bytes(root.public_bytes(PEM))
    (folder / "chain.pem").write_bytes((middle.public_bytes(PEM) if between else b"") + root.public_bytes(PEM))
    (folder / "tsa.pem").write_bytes(signer.public_bytes(PEM))
    plain = serialization.NoEncryption()
    (folder / "tsa.key").write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain))
    (folder / "root.key").write_bytes(root_key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain))
    (folder / "serial").write_text("01\n")
    (folder / "config").write_text(CONFIG.format(folder=folder, chain="yes" if between else "no"))
    return Authority(folder=folder, root=folder / "root.pem")


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    ca: bool,
    expired: bool = False,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    until = now - DAY if expired else now + 300 * DAY
    made = x509.CertificateBuilder(
        issuer_name=issuer.subject if issuer else subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - 400 * DAY,
        not_valid_after=until,
    ).add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = made.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
    )
    use = x509.KeyUsage(
        digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = made.add_extension(use, critical=True)
    if not ca:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(issuer_key, hashes.SHA256())


@contextmanager
def serving(answer: Callable[[bytes], bytes], status: int = 200) -> Iterator[str]:
    """Serve an authority (or something that claims to be one) on loopback; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsr"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
