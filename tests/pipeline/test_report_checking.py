"""``verify REPORT.pdf``: every change of a signed file is seen, and no claim is made that was not checked."""

from __future__ import annotations

import datetime as dt
import io
import random
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from forensics.chain_of_custody.document_keys import DocumentKey, open_document_key
from forensics.errors import EvidenceError, MissingExtraError
from forensics.pipeline.offline import no_network
from forensics.pipeline.report_checking import examined, lines, verify_pdf
from forensics.report.pdf import render as setting
from forensics.report.profiles import profile_of
from tests.chain_of_custody import local_tsa
from tests.pipeline.document_pki import Days, Office
from tests.pipeline.signed_case import Cut, cut
from tests.report import views

signing = pytest.importorskip("forensics.report.pdf.signing", reason="needs pyHanko")
pytest.importorskip("typst", reason="needs the typesetter")
pikepdf = pytest.importorskip("pikepdf", reason="needs pikepdf")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
SAMPLED = 80
"""Places of each kind where a bit is flipped; longer runs are for a quiet machine."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A small signed report with a time stamp, and how it was made."""

    pdf: bytes
    plain: bytes
    key: DocumentKey
    roots: tuple[x509.Certificate, ...]
    office: Office
    tsa: local_tsa.Authority

    @property
    def cut(self) -> Cut:
        """The signature, cut out."""
        return cut(self.pdf)

    def sign(self, plain: bytes, key: DocumentKey, *, stamped: bool = True) -> bytes:
        """Sign as this program does."""
        act = signing.Act(pdf=plain, key=key, at=dt.datetime.now(dt.UTC), version="0")
        made: bytes = signing.sign(act, (lambda query, _: self.tsa.reply(query)) if stamped else None)
        return made


@pytest.fixture(name="sample", scope="module")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("sample")
    office, tsa = Office(folder), local_tsa.make(folder / "tsa", between=True)
    roots = tuple(x509.load_pem_x509_certificate(path.read_bytes()) for path in (office.root, tsa.root))
    plain = setting.render(views.empty(), (), profile_of("onepage", "pdf"))
    key = open_document_key(str(office.person("doe")), None)
    made = Sample(pdf=b"", plain=plain, key=key, roots=roots, office=office, tsa=tsa)
    return Sample(pdf=made.sign(plain, key), plain=plain, key=key, roots=roots, office=office, tsa=tsa)


def steps(result: dict[str, Any]) -> dict[int, bool | None]:
    return {step["n"]: step["ok"] for step in result["steps"]}


def test_the_sample_verifies_and_claims_what_was_checked(sample: Sample) -> None:
    bare = examined("x", sample.pdf)
    assert steps(bare) == {1: True, 2: True, 3: True, 4: True, 5: True, 6: None, 7: None, 9: None}
    assert lines(bare)[-1] == "VERIFIED CN=J. Doe (identity not checked), time not proven"
    whole = examined("x", sample.pdf, sample.roots)
    assert steps(whole) == {1: True, 2: True, 3: True, 4: True, 5: True, 6: True, 7: True, 9: None}
    assert lines(whole)[-1].startswith("VERIFIED CN=J. Doe (leads to a root that you trust), existed at 20")
    only = examined("x", sample.pdf, sample.roots[:1])
    assert (steps(only)[6], steps(only)[7]) == (True, None)
    assert "name its root, too" in "\n".join(lines(only))
    assert "whether it was revoked is not checked" in "\n".join(lines(whole))


def test_every_bit_outside_the_container_is_seen(sample: Sample) -> None:
    pieces, chance, missed = sample.cut, random.Random(7), []  # noqa: S311 - where to flip a bit
    places = [chance.randrange(pieces.first) for _ in range(SAMPLED)]
    places += [chance.randrange(pieces.second, len(sample.pdf)) for _ in range(SAMPLED // 4)]
    for place in places:
        changed = bytearray(sample.pdf)
        changed[place] ^= 1 << chance.randrange(8)
        if examined("x", bytes(changed))["ok"]:
            missed.append(place)
    assert not missed


def test_every_bit_of_the_container_is_seen(sample: Sample) -> None:
    """The signature covers none of this."""
    pieces, chance, missed = sample.cut, random.Random(11), []  # noqa: S311 - where to flip a bit
    used = pieces.first + 1 + 2 * len(pieces.container)
    for _ in range(SAMPLED * 2):
        place = chance.randrange(pieces.first + 1, used)
        changed = bytearray(sample.pdf)
        changed[place : place + 1] = b"%X" % (int(changed[place : place + 1], 16) ^ 1 << chance.randrange(4))
        if examined("x", bytes(changed))["ok"]:
            missed.append(place)
    assert not missed
    for place in (used, used + 77, pieces.second - 2, pieces.first, pieces.second - 1):
        changed = bytearray(sample.pdf)
        changed[place] ^= 1
        assert not examined("x", bytes(changed))["ok"], place


def test_unused_bits_of_a_signature_on_a_certificate_are_seen(sample: Sample, tmp_path: Path) -> None:
    """Readers pass over the count of unused bits where the last bits are zero; one of twenty signatures ends so."""
    office = Office(tmp_path)
    for _ in range(20):
        held = open_document_key(str(office.person("even")), None)
        signature = held.chain[0].signature
        if not signature[-1] & 1:
            break
        office.root.unlink()
    else:
        pytest.fail("no signature of twenty ends in a zero bit")
    signed = sample.sign(sample.plain, held, stamped=False)
    place = signed.index((b"\0" + signature).hex().upper().encode())
    changed = bytearray(signed)
    changed[place : place + 2] = b"01"
    assert examined("x", signed)["ok"]
    assert steps(examined("x", bytes(changed)))[4] is False


def test_another_letter_case_of_the_container_is_seen(sample: Sample) -> None:
    pieces = sample.cut
    lower = sample.pdf[: pieces.first] + sample.pdf[pieces.first : pieces.second].lower() + sample.pdf[pieces.second :]
    result = examined("x", lower)
    assert steps(result)[4] is False
    assert steps(result)[3] is True, "the signature itself still holds"


@pytest.mark.parametrize("name", ["garbage", "update", "signature", "shorter"])
def test_what_is_appended_or_cut_off_is_seen(sample: Sample, name: str) -> None:
    changes: dict[str, Callable[[bytes], bytes]] = {
        "garbage": lambda pdf: pdf + b"\n% nothing\n",
        "update": updated,
        "signature": partial(signed_again, sample),
        "shorter": lambda pdf: pdf[:-40],
    }
    result = examined("x", changes[name](sample.pdf), sample.roots)
    assert not result["ok"]
    assert lines(result)[-1] == "DOES NOT VERIFY"
    assert "a warning that the document was changed" in str(result["viewers"]) or not result["viewers"]


def updated(pdf: bytes) -> bytes:
    """Append a revision in which the title is another, as an editor saves it."""
    from pyhanko.pdf_utils.generic import pdf_name, pdf_string
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))  # its methods state no types
    writer.root[pdf_name("/Lang")] = pdf_string("fr")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def other_program(sample: Sample) -> Any:
    """Return what signs as pyHanko does by itself."""
    from pyhanko.sign import signers

    parts = (sample.office.folder / "doe.pem").read_text().split("-----BEGIN CERTIFICATE-----")
    own = sample.office.folder / "own.pem"
    own.write_text(f"-----BEGIN CERTIFICATE-----{parts[1]}")
    simple: Any = signers.SimpleSigner  # its method states no types
    found = simple.load(str(sample.office.folder / "doe.pem"), str(own))
    assert found is not None
    return found


def signed_again(sample: Sample, pdf: bytes) -> bytes:
    """Append the signature of somebody else, against what the first one allows."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    class Careless(signers.PdfSigner):
        def _enforce_certification_constraints(self, reader: Any) -> None:
            """Look at nothing."""

    simple = other_program(sample)
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    meta = signers.PdfSignatureMetadata(field_name="Second")
    field = fields.SigFieldSpec("Second")
    fields.append_signature_field(writer, field)
    session = Careless(meta, simple)
    done: io.BytesIO = session.sign_pdf(writer)
    return done.getvalue()


def test_a_stamp_of_another_signature_is_seen(sample: Sample) -> None:
    """Two signatures by one key over one file; the container of the one with the stamp of the other."""
    from asn1crypto import cms

    from forensics.report.pdf import container

    pieces, other = sample.cut, cut(sample.sign(sample.plain, sample.key))
    mine, theirs = cms.ContentInfo.load(pieces.container), cms.ContentInfo.load(other.container)
    (signer,) = mine["content"]["signer_infos"]
    der = container._again(mine["content"], signer, container.token_of(theirs))
    room = pieces.second - pieces.first - 2
    put = b"<" + der.hex().upper().encode().ljust(room, b"0") + b">"
    result = examined("x", sample.pdf[: pieces.first] + put + sample.pdf[pieces.second :], sample.roots)
    assert steps(result)[3] is True
    assert steps(result)[7] is False


def test_certificates_are_judged_as_of_a_stamp_that_is_trusted_else_as_of_now(sample: Sample, monkeypatch: Any) -> None:
    plain = sample.sign(sample.plain, sample.key, stamped=False)
    later = str(int((dt.datetime.now(dt.UTC) + dt.timedelta(days=4000)).timestamp()))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", later)
    assert steps(examined("x", sample.pdf, sample.roots))[6] is True, "stamped before the certificate expired"
    unstamped = examined("x", plain, sample.roots)
    assert steps(unstamped)[6] is False
    assert "as of now" in "\n".join(lines(unstamped))
    assert steps(examined("x", sample.pdf, sample.roots[:1]))[6] is False, "nobody vouches for the stamp"


def test_other_roots_and_self_issued_certificates(sample: Sample, tmp_path: Path) -> None:
    foreign = Office(tmp_path, title="Foreign Root")
    root = x509.load_pem_x509_certificate(foreign.root.read_bytes())
    result = examined("x", sample.pdf, (root,))
    assert steps(result)[6] is False
    own = ec.generate_private_key(ec.SECP256R1())
    alone = Office(tmp_path, title="J. Doe", key=own)
    held = open_document_key(str(alone.person("alone", own)), None)
    result = examined("x", sample.sign(sample.plain, held, stamped=False))
    assert "by itself: nobody else vouches for the name" in "\n".join(lines(result))
    assert "self-issued" in "\n".join(result["viewers"])
    assert "time not proven" in lines(result)[-1]


def test_a_certificate_that_had_expired_when_it_signed(sample: Sample, tmp_path: Path) -> None:
    """This program refuses to; another might not."""
    held = open_document_key(str(sample.office.person("old", days=Days(first=-30, last=-1))), None)
    result = examined("x", sample.sign(sample.plain, held), sample.roots)
    assert steps(result)[6] is False
    assert "expired" in "\n".join(lines(result))
    with pytest.raises(EvidenceError, match="cannot be read"):
        verify_pdf(tmp_path / "absent.pdf")


def test_a_stamp_by_a_certificate_that_may_not_stamp(sample: Sample) -> None:
    """Whoever has a certificate of an office that the reader trusts could otherwise date what they like."""
    from asn1crypto import keys, tsp
    from asn1crypto import x509 as read
    from pyhanko.sign.timestamps import DummyTimeStamper

    own = rsa.generate_private_key(65537, 2048)
    certificate = sample.office.certify("J. Doe", own.public_key()).public_bytes(Encoding.DER)
    private = own.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    forger: Any = DummyTimeStamper(read.Certificate.load(certificate), keys.PrivateKeyInfo.load(private))

    def ask(query: bytes, _: bytes) -> bytes:
        made: bytes = forger.request_tsa_response(tsp.TimeStampReq.load(query)).dump()
        return made

    act = signing.Act(pdf=sample.plain, key=sample.key, at=dt.datetime.now(dt.UTC), version="0")
    result = examined("x", signing.sign(act, ask), sample.roots)
    assert steps(result)[7] is False
    assert "time stamping" in result["steps"][6]["detail"], "what the certificate is not for"
    assert lines(result)[-1] == "DOES NOT VERIFY"


def test_without_the_extra_it_is_said_what_to_install(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyhanko", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'forensics\[pdf\]'; pdfsig and openssl cms"):
        examined("x", sample.pdf)


def test_checking_makes_no_socket_and_starts_no_program(sample: Sample) -> None:
    with no_network():
        assert examined("x", sample.pdf, sample.roots)["ok"]


def test_signatures_of_other_programs_are_told_as_such(sample: Sample) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    simple = other_program(sample)
    meta = signers.PdfSignatureMetadata(field_name="Other")
    made = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(sample.plain)), meta, simple)
    result = examined("x", made.getvalue(), sample.roots)
    assert steps(result) == {1: True, 2: True, 3: True, 4: None, 5: True, 6: True, 7: None, 9: None}
    assert "made by another program" in "\n".join(lines(result))


@given(data=st.data())
def test_no_bytes_make_it_raise(sample: Sample, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sample.pdf)))
    kind = data.draw(st.sampled_from(["cut", "noise", "patch"]))
    noise = data.draw(st.binary(max_size=64))
    changed = {
        "cut": sample.pdf[:start],
        "noise": noise,
        "patch": sample.pdf[:start] + noise + sample.pdf[start + len(noise) :],
    }[kind]
    result = examined("x", changed)
    assert result["ok"] is (changed == sample.pdf)
    assert lines(result)
