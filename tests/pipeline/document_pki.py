"""A certification authority of our own, and the keys and certificates of those who sign documents."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)
PASSPHRASE = "open ə sesame"
PEM = Encoding.PEM
Public = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True, kw_only=True)
class Days:
    """When a certificate begins and ends, in days from now."""

    first: int = -30
    last: int = 300


@dataclass(frozen=True)
class Office:
    """An authority whose files lie in a folder."""

    folder: Path
    title: str = "Sample Root"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def root(self) -> Path:
        """The certificate to trust, as a file."""
        path = self.folder / "root.pem"
        if not path.exists():
            path.write_bytes(self.certify(self.title, self.key.public_key(), ca=True).public_bytes(PEM))
        return path

    def certify(
        self,
        subject: str,
        public: Public,
        days: Days = Days(),
        *,
        ca: bool = False,
        signs: bool = True,
    ) -> x509.Certificate:
        """Return a certificate of a public key."""
        now = dt.datetime.now(dt.UTC)
        use = x509.KeyUsage(
            digital_signature=signs and not ca, content_commitment=signs and not ca, key_encipherment=not signs,
            data_encipherment=False, key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False,
            decipher_only=False,
        )  # fmt: skip
        made = x509.CertificateBuilder(
            issuer_name=name(self.title),
            subject_name=name(subject),
            public_key=public,
            serial_number=x509.random_serial_number(),
            not_valid_before=now + days.first * DAY,
            not_valid_after=now + days.last * DAY,
        )
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        made = made.add_extension(use, critical=True)
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        return made.add_extension(issuer, critical=False).sign(self.key, hashes.SHA256())

    def person(self, stem: str, key: Private | None = None, days: Days = Days(), *, signs: bool = True) -> Path:
        """Write a PEM file that holds a key, its certificate and the root; return it."""
        private = key or ec.generate_private_key(ec.SECP256R1())
        own = self.certify("J. Doe", private.public_key(), days, signs=signs)
        path = self.folder / f"{stem}.pem"
        path.write_bytes(
            private.private_bytes(PEM, PrivateFormat.PKCS8, NoEncryption())
            + own.public_bytes(PEM)
            + self.root.read_bytes()
        )
        return path

    def pkcs12(self, stem: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Path:
        """Write a PKCS#12 file, protected, with a certificate in it that has no place in a signature."""
        own = self.certify("J. Doe", key.public_key())
        stray = self.certify("Somebody Else", ec.generate_private_key(ec.SECP256R1()).public_key())
        root = x509.load_pem_x509_certificate(self.root.read_bytes())
        path = self.folder / f"{stem}.p12"
        locked = BestAvailableEncryption(PASSPHRASE.encode())
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"j.doe", key, own, [stray, root], locked))
        return path

    def revoked(self, *certificates: x509.Certificate) -> Path:
        """Write the list of revoked certificates."""
        path = self.folder / "revoked.crl"
        path.write_bytes(revocation_list(self.title, self.key, certificates))
        return path


def revocation_list(
    title: str, key: ec.EllipticCurvePrivateKey, certificates: tuple[x509.Certificate, ...] = ()
) -> bytes:
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateRevocationListBuilder(
        issuer_name=name(title), last_update=now - DAY, next_update=now + 30 * DAY
    )
    made = made.add_extension(x509.CRLNumber(1), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    for item in certificates:
        entry = x509.RevokedCertificateBuilder(serial_number=item.serial_number, revocation_date=now - DAY)
        made = made.add_revoked_certificate(entry.build())
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def list_of_authority(folder: Path, title: str) -> Path:
    """Write the list of the local time-stamping authority's root."""
    key = load_pem_private_key((folder / "root.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    path = folder / "revoked.crl"
    path.write_bytes(revocation_list(title, key))
    return path
