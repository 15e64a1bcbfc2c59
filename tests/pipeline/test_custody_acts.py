"""Acts of people from the command line: the page's examples in their order, and every refusal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from forensics import chain_of_custody as custody
from forensics import cli
from forensics.chain_of_custody import acts, keyfile
from forensics.chain_of_custody.verify import verify_case
from forensics.pipeline import by_person, sealing
from tests.chain_of_custody import sealed_case
from tests.doc_commands import run_page
from tests.pipeline.march import ROOT

PAGE = (ROOT / "docs" / "custody-acts.md").read_text(encoding="utf-8")
MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nDate: Mon, 02 Mar 2020 10:00:00 +0000\r\n\r\nhi\r\n"


def run(*words: str | Path) -> int:
    return cli.run([str(word) for word in words])


def key(path: Path, kind: str = "ecdsa", passphrase: str = "") -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", path], check=True)
    return path


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a case of one mail, sealed with a key that is kept; all tests work on copies."""
    base = tmp_path_factory.mktemp("acts")
    (base / "home/keys").mkdir(parents=True)
    keyfile.save_unprotected_key(sealed_case.EDITOR, base / "home/keys/examiner.pem")
    (base / "mail.eml").write_bytes(MAIL)
    for name in ("a.second", "a.next"):
        key(base / name)
    key(base / "lawyer", "ed25519")
    (base / "redacted.eml").write_bytes(MAIL.replace(b"a@example.org", b"[name]"))
    held = os.environ["FORENSICS_HOME"]
    os.environ["FORENSICS_HOME"] = str(base / "home")
    try:
        assert run("--quiet", "analyze", base / "mail.eml", "--case", base / "case") == 0
    finally:
        os.environ["FORENSICS_HOME"] = held
    return base


@pytest.fixture
def desk(analysed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the case and of all keys, as the working folder."""
    shutil.copytree(analysed, tmp_path / "desk")
    monkeypatch.chdir(tmp_path / "desk")
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "desk" / "home"))
    for name in (
        "FORENSICS_SIGN",
        "FORENSICS_PASSPHRASE",
        "FORENSICS_PIN",
        "FORENSICS_BUNDLE_PASSPHRASE",
        "SSH_AUTH_SOCK",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "desk"


def test_the_examples_of_the_page_run(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = PAGE.split("If files do not match", 1)
    run_page(before, capsys, count=14, stopped=2)
    shutil.copytree(desk / "received" / "data", desk / "damaged")
    (desk / "damaged" / "case.toml").write_bytes(b"x")
    run_page(after, capsys, count=4, stopped=4)
    assert verify_case(desk / "case").ok
    assert sealed_case.failed_by_kit(sealed_case.kit_module(), desk / "case") == []
    for program in (["sh", "case/verify/verify.sh"], ["python3", "-I", "case/verify/verify.py"]):
        subprocess.run([*program, "case"], cwd=desk, check=True, capture_output=True)
    assert run("replay", "case") == 0
    for opening in sorted((desk / "case" / "leaves").iterdir()):
        original = desk / "mail.eml"
        if json.loads(opening.read_text())["sha256"] == custody.measure(desk, "mail.eml").sha256:
            assert run("custody", "open-leaf", opening, original) == 0
            assert run("custody", "open-leaf", opening, desk / "redacted.eml") == 3
        assert run("custody", "open-leaf", opening) == 0
    capsys.readouterr()


def last(desk: Path) -> acts.Act:
    return list(custody.read_records(desk / "case"))[-1].act


def test_who_why_and_under_what_authority_stand_in_the_record(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("custody", "note", "case", "before anybody", "--by", "somebody", "--authority", "mandate 7") == 0
    assert "unsigned: no examiner's key was used" in capsys.readouterr().out
    assert (last(desk).subject["by"], last(desk).authority, last(desk).sig) == ("somebody", "mandate 7", "")
    assert run("custody", "note", "case", "nobody") == 0
    assert "by" not in last(desk).subject
    assert run("custody", "commit", "case", "head") == 0
    assert "by" not in last(desk).subject
    assert run("custody", "redact", "case", "mail.eml", "--copy", "redacted.eml", "--why", "x") == 0
    assert "by" not in last(desk).subject
    assert run("custody", "examiner", "add", "case", "--name", "j.doe") == 0
    assert run("custody", "note", "case", "signed", "--why", "a reason") == 0
    assert (last(desk).subject["by"], last(desk).reason) == ("j.doe", "a reason")
    assert last(desk).sig
    assert run("custody", "note", "case", "x", "--by", "a.second") == 2
    assert "the key is j.doe's" in capsys.readouterr().err
    assert run("custody", "commit", "case", "mail.eml") == 0
    assert verify_case(desk / "case").ok


def test_refusals_say_what_where_and_what_next_and_change_nothing(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("custody", "examiner", "add", "case", "--name", "j.doe") == 0
    key(desk / "locked", passphrase="secret")
    key(desk / "next2")
    before = (desk / "case/custody.jsonl").read_bytes(), (desk / "case/keys/allowed_signers").read_bytes()
    (desk / "big").write_text("x" * 70_000)
    (desk / "damaged.pub").write_text((desk / "lawyer.pub").read_text()[:40] + "\n")
    for words, status, said in (
        (("note", "case", " "), 2, "the note is empty"),
        (("note", "case", (desk / "big").read_text()), 3, "too long for a line"),
        (("note", "case", "x", "--sign", "a.second"), 2, "is no examiner's of this case"),
        (("note", "case", "x", "--sign", "absent"), 2, "cannot be read"),
        (("note", "case", "x", "--sign", "locked"), 2, "no passphrase was given"),
        (("note", "case", "x", "--sign", "agent"), 2, "SSH_AUTH_SOCK is not set"),
        (("note", "case", "x", "--sign", "agent:me"), 2, "SSH_AUTH_SOCK is not set"),
        (("note", "case", "x", "--sign", "pkcs11:token=a"), 2, "not the URI"),
        (("note", "absent", "x"), 3, "not a case folder"),
        (("examiner", "add", "case", "--name", "a b", "--public", "a.second.pub"), 2, "cannot be the name"),
        (("examiner", "add", "case", "--name", "j.doe", "--public", "a.second.pub"), 3, "is in the case already"),
        (("examiner", "add", "case", "--name", "again"), 3, "this key is in the case already"),
        (("examiner", "add", "case", "--name", "x", "--public", "mail.eml"), 2, "verifier key"),
        (("examiner", "add", "case", "--name", "x", "--public", "damaged.pub"), 2, "as ssh-keygen wrote it"),
        (("examiner", "rotate", "case", "--name", "j.doe"), 2, "the new key signs a rotation"),
        (("examiner", "rotate", "case", "--name", "j.doe", "--sign", "a.next", "--next", "next2.pub"), 3, "has not committed"),
        (("examiner", "revoke", "case", "--name", "j.doe"), 2, "needs its reason"),
        (("examiner", "revoke", "case", "--name", "nobody", "--why", "x"), 3, "has no active key"),
        (("examiner", "revoke", "case", "--name", "j.doe", "--why", "x", "--from", "soon"), 2, "no time"),
        (("examiner", "revoke", "case", "--name", "j.doe", "--why", "x", "--public", "a.second.pub"), 3, "is no key of"),
        (("redact", "case", "mail.eml", "--copy", "redacted.eml"), 2, "a redaction needs its reason"),
        (("redact", "case", "mail.eml", "--copy", "redacted.eml", "--why", "y" * 70_000), 3, "too long for a line"),
        (("redact", "case", "mail.eml", "--copy", "mail.eml", "--why", "x"), 2, "the copy is the original"),
        (("transfer", "case", "--to", "B", "--out", "o", "--bundle", "o.age", "--recipient", "lawyer.pub", "--why", "y" * 70_000),
         2, "longer than 2000 letters"),
        (("redact", "case", "absent.eml", "--copy", "redacted.eml", "--why", "x"), 3, "0 exhibits are meant"),
        (("redact", "case", "mail.eml", "--copy", "absent", "--why", "x"), 3, "the copy cannot be read"),
        (("open-leaf", "absent"), 3, "cannot be read"),
        (("open-leaf", "mail.eml"), 4, ""),
        (("transfer", "case", "--to", " ", "--out", "o"), 2, "not said to whom"),
        (("transfer", "case", "--to", "B", "--out", "mail.eml"), 2, "already something"),
        (("transfer", "case", "--to", "B", "--out", "o", "--bundle", "b.age"), 2, "for recipients, or for a passphrase"),
        (("transfer", "case", "--to", "B", "--out", "o", "--bundle", "mail.eml", "--recipient", "lawyer.pub"), 2, "replaced"),
        (("receive", "case", "mail.eml"), 4, "without a signature"),
        (("receive", "case", "absent"), 3, "cannot be read"),
        (("accept", "mail.eml", "--case", "case", "--out", "r", "--by", "b.lawyer"), 4, "without a signature"),
        (("accept", "mail.eml", "--case", "nowhere", "--out", "r", "--by", "b.lawyer"), 3, "no such folder"),
        (("accept", "mail.eml", "--case", "case", "--out", "r"), 2, "not said who receives"),
        (("unpack", "absent", "--into", "x"), 3, "cannot be read"),
        (("unpack", "mail.eml", "--into", "x"), 2, "encrypted for a key"),
        (("unpack", "mail.eml", "--into", "home", "--identity", "lawyer"), 2, "already something"),
        (("unpack", "mail.eml", "--into", "x", "--identity", "lawyer"), 2, "cannot be opened"),
    ):  # fmt: skip
        assert run("custody", *words) == status, (words[:3], capsys.readouterr().err)
        assert said in capsys.readouterr().err, words
    assert before == ((desk / "case/custody.jsonl").read_bytes(), (desk / "case/keys/allowed_signers").read_bytes())
    assert not any(
        (desk / name).exists() for name in ("x", "o", "o.age", "case/redacted", "case/leaves", "case/transfers")
    )


def test_without_examiners_a_case_is_not_handed_over(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("custody", "transfer", "case", "--to", "B", "--out", "offer") == 2
    assert "signed by an examiner" in capsys.readouterr().err
    assert run("custody", "examiner", "add", "case", "--name", "x", "--public", "a.second.pub") == 2
    assert "signs for itself" in capsys.readouterr().err
    assert (
        run("custody", "examiner", "add", "case", "--name", "x", "--sign", "lawyer") == 0
    )  # another key than the log's
    assert run("custody", "note", "case", "mine", "--sign", "lawyer") == 0
    assert run("custody", "examiner", "revoke", "case", "--name", "x", "--why", "lost") == 0  # by the log alone
    assert not last(desk).sig
    assert run("custody", "examiner", "add", "case", "--name", "y", "--sign", "a.second") == 0
    (desk / "case/exhibits").chmod(0o755)
    next((desk / "case/exhibits").iterdir()).chmod(0o644)
    next((desk / "case/exhibits").iterdir()).write_bytes(b"changed")
    assert run("custody", "transfer", "case", "--to", "B", "--out", "offer", "--sign", "a.second") == 4
    assert "is not handed over" in capsys.readouterr().err
    assert not (desk / "offer").exists()


def offered(*more: str) -> None:
    """Make the first examiner and an offer, in the working folder."""
    assert run("custody", "examiner", "add", "case", "--name", "j.doe") == 0
    assert run("custody", "transfer", "case", "--to", "B", "--out", "offer", *more) == 0


def test_a_hand_over_by_passphrase_and_with_the_default_key(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORENSICS_BUNDLE_PASSPHRASE", "open sesame")
    offered("--bundle", "b.age")
    assert last(desk).subject["bundle"]["recipients"] == ["passphrase"]  # type: ignore[index,call-overload]
    assert run("custody", "unpack", "b.age", "--into", "got") == 0
    assert run("custody", "accept", "offer", "--case", "got/data", "--by", "b.lawyer", "--out", "receipt") == 0
    assert run("custody", "receive", "case", "receipt") == 0
    assert run("custody", "receive", "case", "receipt") == 3
    assert "recorded already" in capsys.readouterr().err
    monkeypatch.setenv("FORENSICS_HOME", str(desk / "nobody"))
    assert run("custody", "accept", "offer", "--case", "got/data", "--by", "b.lawyer", "--out", "r2") == 2
    assert "a key that you keep" in capsys.readouterr().err


def test_receipts_that_answer_something_else_are_not_recorded(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dataclasses import replace

    from forensics.chain_of_custody import transfer
    from tests.chain_of_custody.people_case import DOE, OTHER

    offered("--to-key", "lawyer.pub")
    mine = ("--case", "case", "--by", "b.lawyer")
    assert run("custody", "accept", "offer", *mine, "--sign", "a.second", "--out", "r") == 2
    assert "another key than yours" in capsys.readouterr().err
    assert run("custody", "accept", "offer", *mine, "--sign", "lawyer", "--out", "r", "--expect-key", "SHA256:x") == 4
    assert "not by the key you expect" in capsys.readouterr().err
    assert run("custody", "accept", "offer", *mine, "--sign", "lawyer", "--out", "r", "--refuse") == 2
    assert "a refusal needs its reason" in capsys.readouterr().err
    assert (
        run("custody", "accept", "offer", *mine, "--sign", "lawyer", "--out", "no", "--refuse", "--why", "not mine")
        == 0
    )
    assert run("custody", "receive", "case", "no") == 0
    assert "reason: not mine" in capsys.readouterr().out
    assert last(desk).subject["outcome"] == "refused"
    genuine = transfer.read_receipt((desk / "no").read_bytes())
    for forged, said in (
        (replace(genuine, offer="0" * 64), "answers no offer"),
        (replace(genuine, size=1), "another state of the case"),
        (genuine, "another key than the offer names"),
    ):
        (desk / "forged").write_bytes(transfer.write_receipt(forged, OTHER))
        assert run("custody", "receive", "case", "forged") == 4
        assert said in capsys.readouterr().err
    (desk / "case/case.toml").write_bytes((desk / "case/case.toml").read_bytes() + b"\n")
    assert run("custody", "accept", "offer", *mine, "--sign", "lawyer", "--out", "part", "--partial") == 4
    assert transfer.read_receipt((desk / "part").read_bytes()).outcome == "partial"
    assert run("custody", "accept", "offer", *mine, "--sign", "lawyer", "--out", "nowhere/part") == 3
    assert DOE.key.fingerprint  # the giver's


@pytest.mark.usefixtures("desk")
def test_a_clock_that_was_set_back_is_told_and_refuses_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert run("custody", "note", "case", "early") == 0
    assert "the clock was set back: record 8 is dated before" in capsys.readouterr().out
    assert run("verify", "case") == 0
    assert "the clock was set back 1 times, at record" in capsys.readouterr().out


def newer(desk: Path) -> bytes:
    lines = (desk / "case/custody.jsonl").read_bytes().splitlines(keepends=True)
    return lines[-1].replace(b'"v":1}', b'"v":2}')


def test_what_a_newer_version_sealed_is_told_as_such(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = desk / "case/custody.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:-1], newer(desk)]))
    whole = log.read_bytes()
    for words in (("verify", "case"), ("custody", "note", "case", "x")):
        assert run(*words) == 4
        told = capsys.readouterr()
        assert "a newer program sealed this" in told.out + told.err
    kit = subprocess.run(["python3", "case/verify/verify.py"], capture_output=True, text=True, check=False)
    assert "of a newer version" in kit.stdout
    assert log.read_bytes() == whole


def test_a_line_of_ten_megabytes_is_refused_and_kept(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = desk / "case/custody.jsonl"
    whole = log.read_bytes()
    with log.open("ab") as file:
        file.write(b'{"action":"' + b"x" * 10_000_000 + b'"}\n')
    assert run("verify", "case") == 4
    assert "longer than 65535 bytes" in capsys.readouterr().out
    assert run("case", "recover", "case") == 0
    torn = next((desk / "case").glob("custody.jsonl.torn.*"))
    assert torn.stat().st_size == 10_000_014
    assert log.read_bytes().startswith(whole)
    assert run("verify", "case") == 0
    capsys.readouterr()


def test_an_older_kit_is_brought_up_to_date_with_the_first_signature(desk: Path) -> None:
    kit = desk / "case/verify/verify.py"
    with custody.Log.open(desk / "case") as log:
        old = custody.publish(desk / "case", "verify/verify.py", b"print('old')\n")
        act = custody.Act(
            action="note", actor=sealed_case.EDITOR.actor, time="2026-01-01T00:00:00Z", subject={}, out=[old]
        )
        log.seal([act], sealed_case.EDITOR.named(log.origin))
    assert run("custody", "examiner", "add", "case", "--name", "j.doe") == 0
    assert kit.read_bytes() == (sealed_case.KIT / "verify.py").read_bytes()
    assert verify_case(desk / "case").ok


def test_keys_are_listed_and_shown_in_the_form_of_openssh(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "home/keys/broken.pem").write_bytes(b"-----BEGIN NOTHING\n")
    assert run("keys", "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert "states no verifier key" in json.dumps(rows)
    assert run("keys", "show") == 0
    told = capsys.readouterr().out
    assert "SSH:         ssh-ed25519 " in told
    fingerprint = next(line.strip() for line in told.splitlines() if line.strip().startswith("SHA256:"))
    assert fingerprint in json.dumps(rows)
    (desk / "pub").write_text(told.split("SSH:")[1].split("\n")[0].strip() + "\n")
    listed = subprocess.run(["ssh-keygen", "-l", "-f", "pub"], capture_output=True, text=True, check=True)
    assert fingerprint in listed.stdout


def test_an_agent_and_a_passphrase_from_the_environment(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key(desk / "locked", passphrase="secret")
    assert run("custody", "examiner", "add", "case", "--name", "j.doe") == 0
    assert run("custody", "examiner", "add", "case", "--name", "a.locked", "--public", "locked.pub") == 0
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "secret")
    monkeypatch.setenv("FORENSICS_SIGN", "locked")
    assert run("custody", "note", "case", "by passphrase") == 0
    assert last(desk).subject["by"] == "a.locked"
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "wrong")
    assert run("custody", "note", "case", "by passphrase") == 2
    assert verify_case(desk / "case").ok


def test_what_has_to_be_asked_for(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key(desk / "locked", passphrase="secret")
    for sign, wanted in (
        ("", ""),
        ("agent", ""),
        ("agent:me", ""),
        ("pkcs11:token=a", "PIN"),
        ("locked", "Passphrase"),
        ("lawyer", ""),
    ):
        assert by_person.secret_wanted(sign) == wanted
    monkeypatch.setenv("FORENSICS_PIN", "1234")
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "secret")
    assert [by_person.secret_wanted(sign) for sign in ("pkcs11:token=a", "locked")] == ["", ""]


def test_an_act_that_cannot_be_written_leaves_the_case_as_it_was(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kit was replaced by an older one; an act that fails puts it back as it found it."""
    assert run("custody", "examiner", "add", "case", "--name", "j.doe") == 0
    with custody.Log.open(desk / "case") as log:
        old = custody.publish(desk / "case", "verify/verify.py", b"print('old')\n")
        act = custody.Act(
            action="note", actor=sealed_case.EDITOR.actor, time="2026-01-01T00:00:00Z", subject={}, out=[old]
        )
        log.seal([act], sealed_case.EDITOR.named(log.origin))
    assert run("custody", "note", "case", "x" * 70_000) == 3
    assert (desk / "case/verify/verify.py").read_bytes() == b"print('old')\n"
    assert verify_case(desk / "case").ok
    capsys.readouterr()


def test_an_offer_that_the_log_does_not_take_leaves_no_bundle(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("custody", "examiner", "add", "case", "--name", "j.doe") == 0
    monkeypatch.setattr(sealing, "TOOL", {"name": "x" * 70_000})
    assert (
        run("custody", "transfer", "case", "--to", "B", "--out", "o", "--bundle", "o.age", "--recipient", "lawyer.pub")
        == 3
    )
    assert run("custody", "transfer", "case", "--to", "B", "--out", "o") == 3
    assert not any((desk / name).exists() for name in ("o", "o.age", "case/transfers"))


def test_a_bundle_that_is_no_bag_or_has_no_place_leaves_nothing_behind(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "text").write_text("no bag")
    subprocess.run(["age", "-R", "lawyer.pub", "-o", "text.age", "text"], check=True)
    before = sorted(desk.iterdir())
    assert run("custody", "unpack", "text.age", "--into", "got", "--identity", "lawyer") == 4
    assert "the bundle is damaged" in capsys.readouterr().err
    assert run("custody", "unpack", "text.age", "--into", "nowhere/got", "--identity", "lawyer") == 3
    assert "cannot be unpacked" in capsys.readouterr().err
    assert sorted(desk.iterdir()) == before
