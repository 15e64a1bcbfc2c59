"""Reports signed by a key with a certificate: what foreign programs say, what is recorded, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from forensics import chain_of_custody as custody
from forensics.chain_of_custody import verify_case
from forensics.pipeline.outcome import Outcome
from tests.chain_of_custody import local_tsa
from tests.chain_of_custody.local_tsa import serving
from tests.pipeline import attested_case, march
from tests.pipeline.attested_case import Terminal, verdicts
from tests.pipeline.document_pki import PASSPHRASE, Days, Office
from tests.pipeline.resealing import copied
from tests.pipeline.signed_case import Desk, cut, tool

pytest.importorskip("pyhanko", reason="needs pyHanko")
pikepdf = pytest.importorskip("pikepdf", reason="needs pikepdf")
pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl"),
    pytest.mark.usefixtures("home"),
]
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture(name="desk")
def _desk(outcome: Outcome, tmp_path: Path) -> Desk:
    (tmp_path / "office").mkdir()
    tsa = local_tsa.make(tmp_path / "tsa")
    case = copied(outcome.case.path, tmp_path / "case")
    return Desk(case=case, key=march.key_file(tmp_path), office=Office(tmp_path / "office"), tsa=tsa)


@pytest.fixture(name="baku")
def _baku(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this computer stand in Baku: nothing of that may reach a document."""
    monkeypatch.setenv("TZ", "Asia/Baku")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("baku")
def test_foreign_programs_accept_a_stamped_report(desk: Desk, run: Terminal, tmp_path: Path) -> None:
    unsigned = (desk.case / "report.pdf").read_bytes()
    with serving(desk.tsa.reply) as url:
        told = run(*desk.words(desk.office.person("doe"), "--tsa", url, "--ca", desk.tsa.root, "--yes"))
        assert "1 question" in run.err
    assert "PAdES B-T" in told
    (path,) = desk.signed
    signed = path.read_bytes()
    assert (desk.case / "report.pdf").read_bytes() == unsigned
    assert signed.startswith(unsigned + b"\n"), "the report as it was, and then the signature"
    seen = tool("pdfsig", path)
    for line in ("Total document signed", "Signature is Valid", "ETSI.CAdES.detached", "CN=J. Doe"):
        assert line in seen, seen
    assert "No syntax or stream encoding errors found" in tool("qpdf", "--check", path)
    assert "findings.json" in tool("pdfdetach", "-list", path)
    pieces = cut(signed)
    for name, data in (("cms", pieces.container), ("covered", pieces.covered)):
        (tmp_path / name).write_bytes(data)
    words = ("-binary", "-inform", "DER", "-in", tmp_path / "cms", "-content", tmp_path / "covered", "-out", os.devnull)
    checked = tool("openssl", "cms", "-verify", *words, "-CAfile", desk.office.root, "-purpose", "any")
    assert "CMS Verification successful" in checked, checked
    (signer,) = cms.ContentInfo.load(pieces.container)["content"]["signer_infos"]
    assert {item["type"].native for item in signer["signed_attrs"]} == {
        "content_type", "message_digest", "signing_certificate_v2",
    }, "what PAdES asks for: no signing time, and the certificate bound"  # fmt: skip
    (tmp_path / "value").write_bytes(signer["signature"].native)
    (tmp_path / "token").write_bytes(signer["unsigned_attrs"][0]["values"][0].dump())
    stamp = ("-token_in", "-in", tmp_path / "token", "-data", tmp_path / "value", "-CAfile", desk.tsa.root)
    assert "Verification: OK" in tool("openssl", "ts", "-verify", *stamp)


@pytest.mark.usefixtures("baku")
def test_a_signed_report_still_says_what_pdf_a_asks_and_tells_no_time_zone(desk: Desk, run: Terminal) -> None:
    run(*desk.words(desk.office.person("doe")))
    (path,) = desk.signed
    unsigned = desk.case / "report.pdf"
    with pikepdf.open(path) as signed, pikepdf.open(unsigned) as plain:
        assert str(signed.Root.Metadata.read_bytes()) == str(plain.Root.Metadata.read_bytes())
        assert b"<pdfaid:part>3" in signed.Root.Metadata.read_bytes()
        assert dict(signed.docinfo) == dict(plain.docinfo)
        assert len(signed.pages) == len(plain.pages)
        (name,) = signed.Root.AcroForm.Fields
        assert (int(name.F), [int(number) for number in name.Rect]) == (132, [0, 0, 0, 0]), "printed, and invisible"
        assert str(name.V.M).endswith("Z"), "UTC"
        assert int(signed.Root.Perms.DocMDP.Reference[0].TransformParams.P) == 1, "certified: no changes"
    appended = path.read_bytes()[unsigned.stat().st_size :]
    assert b"+04" not in appended
    assert appended.startswith(b"\n"), "no data on the line of the end-of-file marker"


def test_the_act_is_recorded_and_the_case_still_verifies_and_repeats(desk: Desk, run: Terminal) -> None:
    with serving(desk.tsa.reply) as url:
        run(*desk.words(desk.office.person("doe"), "--tsa", url, "--ca", desk.tsa.root, "--yes"))
    *_, record = custody.read_records(desk.case)
    (path,) = desk.signed
    subject = record.act.subject
    assert record.act.action == "report.sign"
    (sealed,) = [item for item in record.act.out if item.path.startswith("signed/")]
    assert (subject["document"], subject["sha256"]) == (sealed.path, sealed.sha256)
    assert sealed.path == f"signed/{path.name}" == f"signed/report-court-{sealed.sha256[:8]}.pdf"
    assert subject["level"] == "PAdES B-T"
    assert subject["certificate"] == "CN=J. Doe"
    fingerprint = tool("openssl", "x509", "-in", desk.office.folder / "doe.pem", "-noout", "-fingerprint", "-sha256")
    assert str(subject["fingerprint"]).upper() == fingerprint.strip().partition("=")[2].replace(":", "")
    assert str(subject["time"]).endswith("Z")
    run("verify", path, "--json")
    assert json.loads(run.out)["checkpoint"]["size"] == subject["checkpoint"]
    run("verify", desk.case)
    assert verdicts(desk.case) == (0, 0)
    assert "report.sign" in run("replay", desk.case)
    assert "REPLAYED: the same" in run.out


def test_two_signed_reports_stand_side_by_side(desk: Desk, run: Terminal) -> None:
    key = desk.office.person("doe")
    run(*desk.words(key))
    assert "has no proven time" in run.out
    run(*desk.words(key, "--profile", "onepage"))
    first, second = desk.signed
    assert (first.name[:13], second.name[:15]) == ("report-court-", "report-onepage-")
    assert second.read_bytes().startswith((desk.case / "report.pdf").read_bytes()), "the unsigned one of that profile"
    for path in (first, second):
        run("verify", path, "--trust", desk.office.root, "--case", desk.case)
    run("verify", desk.case)


@pytest.mark.parametrize("kind", ["p256", "rsa"])
def test_pkcs12_files(desk: Desk, run: Terminal, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    made = ec.generate_private_key(ec.SECP256R1()) if kind == "p256" else rsa.generate_private_key(65537, 2048)
    path = desk.office.pkcs12(kind, made)
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "of the log's key")
    assert "wrong passphrase" in refused(desk, run, 2, path)
    monkeypatch.setenv("FORENSICS_SIGN_PASSPHRASE", PASSPHRASE)
    run(*desk.words(path))
    run("verify", desk.signed[-1], "--trust", desk.office.root, "--case", desk.case)
    assert "Signature is Valid" in tool("pdfsig", desk.signed[-1])


def refused(desk: Desk, run: Terminal, status: int, key: object, *more: object) -> str:
    """Sign in a way that has to be refused: the case stays byte for byte as it was, and says where the report is."""
    before = march.contents(desk.case)
    run(*desk.words(key, *more), status=status)
    assert march.contents(desk.case) == before
    assert verify_case(desk.case).ok
    return run.err


def test_keys_and_certificates_that_are_refused(desk: Desk, run: Terminal) -> None:
    office, other = desk.office, ec.generate_private_key(ec.SECP256R1())
    own = office.person("own")
    (office.folder / "bare.pem").write_bytes(own.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0])
    office.person("other", other)
    wrong: dict[str, tuple[object, ...]] = {
        "cannot be read": (office.folder / "absent.pem",),
        "has expired: it ended at": (office.person("old", days=Days(first=-30, last=-1)),),
        "is not valid yet": (office.person("young", days=Days(first=1)),),
        "is not for signatures": (office.person("crypt", signs=False),),
        "does not belong to this key": (own, "--cert", office.folder / "other.pem"),
        "there is no certificate of this key": (office.folder / "bare.pem",),
        "neither P-256 nor RSA": (office.person("ed", ed25519.Ed25519PrivateKey.generate()),),
        "RSA of 2048 bits": (office.person("p384", ec.generate_private_key(ec.SECP384R1())),),
        "not a PKCS#8 private key": (office.root,),
    }
    for what, words in wrong.items():
        assert what in refused(desk, run, 2, *words), (what, run.err)
        assert str(desk.case / "report.pdf") in run.out, "where the unsigned report is"
    stranger = attested_case.key_file(office.folder / "log.pem", 9, "stranger")
    assert "a one-time key was not kept" in refused(desk, run, 2, own, "--key", stranger)


def test_without_a_report_in_the_case_the_unsigned_one_is_made_and_stays(desk: Desk, run: Terminal) -> None:
    key = desk.office.person("old", days=Days(first=-30, last=-1))
    run(*desk.words(key, "--profile", "onepage"), status=2)
    assert "has expired" in run.err
    *_, record = custody.read_records(desk.case)
    assert (record.act.action, record.act.subject["profile"]) == ("report.render", "onepage")
    run("verify", desk.case)


def test_an_authority_that_is_down_or_lies(desk: Desk, run: Terminal, tmp_path: Path) -> None:
    key, roots = desk.office.person("doe"), ("--ca", desk.tsa.root)
    with serving(desk.tsa.reply) as url:
        pass
    assert "leave --tsa out" in refused(desk, run, 7, key, "--tsa", url, *roots, "--yes")
    old = desk.tsa.stamp(b"something else")
    strange = local_tsa.make(tmp_path / "strange")
    answers = {
        "over another digest": lambda _: old,
        "does not hold under the given root": strange.reply,
        "cannot be read": lambda _: b"<html>busy</html>",
    }
    for what, answer in answers.items():
        with serving(answer) as url:
            assert what in refused(desk, run, 4, key, "--tsa", url, *roots, "--yes")
    with serving(desk.tsa.reply, status=503) as url:
        assert "HTTP 503" in refused(desk, run, 7, key, "--tsa", url, *roots, "--yes")
        assert "needs your consent" in refused(desk, run, 6, key, "--tsa", url, *roots)
        assert "no root certificate" in refused(desk, run, 2, key, "--tsa", url, "--yes")
    assert "needs a time stamp" in refused(desk, run, 2, key, "--lta")


def test_without_the_extra_the_unsigned_report_is_there(
    desk: Desk, run: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = desk.office.person("doe")
    monkeypatch.setitem(sys.modules, "pyhanko", None)
    assert "pip install 'forensics[pdf]'" in refused(desk, run, 2, key)


def test_options_that_have_no_meaning_together(desk: Desk, run: Terminal, tmp_path: Path) -> None:
    key = desk.office.person("doe")
    for words in (
        ("report", desk.case, "--sign", key),
        (*desk.words(key), "--output", tmp_path / "x.pdf"),
        (*desk.words(key), "--edition", "public"),
        ("report", desk.case, "--format", "pdf", "--tsa", "https://tsa.example.org"),
        ("verify", desk.case, "--trust", desk.office.root),
        ("verify", desk.case / "report.pdf", "--expect-root", "1:00"),
    ):
        run(*words, status=2)
    assert not desk.signed


def test_a_copy_for_the_archive(desk: Desk, run: Terminal) -> None:
    key, roots = desk.office.person("doe"), ("--ca", desk.tsa.root)
    with serving(desk.tsa.reply) as url:
        run(*desk.words(key, "--tsa", url, *roots, "--yes", "--lta", "--trust", desk.office.root), status=2)
        assert "the copy for the archive cannot be made: your certificate" in run.err
        assert "--crl" in run.err
        assert "PAdES B-T" in run.out, "what was made is told all the same"
        (stamped,) = desk.signed
        assert verify_case(desk.case).ok, "what was signed before stays sealed"
        told = run(*desk.words(key, "--tsa", url, *roots, "--yes", *desk.archive_words()))
        assert "2 questions" in run.err
    assert "PAdES B-LTA" in told
    copy = desk.signed[-1]
    assert copy.name.endswith("-lta.pdf")
    assert copy.read_bytes().startswith(desk.signed[-2].read_bytes())
    trust = ("--trust", desk.office.root, "--trust", desk.tsa.root, "--case", desk.case)
    run("verify", copy, *trust)
    assert "material for the archive" in run.out
    assert " 8  the time stamp of the archive copy covers the whole file: CN=Sample Time Authority says" in run.out
    seen = tool("pdfsig", copy)
    assert "Not total document signed" in seen
    assert "Signature is Valid" in seen
    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", copy)
    *_, record = custody.read_records(desk.case)
    assert record.act.subject["level"] == "PAdES B-LTA"
    assert record.act.subject["of"] == custody.measure(desk.case, f"signed/{desk.signed[-2].name}").sha256
    assert (
        "11  a list in the file, current at that time, does not name the certificate as revoked: CN=J. Doe" in run.out
    )
    copy.write_bytes(copy.read_bytes() + b"\n% more\n")
    run("verify", copy, status=4)
    assert stamped.exists()


def test_a_revoked_certificate_makes_no_copy_for_the_archive(desk: Desk, run: Terminal) -> None:
    from cryptography import x509

    key = desk.office.person("doe")
    own = x509.load_pem_x509_certificates(key.read_bytes())[0]
    words = list(desk.archive_words())
    desk.office.revoked(own)
    with serving(desk.tsa.reply) as url:
        run(*desk.words(key, "--tsa", url, "--ca", desk.tsa.root, "--yes", *words), status=2)
    assert "revoked" in run.err
    assert len(desk.signed) == 1


@pytest.mark.skipif(
    not MODULE.exists() or shutil.which("pkcs11-tool") is None,
    reason="needs SoftHSM and pkcs11-tool (Debian: softhsm2, opensc)",
)
@pytest.mark.parametrize(("kind", "label"), [("EC:prime256v1", "p256"), ("rsa:2048", "rsa")])
def test_a_key_on_a_token(desk: Desk, run: Terminal, tmp_path: Path, kind: str, label: str) -> None:
    """In a process of its own, because the module reads its settings once in the life of a process."""
    (tmp_path / "tokens").mkdir()
    (tmp_path / "conf").write_text(f"directories.tokendir = {tmp_path}/tokens\nlog.level = ERROR\n")
    environment = {**os.environ, "SOFTHSM2_CONF": str(tmp_path / "conf"), "PYTHONPATH": str(march.ROOT)}

    def call(*words: object, **more: str) -> subprocess.CompletedProcess[str]:
        given = [str(word) for word in words]
        return subprocess.run(given, capture_output=True, text=True, check=False, env={**environment, **more})

    call("softhsm2-util", "--init-token", "--free", "--label", "lab", "--pin", "1234", "--so-pin", "43210")
    with_module = ("pkcs11-tool", "--module", MODULE, "--token-label", "lab", "--login", "--pin", "1234")
    call(*with_module, "--keypairgen", "--key-type", kind, "--label", label)
    public = tmp_path / "public.der"
    call(*with_module, "--read-object", "--type", "pubkey", "--label", label, "--output-file", public)
    from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

    held = load_der_public_key(public.read_bytes())
    assert isinstance(held, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    made = desk.office.certify("J. Doe", held)
    (tmp_path / "own.der").write_bytes(made.public_bytes(Encoding.DER))
    (tmp_path / "own.pem").write_bytes(made.public_bytes(Encoding.PEM) + desk.office.root.read_bytes())
    uri = f"pkcs11:token=lab;object={label}?module-path={MODULE}"
    program = (sys.executable, "-m", "forensics")
    done = call(*program, *desk.words(uri), FORENSICS_PIN="1234")
    assert "there is no certificate of this key" in done.stderr, done.stderr
    done = call(*program, *desk.words(uri, "--cert", tmp_path / "own.pem"), FORENSICS_PIN="9999")
    assert (done.returncode, "wrong PIN" in done.stderr) == (2, True), done.stderr
    done = call(*program, *desk.words(uri, "--cert", desk.office.person("other")), FORENSICS_PIN="1234")
    assert "does not belong to this key" in done.stderr, done.stderr
    call(*with_module, "--write-object", tmp_path / "own.der", "--type", "cert", "--label", label)
    done = call(*program, *desk.words(uri), FORENSICS_PIN="1234")
    assert done.returncode == 0, done.stderr
    run("verify", desk.signed[-1], "--trust", desk.office.root, "--case", desk.case)
    assert "Signature is Valid" in tool("pdfsig", desk.signed[-1])


def test_the_result_has_its_documented_form(desk: Desk, run: Terminal) -> None:
    schema = json.loads((march.ROOT / "docs" / "schemas" / "pdf-verification.json").read_text())
    with serving(desk.tsa.reply) as url:
        run(*desk.words(desk.office.person("doe"), "--tsa", url, "--ca", desk.tsa.root, "--yes"))
    (path,) = desk.signed
    for words in ((), ("--trust", desk.office.root), ("--trust", desk.tsa.root, "--trust", desk.office.root)):
        result = json.loads(run("verify", path, "--json", *words))
        jsonschema.validate(result, schema)
        steps = {step["n"]: step["ok"] for step in result["steps"]}
        assert (steps[6], steps[7]) == ((True if words else None), (True if len(words) == 4 else None))
    jsonschema.validate(json.loads(run("verify", desk.case / "report.pdf", "--json", status=4)), schema)
    jsonschema.validate(json.loads(run("verify", desk.key, "--json", status=4)), schema)
