"""Time stamps of a case: taken in over loopback HTTP and by hand, told as intervals, and what is refused."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import jsonschema
import pytest

from forensics.chain_of_custody import verify_case
from tests.chain_of_custody import local_tsa
from tests.chain_of_custody.local_tsa import Authority, serving
from tests.chain_of_custody.sealed_case import ROOT
from tests.pipeline import attested_case
from tests.pipeline.attested_case import Terminal, verdicts

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl"),
    pytest.mark.usefixtures("home"),
]


@pytest.fixture(name="tsa", scope="module")
def _tsa(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return local_tsa.make(tmp_path_factory.mktemp("tsa") / "one", between=True)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_authorities_bound_the_time_of_records(
    case: Path, key: Path, run: Terminal, tsa: Authority, tmp_path: Path
) -> None:
    other = local_tsa.make(tmp_path / "two", name="Another Authority")
    with serving(tsa.reply) as first, serving(other.reply) as second:
        words = ["--tsa", first, "--tsa", second, "--ca", tsa.root, "--ca", other.root, "--key", key, "--yes"]
        told = run("custody", "timestamp", case, *words)
        assert "Learns: one SHA-256 digest" in run.err
    assert told.count("Stamped:     3 records at ") == 2
    attested_case.note(case, key, "after the time stamps")
    result = json.loads(run("verify", case, "--json"))
    jsonschema.validate(result, json.loads((ROOT / "docs/schemas/verification.json").read_text()))
    assert [step["ok"] for step in result["steps"] if step["n"] == 11] == [True]
    before, between, after = result["intervals"][0], result["intervals"][1:-1], result["intervals"][-1]
    assert (before["first"], before["last"], before["after"]) == (0, 2, None)
    assert before["before"] is not None
    assert [item["first"] for item in between] == [3]
    assert after["after"] is not None
    assert after["before"] is None
    assert (after["first"], after["last"]) == (4, 5)
    run("verify", case)
    assert re.search(r"records 0 to 2: written before \S+Z", run.out)
    assert "revoked is not checked" in run.out
    assert verdicts(case) == (0, 0)


def test_openssl_accepts_what_was_sealed(case: Path, key: Path, run: Terminal, tsa: Authority) -> None:
    with serving(tsa.reply) as url:
        run("custody", "timestamp", case, "--tsa", url, "--ca", tsa.root, "--key", key, "--yes")
    (token,) = (case / "timestamps").glob("3-*.tsr")
    (roots,) = (case / "timestamps").glob("*.pem")
    words: list[str | Path] = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        case / "checkpoints/3",
        "-in",
        token,
        "-CAfile",
        roots,
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout, done.stderr


def test_a_time_stamp_had_by_hand(case: Path, key: Path, run: Terminal, tsa: Authority, tmp_path: Path) -> None:
    query, response = tmp_path / "head.tsq", tmp_path / "head.tsr"
    run("custody", "timestamp", case, "--query", query)
    response.write_bytes(tsa.reply(query.read_bytes()))
    attested_case.note(case, key, "made while the query was away")
    words = ["--response", response, "--ca", tsa.root, "--key", key]
    told = run("custody", "timestamp", case, *words, "--query", query)
    assert "Stamped:     3 records" in told
    run("verify", case)
    run("custody", "timestamp", case, *words, status=3)  # the same again
    assert "already" in run.err
    assert verdicts(case) == (0, 0)


def refused(case: Path, run: Terminal, status: int, *words: object) -> str:
    """Run a command that has to be refused; the case stays byte for byte as it was, and valid."""
    before = content(case)
    run("custody", "timestamp", case, *words, status=status)
    assert content(case) == before
    assert verify_case(case).ok
    return run.err


def test_what_an_authority_may_answer_wrongly(
    case: Path, key: Path, run: Terminal, tsa: Authority, tmp_path: Path
) -> None:
    late = local_tsa.make(tmp_path / "late", expired=True)
    elsewhere = local_tsa.make(tmp_path / "elsewhere")
    old = tsa.stamp((case / "checkpoint").read_bytes())
    wrong = tsa.stamp(b"something else")
    answers = {
        "another request": (tsa, lambda _: old),
        "other bytes": (tsa, lambda _: wrong),
        "expired": (late, late.reply),
        "does not hold under the given root": (tsa, elsewhere.reply),
        "cannot be read": (tsa, lambda _: b"<html>busy</html>"),
        "longer than what holds it": (tsa, lambda _: old[:40]),
    }
    for what, (trusted, answer) in answers.items():
        with serving(answer) as url:
            words = ["--tsa", url, "--ca", trusted.root, "--key", key, "--yes"]
            status = 4
            told = refused(case, run, status, *words)
        assert what in told, told
    with serving(tsa.reply, status=503) as url:
        assert "HTTP 503" in refused(case, run, 7, "--tsa", url, "--ca", tsa.root, "--key", key, "--yes")
    assert "no reply" in refused(case, run, 7, "--tsa", url, "--ca", tsa.root, "--key", key, "--yes")  # it is down now


def test_what_the_others_gave_is_kept_when_one_is_down(case: Path, key: Path, run: Terminal, tsa: Authority) -> None:
    with serving(tsa.reply) as down:
        pass
    with serving(tsa.reply) as up:
        words = ["--tsa", down, "--tsa", up, "--ca", tsa.root, "--key", key, "--yes"]
        run("custody", "timestamp", case, *words, status=7)
    assert "what the others gave is sealed" in run.err
    assert len(list((case / "timestamps").glob("*.tsr"))) == 1
    run("verify", case)


def test_nothing_is_sent_without_consent_or_against_the_mark(tmp_path: Path, key: Path, run: Terminal) -> None:
    case = attested_case.make(tmp_path / "red", key, pap="RED")
    root = local_tsa.make(tmp_path / "tsa").root
    words = ["--ca", root, "--key", key]
    assert "needs your consent" in refused(case, run, 6, "--tsa", "http://127.0.0.1:9/", *words)
    assert "PAP:RED" in refused(case, run, 6, "--tsa", "https://tsa.example.org/", *words, "--yes")
    assert "no root certificate" in refused(case, run, 2, "--tsa", "http://127.0.0.1:9/", "--key", key)
    assert "no address" in refused(case, run, 2, "--tsa", "ftp://tsa.example.org/", *words)
    assert "no certificate" in refused(case, run, 2, "--tsa", "http://127.0.0.1:9/", "--ca", key, "--key", key)
    assert "name authorities" in refused(case, run, 2)
    assert "break its seal" in refused(case, run, 2, "--query", case / "head.tsq")
