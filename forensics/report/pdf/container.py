"""What no signature covers in a signed PDF: the container that holds the signature itself (``/Contents``).

Its letters may be lower or upper case, zeros may follow, and a signature of CMS (RFC 5652) has members that are not signed.
Another program may fill these as it likes. For a signature that says, in its signed part, that this program made it, the
container is built again from what the signature does cover, and has to be the same to the letter.
"""

from __future__ import annotations

from asn1crypto import algos, cms, parser, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import InvalidVersion, load_der_x509_certificate

TOKEN = "signature_time_stamp_token"  # noqa: S105 - the name of an attribute (RFC 3161, appendix A)
_PLAIN = (b"", b"\x05\x00")  # parameters of an algorithm that has none: absent, or NULL


def opened(gap: bytes) -> tuple[bytes, list[str]]:
    """Return the DER bytes between ``<`` and ``>`` and what is odd about how they are written; ``ValueError``: no container."""
    if gap[:1] != b"<" or gap[-1:] != b">":
        message = "the gap between what is signed is not the container of the signature"
        raise ValueError(message)
    digits = gap[1:-1]
    held = bytes.fromhex(digits.decode("ascii"))
    header, content, trailer = parser.parse(held)[3:6]
    size = len(header) + len(content) + len(trailer)
    odd = []
    if digits != held.hex().upper().encode():
        odd.append("its letters are not written as this program writes them")
    if held[size:].strip(b"\0"):
        odd.append("something follows the signature in its container")
    return held[:size], odd


def token_of(container: cms.ContentInfo) -> cms.ContentInfo | None:
    """Return the time stamp over a signature (unsigned attribute of RFC 3161, appendix A), if there is one."""
    (signer,) = container["content"]["signer_infos"]
    for attribute in signer["unsigned_attrs"] or ():
        if attribute["type"].native == TOKEN:
            found: cms.ContentInfo = attribute["values"][0]
            return found
    return None


def signing_certificate(signed: cms.SignedData) -> x509.Certificate:
    """Return the certificate inside that the one signer names as its own; ``ValueError`` where none is."""
    (signer,) = signed["signer_infos"]
    found = [choice.chosen for choice in signed["certificates"] if _is_named(choice.chosen, signer)]
    if len(found) != 1:
        message = "it does not hold the one certificate of its signer"
        raise ValueError(message)
    return found[0]


def odd_signature(der: bytes) -> list[str]:
    """Say what differs in a container of ours from the one that its signed parts make."""
    container = cms.ContentInfo.load(der, strict=True)
    signed = container["content"]
    (signer,) = signed["signer_infos"]
    token = token_of(container)
    odd = [] if _again(signed, signer, token) == der else ["it is not as this program makes it"]
    odd += _loose_certificates(signed)
    return odd + ([] if token is None else odd_token(token))


def odd_token(token: cms.ContentInfo) -> list[str]:
    """Say what is odd in a time stamp beside what its own signature covers (RFC 3161, section 2.4.2)."""
    signed = token["content"]
    (signer,) = signed["signer_infos"]
    digest = signer["digest_algorithm"]
    facts = (
        (token["content_type"].native == "signed_data" and signed["version"].native == "v3", "its version"),
        (
            signer["version"].native == ("v1" if signer["sid"].name == "issuer_and_serial_number" else "v3"),
            "its version",
        ),
        (
            digest["algorithm"].native in [item["algorithm"].native for item in signed["digest_algorithms"]],
            "its digest",
        ),
        (all(item["parameters"].dump() in _PLAIN for item in [digest, *signed["digest_algorithms"]]), "its digest"),
        (_fits(signer, digest), "its algorithm"),
        (not signer["unsigned_attrs"] and not signed["crls"], "what nobody signed in it"),
    )
    odd = [f"the time stamp is odd in {what}" for holds, what in facts if not holds]
    return odd + _loose_certificates(signed)


def _again(signed: cms.SignedData, signer: cms.SignerInfo, token: cms.ContentInfo | None) -> bytes:
    """Return the container as this program writes one with these certificates, attributes and signature."""
    own = signing_certificate(signed)
    kind = "sha256_rsa" if own.public_key.algorithm == "rsa" else "sha256_ecdsa"
    members = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                    {"issuer": own.issuer, "serial_number": own.serial_number}
                )
            }
        ),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": kind}),
        "signed_attrs": signer["signed_attrs"],
        "signature": signer["signature"].native,
    }
    if token is not None:
        members["unsigned_attrs"] = cms.CMSAttributes([cms.CMSAttribute({"type": TOKEN, "values": (token,)})])
    inner = {
        "version": "v1",
        "digest_algorithms": cms.DigestAlgorithms((algos.DigestAlgorithm({"algorithm": "sha256"}),)),
        "encap_content_info": {"content_type": "data"},
        "certificates": list(signed["certificates"]),
        "signer_infos": [cms.SignerInfo(members)],
    }
    made: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(inner)}).dump()
    return made


def _is_named(item: x509.Certificate, signer: cms.SignerInfo) -> bool:
    named = signer["sid"].chosen
    same: bool = item.serial_number == named["serial_number"].native and item.issuer.dump() == named["issuer"].dump()
    return same


def _fits(signer: cms.SignerInfo, digest: algos.DigestAlgorithm) -> bool:
    """Whether the algorithm of a signature names the digest that was taken, where it names one."""
    algorithm = signer["signature_algorithm"]
    try:
        same: bool = algorithm.hash_algo == digest["algorithm"].native
    except ValueError:  # plain RSA names none
        same = algorithm["parameters"].dump() in _PLAIN
    return same


def _loose_certificates(signed: cms.SignedData) -> list[str]:
    """Say which certificates hang in the air: the signature binds one, which binds its issuer, and so on.

    Names are compared to the byte; as X.500 compares them, a changed letter case would go unnoticed.
    """
    own = signing_certificate(signed)
    inside: list[x509.Certificate] = [choice.chosen for choice in signed["certificates"]]
    odd = []
    for item in inside:
        issuers = [other for other in inside if _names(item, other)]
        bound = item is own or any(
            _names(other, item) and _issued(other, item) for other in inside if other is not item
        )
        if not bound or (issuers and not any(_issued(item, issuer) for issuer in issuers)):
            odd.append(f"the certificate of {item.subject.human_friendly[:100]} is not bound to the others")
    return odd


def _names(item: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether a certificate names another, or itself, as its issuer: by name, or by the identifier of its key."""
    if item is issuer and item.key_identifier and item.authority_key_identifier == item.key_identifier:
        return True
    same: bool = item.issuer.dump() == issuer.subject.dump()
    return same


def _issued(item: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        load_der_x509_certificate(item.dump()).verify_directly_issued_by(load_der_x509_certificate(issuer.dump()))
    except (ValueError, TypeError, InvalidVersion, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
