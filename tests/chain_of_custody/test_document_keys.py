"""Keys with certificates: from files and from a token, and what of them cannot sign a document."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
    pkcs12,
)

from forensics.chain_of_custody import document_keys
from forensics.chain_of_custody.document_keys import DocumentKey, open_document_key
from forensics.errors import KeyMaterialError
from tests.chain_of_custody.conftest import MODULE, WITH_TOKEN, token_only
from tests.pipeline.document_pki import DAY, PASSPHRASE, Days, Office, name

Made = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DATA = b"the bytes of a document"


@pytest.fixture(name="office")
def _office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def holds(key: DocumentKey) -> bool:
    public = key.certificate.public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(key.sign(DATA), DATA, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(key.sign(DATA), DATA, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def test_keys_from_files_sign_and_bring_what_leads_to_their_root(office: Office) -> None:
    for made in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        key = open_document_key(str(office.pkcs12("own", made)), PASSPHRASE)
        assert holds(key)
        assert [item.subject.rfc4514_string() for item in key.chain] == ["CN=Sample Root"], "and nobody else's"
        assert key.fingerprint == key.certificate.fingerprint(hashes.SHA256()).hex()
        assert "_sign" not in repr(key)
        assert holds(open_document_key(str(office.person("own", made)), None))


def test_a_certificate_beside_the_key_is_used_and_has_to_be_its_own(office: Office) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    person = office.person("own", made)
    pem = person.read_bytes()
    key_alone, own = office.folder / "key.pem", office.folder / "own.crt"
    key_alone.write_bytes(pem[: pem.index(b"-----BEGIN CERTIFICATE")])
    own.write_bytes(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    assert holds(open_document_key(str(key_alone), None, own))
    with pytest.raises(KeyMaterialError, match="no certificate of this key"):
        open_document_key(str(key_alone), None)
    with pytest.raises(KeyMaterialError, match="does not belong to this key"):
        open_document_key(str(key_alone), None, office.person("other"))
    (office.folder / "none.crt").write_text("no certificate")
    with pytest.raises(KeyMaterialError, match="no certificate in PEM form"):
        open_document_key(str(key_alone), None, office.folder / "none.crt")


def test_a_signature_that_the_certificate_does_not_carry_is_never_handed_out(office: Office) -> None:
    for made in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
        own = office.certify("J. Doe", made.public_key())
        sign = open_document_key(str(office.person("other", _another(made))), None)._sign
        with pytest.raises(KeyMaterialError, match="does not belong to this key"):
            DocumentKey(certificate=own, where="x", _sign=sign).sign(DATA)


def _another(made: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if isinstance(made, rsa.RSAPrivateKey):
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (ed25519.Ed25519PrivateKey.generate(), "neither P-256 nor RSA"),
        (rsa.generate_private_key(65537, 1024), "neither P-256 nor RSA of 2048 bits"),  # noqa: S505 - too short: the point
    ],
    ids=["ed25519", "short"],
)
def test_a_key_of_another_kind_signs_no_document(
    office: Office, made: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey, said: str
) -> None:
    with pytest.raises(KeyMaterialError, match=said):
        open_document_key(str(office.person("own", made)), None)


def test_whether_a_file_is_locked_and_what_is_wrong_with_it_is_said(office: Office) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    locked, person = office.pkcs12("own", made), office.person("own", made)
    assert [document_keys.is_locked(str(path)) for path in (locked, person)] == [True, False]
    root = x509.load_pem_x509_certificate(office.root.read_bytes())
    opened, empty = office.folder / "opened.p12", office.folder / "empty.p12"
    opened.write_bytes(pkcs12.serialize_key_and_certificates(None, made, None, None, NoEncryption()))
    empty.write_bytes(pkcs12.serialize_key_and_certificates(None, None, None, [root], NoEncryption()))
    assert not document_keys.is_locked(str(opened))
    with pytest.raises(KeyMaterialError, match="wrong passphrase"):
        open_document_key(str(locked), "another")
    with pytest.raises(KeyMaterialError, match="holds no private key"):
        open_document_key(str(empty), None)
    with pytest.raises(KeyMaterialError, match="no certificate of this key"):
        open_document_key(str(opened), None)


def test_a_certificate_that_would_be_worth_nothing_is_refused(office: Office) -> None:
    def opened(stem: str, days: Days | None = None, *, signs: bool = True) -> DocumentKey:
        return open_document_key(str(office.person(stem, days=days or Days(), signs=signs)), None)

    now = datetime.now(UTC)
    document_keys.require_usable(opened("good"), now)
    with pytest.raises(KeyMaterialError, match="not valid yet: it begins at "):
        document_keys.require_usable(opened("early", Days(first=1)), now)
    with pytest.raises(KeyMaterialError, match="has expired: it ended at "):
        document_keys.require_usable(opened("late", Days(last=-1)), now)
    with pytest.raises(KeyMaterialError, match="not for signatures"):
        document_keys.require_usable(opened("mail", signs=False), now)


def test_a_certificate_that_names_no_usage_may_sign(office: Office) -> None:
    made, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name("x")).issuer_name(name("x")).public_key(made.public_key())
    built = built.serial_number(1).not_valid_before(now - DAY).not_valid_after(now + DAY)
    path = office.folder / "plain.p12"
    own = built.sign(made, hashes.SHA256())
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, made, own, None, NoEncryption()))
    document_keys.require_usable(open_document_key(str(path), None), now)


@token_only
@pytest.mark.parametrize("label", ["p256", "rsa"])
def test_a_key_on_a_token_signs_with_the_certificate_beside_it(token: str, office: Office, label: str) -> None:
    uri = token.format(label)
    with pytest.raises(KeyMaterialError, match="no certificate of this key"):
        open_document_key(uri, "1234")
    der = office.folder / "public.der"
    _tool("--read-object", "--type", "pubkey", "--label", label, "--output-file", str(der))
    public = load_der_public_key(der.read_bytes())
    assert isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    own = office.folder / "own.der"
    own.write_bytes(office.certify("J. Doe", public).public_bytes(Encoding.DER))
    _write_what_is_no_certificate(label)
    _tool("--write-object", str(own), "--type", "cert", "--label", label)
    try:
        assert holds(open_document_key(uri, "1234"))
        with pytest.raises(KeyMaterialError, match="wrong PIN"):
            open_document_key(uri, "9999")
    finally:
        _tool("--delete-object", "--type", "cert", "--label", label)
        _tool("--delete-object", "--type", "cert", "--label", label)


def _write_what_is_no_certificate(label: str) -> None:
    import pkcs11

    held = pkcs11.Attribute
    with pkcs11.lib(str(MODULE)).get_token(token_label="lab").open(user_pin="1234", rw=True) as session:
        session.create_object({
            held.CLASS: pkcs11.ObjectClass.CERTIFICATE, held.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            held.TOKEN: True, held.LABEL: label, held.SUBJECT: b"0", held.VALUE: b"nothing that could be read",
        })  # fmt: skip


def _tool(*words: str) -> None:
    subprocess.run([*WITH_TOKEN, *words], capture_output=True, check=True)


def issued(who: str, key: Made, issuer: str, by: Made, *, usage: x509.KeyUsage | None = None) -> x509.Certificate:
    """Return a certificate of two days."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    built = x509.CertificateBuilder().subject_name(name(who)).issuer_name(name(issuer)).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)
    return (built if usage is None else built.add_extension(usage, critical=True)).sign(by, hashes.SHA256())


def in_pem(path: Path, key: Made, certificates: list[x509.Certificate]) -> str:
    held = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(held + b"".join(item.public_bytes(Encoding.PEM) for item in certificates))
    return str(path)


def used(*, signature: bool, commitment: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature, content_commitment=commitment, key_encipherment=True, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def test_the_chain_leads_from_the_key_to_its_root_whatever_lies_between(tmp_path: Path) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(4)]
    leaf, low, high, root = (
        issued(who, key, issuer, by)
        for who, key, issuer, by in zip(
            ["leaf", "low", "high", "root"], keys, ["low", "high", "root", "root"], [*keys[1:], keys[3]], strict=True
        )
    )
    other = ec.generate_private_key(ec.SECP256R1())
    stranger = issued("low", other, "high", other)
    path = in_pem(tmp_path / "a.pem", keys[0], [root, stranger, high, leaf, low])
    key = open_document_key(path, None)
    assert key.certificate == leaf
    assert key.chain[:3] == (low, high, root)
    assert open_document_key(in_pem(tmp_path / "b.pem", keys[0], [leaf, high, root]), None).chain == ()


def test_sixteen_certificates_are_read(tmp_path: Path) -> None:
    made, by = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    leaf, root = issued("leaf", made, "root", by), issued("root", by, "root", by)
    for others, chain in ((14, (root,)), (15, ())):
        path = in_pem(tmp_path / "own.pem", made, [leaf, *([issued("other", by, "x", by)] * others), root])
        assert open_document_key(path, None).chain == chain


def test_a_certificate_counts_from_its_first_second_to_its_last() -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    key = DocumentKey(certificate=issued("x", made, "x", made), where="x", _sign=bytes)
    first, last, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC), timedelta(seconds=1)
    for at in (first, last):
        document_keys.require_usable(key, at)
    with pytest.raises(KeyMaterialError, match="not valid yet: it begins at 2026-01-01 00:00:00 UTC"):
        document_keys.require_usable(key, first - second)
    with pytest.raises(KeyMaterialError, match="has expired: it ended at 2026-01-03 00:00:00 UTC"):
        document_keys.require_usable(key, last + second)


@pytest.mark.parametrize(("signature", "commitment"), [(True, True), (True, False), (False, True), (False, False)])
def test_either_of_two_usages_is_for_signatures(*, signature: bool, commitment: bool) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    own = issued("x", made, "x", made, usage=used(signature=signature, commitment=commitment))
    key, at = DocumentKey(certificate=own, where="x", _sign=bytes), datetime(2026, 1, 2, tzinfo=UTC)
    if signature or commitment:
        document_keys.require_usable(key, at)
    else:
        with pytest.raises(KeyMaterialError, match="not for signatures"):
            document_keys.require_usable(key, at)


def test_another_curve_signs_no_document_and_it_is_said_why(tmp_path: Path) -> None:
    curve, edwards = ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()
    path = in_pem(tmp_path / "own.pem", curve, [issued("x", curve, "x", curve)])
    with pytest.raises(KeyMaterialError, match="the key is neither P-256 nor RSA of 2048 bits or more"):
        open_document_key(path, None)
    (tmp_path / "ed.pem").write_bytes(edwards.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyMaterialError) as caught:
        open_document_key(str(tmp_path / "ed.pem"), None)
    assert caught.value.what == "the key is neither P-256 nor RSA"


def test_passphrases_of_any_bytes_open_what_they_locked(tmp_path: Path) -> None:
    made, secret = ec.generate_private_key(ec.SECP256R1()), b"\xff\x80"
    own, told = issued("x", made, "x", made), secret.decode("utf-8", "surrogateescape")
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret))
    (tmp_path / "own.pem").write_bytes(pem + own.public_bytes(Encoding.PEM))
    assert document_keys.is_locked(str(tmp_path / "own.pem"))
    assert open_document_key(str(tmp_path / "own.pem"), told).certificate == own
    text = BestAvailableEncryption("ə".encode())  # of PKCS#12 it is always a text
    (tmp_path / "own.p12").write_bytes(pkcs12.serialize_key_and_certificates(None, made, own, None, text))
    assert open_document_key(str(tmp_path / "own.p12"), "ə").certificate == own
    with pytest.raises(KeyMaterialError, match="wrong passphrase"):
        open_document_key(str(tmp_path / "own.p12"), told)


@token_only
def test_a_certificate_from_a_file_serves_a_key_on_a_token(token: str, office: Office) -> None:
    uri = token.format("p256")
    der = office.folder / "public.der"
    _tool("--read-object", "--type", "pubkey", "--label", "p256", "--output-file", str(der))
    public = load_der_public_key(der.read_bytes())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    own = office.certify("J. Doe", public)
    (office.folder / "own.crt").write_bytes(own.public_bytes(Encoding.PEM))
    key = open_document_key(uri, "1234", office.folder / "own.crt")
    assert holds(key)
    assert (key.certificate, key.where) == (own, "pkcs11:token=lab;object=p256")
    with pytest.raises(KeyMaterialError, match="wrong PIN"):
        open_document_key(uri, None)
