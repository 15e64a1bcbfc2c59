"""``verify REPORT.pdf`` reads the lists of revoked certificates in a report; the authorities are kept by real ``openssl``."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.chain_of_custody.document_keys import DocumentKey, open_document_key
from forensics.pipeline.offline import no_network
from forensics.pipeline.report_checking import examined, lines
from forensics.report.pdf import render as setting
from forensics.report.profiles import PROFILES
from tests.chain_of_custody import local_tsa
from tests.pipeline import march
from tests.pipeline.document_pki import DAY, Office, revocation_list
from tests.pipeline.openssl_ca import Books
from tests.report import views

signing = pytest.importorskip("forensics.report.pdf.signing", reason="needs pyHanko")
pytest.importorskip("typst", reason="needs the typesetter")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


SCHEMA = json.loads((march.ROOT / "docs" / "schemas" / "pdf-verification.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A signer and a time-stamping authority, each with the books of who certified them."""

    plain: bytes
    key: DocumentKey
    office: Office
    tsa: local_tsa.Authority
    signers: Books
    stampers: Books
    roots: tuple[x509.Certificate, ...]

    @property
    def own(self) -> x509.Certificate:
        """The certificate of the signer."""
        return self.key.certificate

    @property
    def stamper(self) -> x509.Certificate:
        """The certificate of the authority."""
        return x509.load_pem_x509_certificate((self.tsa.folder / "tsa.pem").read_bytes())

    def signed(self) -> bytes:
        """Sign, and have it stamped."""
        act = signing.Act(pdf=self.plain, key=self.key, at=dt.datetime.now(dt.UTC), version="0")
        made: bytes = signing.sign(act, lambda query, _: self.tsa.reply(query))
        return made

    def archived(self, signed: bytes, lists: Sequence[bytes] = (), answers: Sequence[bytes] = ()) -> bytes:
        """Append a store with these lists and answers, and a time stamp over all of it, whatever the lists say."""
        from asn1crypto import crl
        from asn1crypto import ocsp as answered
        from pyhanko.sign.signers import PdfTimeStamper
        from pyhanko.sign.validation import DocumentSecurityStore

        from forensics.report.pdf.chains import as_read
        from forensics.report.pdf.signing import DIGEST, Appending, Stamper

        writer = Appending(signed)
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[as_read(item) for item in self.roots],
            crls=[crl.CertificateList.load(item) for item in lists],
            ocsps=[answered.OCSPResponse.load(item) for item in answers],
        )
        stamping = PdfTimeStamper(Stamper(lambda query, _: self.tsa.reply(query)), field_name="Archive")
        done: io.BytesIO = stamping.timestamp_pdf(writer, DIGEST, bytes_reserved=40_000)
        return done.getvalue()

    def result(self, *lists: bytes, answers: Sequence[bytes] = (), roots: int = 2) -> dict[str, Any]:
        """Sign, archive and check with both roots, or with fewer."""
        return checked(self.archived(self.signed(), lists, answers), self.roots[:roots])


def checked(pdf: bytes, roots: Iterable[x509.Certificate]) -> dict[str, Any]:
    result = examined("report.pdf", pdf, tuple(roots))
    jsonschema.validate(result, SCHEMA)
    return result


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Desk:
    office, tsa = Office(tmp_path), local_tsa.make(tmp_path / "tsa")
    roots = tuple(x509.load_pem_x509_certificate(path.read_bytes()) for path in (office.root, tsa.root))
    key = load_pem_private_key((tsa.folder / "root.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Desk(
        plain=setting.render(views.empty(), (), PROFILES["onepage"]),
        key=open_document_key(str(office.person("doe")), None),
        office=office,
        tsa=tsa,
        signers=Books.of(tmp_path / "signers", office.root.read_bytes(), office.key),
        stampers=Books.of(tmp_path / "stampers", tsa.root.read_bytes(), key),
        roots=roots,
    )


def states(result: dict[str, Any]) -> dict[str, str]:
    return {row["role"]: row["state"] for row in result["revocation"]}


def eleventh(result: dict[str, Any]) -> list[bool | None]:
    return [step["ok"] for step in result["steps"] if step["n"] == 11]


def test_lists_that_name_nobody_are_read_and_what_they_leave_open_is_said(desk: Desk) -> None:
    result = desk.result(desk.signers.listed(), desk.stampers.listed())
    assert result["ok"]
    assert set(states(result)) >= {"signer", "time stamp"}, "the archive's stamp too, unless it is of the same second"
    assert set(states(result).values()) == {"not-listed"}
    assert eleventh(result) == [True] * len(result["revocation"])
    told = "\n".join(lines(result))
    assert "not named as revoked in the list of CN=Sample Root, made 20" in told
    assert "the stamped time" in told
    assert "what lists in the file say of it: step 11" in told
    assert "that no certificate was revoked since its list was made" in told
    assert "whether it was revoked is not checked" not in told
    assert all(row["list"]["current"] and row["at_proven"] for row in result["revocation"])


@pytest.mark.parametrize("whose", ["signer", "time stamp"])
def test_a_key_that_was_revoked_before_fails(desk: Desk, whose: str) -> None:
    books, certificate = (desk.signers, desk.own) if whose == "signer" else (desk.stampers, desk.stamper)
    books.revoke(certificate)
    result = desk.result(desk.signers.listed(), desk.stampers.listed())
    assert states(result)[whose] == "revoked"
    assert not result["ok"]
    assert lines(result)[-1] == "DOES NOT VERIFY"
    row = next(row for row in result["revocation"] if row["role"] == whose)
    assert (row["list"]["reason"], row["serial"]) == ("keyCompromise", f"{certificate.serial_number:x}")
    assert "(keyCompromise), says the list of CN=" in "\n".join(lines(result))
    others = {role: state for role, state in states(result).items() if role != whose}
    assert "not-listed" in others.values()


def test_a_key_that_was_revoked_after_the_stamp_stays_what_it_was(desk: Desk) -> None:
    signed = desk.signed()
    time.sleep(1.1)  # both times are told in whole seconds
    desk.signers.revoke(desk.own, "superseded")
    archived = desk.archived(signed, [desk.signers.listed(), desk.stampers.listed()])
    result = checked(archived, desk.roots)
    assert states(result)["signer"] == "revoked-later"
    assert result["ok"]
    assert "what it signed before stays" in "\n".join(lines(result))
    assert "(superseded)" in "\n".join(lines(result))
    unproven = checked(archived, desk.roots[:1])
    assert states(unproven)["signer"] == "revoked", "the root of the authority is not known: nothing proves the time"
    assert not unproven["ok"]
    assert "no time stamp that you trust proves that it signed before" in "\n".join(lines(unproven))


def test_a_list_that_had_run_out_proves_nothing(desk: Desk) -> None:
    now = dt.datetime.now(dt.UTC)
    old = desk.signers.listed(now - 60 * DAY, now - 30 * DAY)
    result = desk.result(old, desk.stampers.listed())
    assert states(result)["signer"] == "stale"
    assert result["ok"], "it is neither passed nor failed"
    assert None in eleventh(result)
    told = "\n".join(lines(result))
    assert "not current at" in told
    assert "that these were not revoked, for want of a current list: CN=J. Doe (signer)" in told


def test_a_list_that_is_older_than_the_stamp_says_what_it_cannot_see(desk: Desk) -> None:
    now = dt.datetime.now(dt.UTC)
    result = desk.result(desk.signers.listed(now - 9 * DAY, now + 9 * DAY), desk.stampers.listed())
    assert states(result)["signer"] == "not-listed"
    assert f"the oldest list is of {now - 9 * DAY:%Y-%m-%d}" in "\n".join(lines(result))


def test_a_list_of_somebody_else_says_nothing(desk: Desk, tmp_path: Path) -> None:
    """Of the same name, or of the other authority: its signature has to hold under the key of the issuer."""
    (tmp_path / "other").mkdir()
    other = Office(tmp_path / "other", title=desk.office.title)
    forged = Books.of(tmp_path / "forged", other.root.read_bytes(), other.key)
    forged.revoke(desk.own)
    result = desk.result(forged.listed(), desk.stampers.listed())
    assert states(result)["signer"] == "no-list"
    assert result["ok"]
    assert "no list of its issuer" in "\n".join(lines(result))


def test_answers_of_a_responder_are_read_like_lists(desk: Desk) -> None:
    desk.signers.issued(desk.own)
    good = desk.result(desk.stampers.listed(), answers=[desk.signers.answer(desk.own)])
    assert states(good)["signer"] == "not-listed"
    assert good["revocation"][0]["list"]["kind"] == "ocsp"
    assert "the answer of CN=Sample Root" in "\n".join(lines(good))
    desk.signers.revoke(desk.own)
    bad = desk.result(desk.signers.listed(), desk.stampers.listed(), answers=[desk.signers.answer(desk.own)])
    assert states(bad)["signer"] == "revoked"
    assert not bad["ok"]


def test_of_an_answer_and_a_list_the_one_that_revokes_counts(desk: Desk) -> None:
    desk.signers.issued(desk.own)
    answer = desk.signers.answer(desk.own)
    desk.signers.revoke(desk.own)
    result = desk.result(desk.signers.listed(), desk.stampers.listed(), answers=[answer])
    assert (states(result)["signer"], result["ok"]) == ("revoked", False)


def test_an_answer_with_a_byte_changed_says_nothing(desk: Desk) -> None:
    desk.signers.issued(desk.own)
    answer = desk.signers.answer(desk.own)
    signature = ocsp.load_der_ocsp_response(answer).signature
    place = answer.index(signature) + len(signature) - 1
    changed = answer[:place] + bytes([answer[place] ^ 1]) + answer[place + 1 :]
    result = desk.result(desk.stampers.listed(), answers=[changed])
    assert states(result)["signer"] == "no-list"


def test_without_roots_a_list_is_told_and_not_relied_on(desk: Desk) -> None:
    result = desk.result(desk.signers.listed(), desk.stampers.listed(), roots=0)
    assert set(eleventh(result)) == {None}
    assert "whose list that is was not checked" in "\n".join(lines(result))


def test_a_report_without_lists_says_that_none_were_read(desk: Desk) -> None:
    result = checked(desk.signed(), desk.roots)
    assert (result["revocation"], eleventh(result)) == ([], [])
    assert "there is no list in the file, and nothing was asked of its issuer" in "\n".join(lines(result))


def test_reading_lists_makes_no_socket(desk: Desk) -> None:
    pdf = desk.archived(desk.signed(), [desk.signers.listed(), desk.stampers.listed()])
    with no_network():
        assert checked(pdf, desk.roots)["ok"]


def test_a_list_for_some_reasons_or_other_certificates_only_is_passed_over(desk: Desk) -> None:
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateRevocationListBuilder(
        issuer_name=desk.roots[0].subject, last_update=now - DAY, next_update=now + DAY
    )
    points: dict[str, dict[str, Any]] = {
        "authorities": {"only_contains_ca_certs": True},
        "reasons": {"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise})},
        "indirect": {"indirect_crl": True},
    }
    plain: dict[str, Any] = {
        "full_name": None, "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False,
    }  # fmt: skip
    from cryptography.hazmat.primitives.hashes import SHA256

    for changes in points.values():
        part = x509.IssuingDistributionPoint(**(plain | changes))
        crl = made.add_extension(part, critical=True).sign(desk.office.key, SHA256()).public_bytes(Encoding.DER)
        assert states(desk.result(crl, desk.stampers.listed()))["signer"] == "no-list"
    delta = made.add_extension(x509.DeltaCRLIndicator(1), critical=True).sign(desk.office.key, SHA256())
    result = desk.result(delta.public_bytes(Encoding.DER), desk.stampers.listed())
    assert states(result)["signer"] == "no-list"


@settings(max_examples=40)
@given(place=st.integers(0, 1 << 30), flip=st.integers(1, 255))
def test_no_damage_to_a_list_makes_it_raise_or_revoke(place: int, flip: int) -> None:
    from forensics.report.pdf import revocation

    held, role, others, crl = material()
    changed = bytearray(crl)
    changed[place % len(crl)] ^= flip
    try:
        damaged = replace(held, lists=(x509.load_der_x509_crl(bytes(changed)),))
    except ValueError:
        return
    (found,) = revocation.standings(damaged, [role], others)
    assert found.state == "no-list"


def material() -> tuple[Any, Any, list[x509.Certificate], bytes]:
    """Return a store, a role and the roots, made once."""
    if not _MADE:
        from forensics.report.pdf.revocation import Held, Role

        now = dt.datetime.now(dt.UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        office = Office(Path(), key=key)
        root = office.certify(office.title, key.public_key(), ca=True)
        own = office.certify("J. Doe", ec.generate_private_key(ec.SECP256R1()).public_key())
        crl = revocation_list(office.title, key)
        role = Role(whose="signer", certificate=own, at=now, proven=True, trusted=True)
        _MADE.append((Held(certificates=(), lists=(), answers=(), unread=0), role, [root], crl))
    return _MADE[0]


_MADE: list[tuple[Any, Any, list[x509.Certificate], bytes]] = []
