"""What ``verify.sh`` says of the cases with examiners, tokens and cosignatures: the same as the other two verifiers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import keys, people
from forensics.chain_of_custody.cosignature import WitnessKey, cosign_ml_dsa
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.seal import opening_act, write_keys
from forensics.chain_of_custody.verify import verify_case
from tests.chain_of_custody import local_tsa, people_case, sealed_case
from tests.chain_of_custody.attested_case import (
    NAMES,
    POLICIES,
    TIME,
    attested,
    forgeries,
    head_of,
    receive,
    witness_files,
)
from tests.chain_of_custody.sealed_case import EDITOR, KIT, OPENING
from tests.chain_of_custody.test_people import FROZEN, REASONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chain_of_custody.local_tsa import Authority

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
TOOLS = ("awk", "sed", "find", "sort", "sha256sum", "openssl", "sh", "dirname", "mktemp", "cut", "tr", "od", "head", "tail", "wc",
         "cat", "rm", "mv", "cmp", "xargs", "comm", "grep", "mkdir", "fold", "touch")  # fmt: skip


@pytest.fixture(name="tsa", scope="module")
def _tsa(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return local_tsa.make(tmp_path_factory.mktemp("tsa") / "one", between=True)


def shell(folder: Path, path: str | None = None) -> tuple[int, list[int], str]:
    """Return the status of verify.sh, the steps that it finds failing, and all that it says."""
    done = subprocess.run(
        ["/bin/sh", KIT / "verify.sh", folder],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path or os.environ["PATH"]},
        timeout=120,
    )
    assert not done.stderr, done.stderr
    failed = [int(line[:2]) for line in done.stdout.splitlines() if line[2:7] == " FAIL"]
    return done.returncode, failed, done.stdout


def test_a_case_with_tokens_and_cosignatures_verifies(tmp_path: Path, tsa: Authority) -> None:
    assert shell(attested(tmp_path / "case", tsa))[:2] == (0, [])


def test_an_attestation_removed_or_added_is_noticed(tmp_path: Path, tsa: Authority) -> None:
    case = attested(tmp_path / "case", tsa)
    for path in sorted([*(case / "timestamps").iterdir(), *(case / "witnesses").iterdir()]):
        content = path.read_bytes()
        path.unlink()
        status, failed, _ = shell(case)
        assert status == 4
        assert 8 in failed
        path.write_bytes(content)
        more = path.with_name(f"{path.name}2")
        more.write_bytes(content)
        assert shell(case)[:2] == (4, [9])
        more.unlink()


@pytest.mark.parametrize("name", NAMES)
def test_what_the_holder_of_the_key_can_seal_falsely(name: str, tmp_path: Path, tsa: Authority) -> None:
    step, forge = forgeries(tsa)[name]
    folder = sealed_case.small(tmp_path / "case")
    forge(folder)
    assert shell(folder)[:2] == (4, [step])


@pytest.mark.parametrize(("tail", "good"), POLICIES)
def test_policies_are_read_alike(tail: str, good: bool, tmp_path: Path) -> None:  # noqa: FBT001 - expected outcome
    folder = sealed_case.small(tmp_path / "case")
    logs = (folder / "trust.policy").read_bytes().removesuffix(b"quorum none\n")
    receive(folder, "note", {"trust.policy": logs + tail.encode()})
    assert shell(folder)[1] == ([] if good else [4])


def test_a_cosignature_with_ml_dsa_is_no_defect(tmp_path: Path) -> None:
    mldsa = pytest.importorskip(
        "cryptography.hazmat.primitives.asymmetric.mldsa", reason="needs ML-DSA (FORENSICS_SPECIMENS)"
    )
    private = mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    key = WitnessKey(name="w.example", kind=6, public=private.public_key().public_bytes_raw())
    folder = sealed_case.small(tmp_path / "case")
    line = cosign_ml_dsa(head_of(folder), "w.example", private, TIME)
    receive(folder, "witness.receive", witness_files(line, 3, key))
    assert shell(folder)[:2] == (0, [])


def test_the_frozen_case_with_examiners_verifies() -> None:
    assert shell(FROZEN / "good")[:2] == (0, [])


@pytest.mark.parametrize("name", sorted(REASONS))
def test_every_frozen_forgery_of_a_person_s_signature_is_found(name: str) -> None:
    assert shell(FROZEN / "must-fail" / name)[:2] == (4, [4])


@pytest.mark.parametrize("name", sorted(people_case.MUST_FAIL_TOO))
def test_every_further_forgery_of_a_person_s_signature_is_found(name: str, tmp_path: Path) -> None:
    assert shell(people_case.built(tmp_path / "case", people_case.MUST_FAIL_TOO[name][1]))[:2] == (4, [4])


@pytest.mark.parametrize("content", [b"", people.People().published_with("j.doe", people_case.OTHER.key)])
def test_other_allowed_signers_than_the_log_states_are_found(tmp_path: Path, content: bytes) -> None:
    case = people_case.built(tmp_path / "case", people_case.GOOD, allowed=content)
    assert 4 in shell(case)[1]


@pytest.mark.parametrize("size", [200, 201])
def test_a_log_has_a_name_of_200_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """As signed by a program that counts otherwise."""
    name = "o" * size
    with monkeypatch.context() as patch, Log.create(tmp_path) as log:
        patch.setattr(keys, "NAME", re.compile(r"[a-z/.-]+"))
        out = write_keys(tmp_path, name, [EDITOR.verifier])
        log.seal([opening_act(replace(OPENING, origin=name), out)], EDITOR)
    status, failed, _ = shell(tmp_path)
    assert status == (0 if size == 200 else 4)
    assert failed == [step.n for step in verify_case(tmp_path).steps if not step.ok]
    assert failed == sealed_case.failed_by_kit(sealed_case.kit_module(), tmp_path)


def test_without_ssh_keygen_the_shell_says_plainly_what_it_did_not_check(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for folder in os.environ["PATH"].split(":"):
        for name in TOOLS:
            if shutil.which(name, path=folder) and not (tools / name).exists():
                (tools / name).symlink_to(shutil.which(name, path=folder) or "")
    status, _, said = shell(FROZEN / "good", str(tools))
    assert status == 0, said
    assert "signatures of people were NOT checked here" in said
