"""The books of a certification authority, kept by ``openssl ca``: what it revoked, its lists, its answers (``openssl ocsp``)."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

CONFIG = """
[ca]
default_ca = it
[it]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
default_md = sha256
default_crl_days = 30
crl_extensions = listed
policy = any
[any]
commonName = supplied
[listed]
authorityKeyIdentifier = keyid:always
"""


@dataclass(frozen=True)
class Books:
    """``folder`` holds certificate and key of the authority, and what openssl writes."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, certificate: bytes, key: ec.EllipticCurvePrivateKey) -> Books:
        """Open the books of an authority whose certificate (PEM) and key are given."""
        folder.mkdir(parents=True)
        (folder / "ca.pem").write_bytes(certificate)
        (folder / "ca.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
        (folder / "index.txt").touch()
        (folder / "crlnumber").write_text("01\n")
        (folder / "config").write_text(CONFIG.format(folder=folder))
        return cls(folder)

    def issued(self, certificate: x509.Certificate) -> None:
        """Enter a certificate."""
        self._ca("-valid", self._held(certificate))

    def revoke(self, certificate: x509.Certificate, reason: str = "keyCompromise") -> None:
        """Revoke a certificate now."""
        self._ca("-revoke", self._held(certificate), "-crl_reason", reason)

    def listed(self, first: dt.datetime | None = None, last: dt.datetime | None = None) -> bytes:
        """Return the list of what is revoked (DER), made now or as of a time."""
        words: list[str | Path] = ["-gencrl", "-out", self.folder / "crl.pem"]
        if first is not None and last is not None:
            words += ["-crl_lastupdate", f"{first:%Y%m%d%H%M%SZ}", "-crl_nextupdate", f"{last:%Y%m%d%H%M%SZ}"]
        self._ca(*words)
        return x509.load_pem_x509_crl((self.folder / "crl.pem").read_bytes()).public_bytes(Encoding.DER)

    def answer(self, certificate: x509.Certificate) -> bytes:
        """Return what a responder with the authority's own key answers about a certificate (DER)."""
        ca, key, out = self.folder / "ca.pem", self.folder / "ca.key", self.folder / "answer.der"
        words: list[str | Path] = [
            "-index",
            self.folder / "index.txt",
            "-CA",
            ca,
            "-rsigner",
            ca,
            "-rkey",
            key,
            "-issuer",
            ca,
        ]
        words += ["-cert", self._held(certificate), "-ndays", "7", "-respout", out, "-noverify"]
        _openssl("ocsp", *words)
        return out.read_bytes()

    def _held(self, certificate: x509.Certificate) -> Path:
        path = self.folder / f"{certificate.serial_number:x}.pem"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        return path

    def _ca(self, *words: str | Path) -> None:
        _openssl(
            "ca",
            "-config",
            self.folder / "config",
            "-cert",
            self.folder / "ca.pem",
            "-keyfile",
            self.folder / "ca.key",
            *words,
        )


def _openssl(*words: str | Path) -> None:
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
