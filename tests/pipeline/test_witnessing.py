"""Witnesses of a case: by file and over loopback HTTP, ours and one that is not ours, and what they refuse."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import verify_case
from forensics.chain_of_custody.checkpoint import unverified
from forensics.chain_of_custody.cosignature import witness_key
from forensics.chain_of_custody.keys import from_seed
from forensics.chain_of_custody.witness import make_request
from tests.chain_of_custody import sealed_case
from tests.pipeline import attested_case
from tests.pipeline.attested_case import Terminal, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

LAWYER = witness_key(from_seed(bytes([2]) * 32, "lawyer.example"))


pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(name="lawyer")
def _lawyer(tmp_path: Path) -> Path:
    return attested_case.key_file(tmp_path / "lawyer.pem", 2, "lawyer.example")


def public(case: Path) -> Path:
    (found,) = (case / "keys").glob("*.pub")
    return found


def test_by_file_from_request_to_quorum(case: Path, key: Path, lawyer: Path, run: Terminal, tmp_path: Path) -> None:
    policy, asked, answer = tmp_path / "own.policy", tmp_path / "asked.txt", tmp_path / "answer.txt"
    policy.write_text(f"# mine\nwitness lawyer {LAWYER.vkey}\ngroup enough any lawyer\nquorum enough\n")
    run("custody", "witness", "trust", case, policy, "--key", key)
    run("custody", "witness", "request", case, "--out", asked)
    state = tmp_path / "state"
    words = ["custody", "witness", "cosign", asked, "--state", state, "--key", lawyer]
    run(*words, status=6)
    assert "not known to this witness" in run.err
    run(*words, "--log", public(case), "--out", answer)
    run("verify", case, "--policy", policy, status=4)
    assert "has not cosigned" in run.out
    run("custody", "witness", "add", case, answer, "--key", key)
    assert "Witnessed:   4 records by lawyer.example" in run.out
    run("verify", case, "--policy", policy)
    assert "quorum enough: met for 4 of 5 records" in run.out
    assert verdicts(case) == (0, 0)
    run("custody", "witness", "add", case, answer, "--key", key, status=3)
    run("custody", "witness", "request", case, "--out", asked)  # from where the witness stands
    assert asked.read_text().startswith("old 4\n")
    run(*words, "--out", answer)
    run("custody", "witness", "add", case, answer, "--key", key)
    run("verify", case)
    assert verdicts(case) == (0, 0)
    note = (case / "checkpoints/4").read_bytes() + (case / f"witnesses/4-{LAWYER.key_id.hex()}.cosig").read_bytes()
    assert note.count("\u2014".encode()) == 2


def test_a_witness_of_nobody_is_not_taken_in(
    case: Path, key: Path, lawyer: Path, run: Terminal, tmp_path: Path
) -> None:
    asked, answer = tmp_path / "asked.txt", tmp_path / "answer.txt"
    run("custody", "witness", "request", case, "--out", asked)
    words = ["--state", tmp_path / "state", "--key", lawyer, "--log", public(case), "--out", answer]
    run("custody", "witness", "cosign", asked, *words)
    run("custody", "witness", "add", case, answer, "--key", key, status=4)
    assert "a witness that is not known" in run.err
    assert "Nothing was sealed" in run.err
    answer.write_text("hello\n")
    run("custody", "witness", "add", case, answer, "--key", key, "--witness", LAWYER.vkey, status=4)
    run("custody", "witness", "add", case, answer, "--key", key, "--witness", "nonsense", status=4)
    answer.write_bytes(b"\xff\n")
    run("custody", "witness", "add", case, answer, "--key", key, status=4)
    assert verify_case(case).ok


def forked(case: Path, key: Path, target: Path) -> Path:
    """Return another history of the same log: what the holder of the key could make."""
    shutil.copytree(case, target)
    lines = (target / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (target / "custody.jsonl").write_bytes(b"".join(lines[:2]))
    shutil.copy(target / "checkpoints/2", target / "checkpoint")
    shutil.rmtree(target / "witnesses", ignore_errors=True)
    shutil.rmtree(target / "checkpoints")
    (target / "checkpoints").mkdir()
    shutil.copy(case / "checkpoints/1", target / "checkpoints/1")
    gone = sha256(attested_case.SECOND).hexdigest()
    (target / "exhibits" / gone).unlink()
    attested_case.note(target, key, "there never was a second exhibit")
    assert verify_case(target).ok
    return target


def test_a_witness_refuses_older_and_other_histories_and_keeps_the_evidence(
    case: Path, key: Path, lawyer: Path, run: Terminal, tmp_path: Path
) -> None:
    other = forked(case, key, tmp_path / "forked")
    asked, state = tmp_path / "asked.txt", tmp_path / "state"
    words = ["custody", "witness", "cosign", asked, "--state", state, "--key", lawyer, "--log", public(case)]
    run("custody", "witness", "request", case, "--out", asked)
    run(*words)
    run("custody", "witness", "request", other, "--out", asked, "--old", 3)
    run(*words, status=4)
    assert "(422): another root for the same 3 records" in run.err
    attested_case.note(other, key, "and it goes on")
    run("custody", "witness", "request", other, "--out", asked, "--old", 3)
    run(*words, status=4)
    assert "does not show that the first 3 records are unchanged" in run.err
    evidence = sorted((state / sha256(b"example.org/case/2026-001").hexdigest() / "evidence").iterdir())
    assert [path.name.split("-")[0] for path in evidence] == ["3", "4"]
    assert evidence[1].read_bytes() == (other / "checkpoint").read_bytes()
    run("custody", "witness", "request", case, "--out", asked, "--old", 0)
    run(*words, status=6)
    assert "(409): this witness has seen 3 records of the log, not 0" in run.err
    assert "--old 3" in run.err
    run("custody", "witness", "request", case, "--out", asked, "--old", 9, status=4)
    assert "older state" in run.err


@contextlib.contextmanager
def serving(state: Path, key: Path, *logs: Path) -> Iterator[str]:
    """Run ``custody witness serve`` as a program of its own; yields its URL."""
    words = [sys.executable, "-m", "forensics", "custody", "witness", "serve", "--state", state, "--key", key]
    for log in logs:
        words += ["--log", log]
    environment = {**os.environ, "PYTHONPATH": str(sealed_case.ROOT)}
    with subprocess.Popen([*map(str, words)], stderr=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stderr is not None
        try:
            found = None
            for line in server.stderr:
                found = re.search(r"Serving (\S+) until", line)
                if found:
                    break
            assert found
            drain = threading.Thread(target=server.stderr.read, daemon=True)
            drain.start()
            yield found[1]
        finally:
            server.terminate()
            server.wait(timeout=30)


def post(url: str, body: bytes) -> tuple[int, str, bytes]:
    """Send a request as any client would; status, media type, body."""
    request = urllib.request.Request(f"{url}/add-checkpoint", data=body, method="POST")  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - loopback
            return reply.status, reply.headers["Content-Type"], reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def test_over_http_every_status_of_the_protocol(case: Path, key: Path, lawyer: Path, tmp_path: Path) -> None:
    other, stranger = forked(case, key, tmp_path / "forked"), attested_case.make(
        tmp_path / "stranger", attested_case.key_file(tmp_path / "stranger.pem", 3, "stranger")
    )  # fmt: skip
    request = make_request(case, 0)
    place = sha256(b"example.org/case/2026-001").hexdigest()
    with serving(tmp_path / "state", lawyer, public(case)) as url:
        assert post(url, request.replace(b"example.org", b"example.net"))[0] == 404
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}/{place}/checkpoint", timeout=30)  # noqa: S310 - loopback
        assert post(url, make_request(stranger, 0))[0] == 403
        assert post(url, b"old 0\n")[0] == 400
        assert post(url, request.replace(b"old 0", b"old 4"))[0] == 400
        assert post(url, b"old 00" + request[5:])[0] == 400
        assert post(url, request.replace(b"old 0\n", b"old 0\n" + base64.b64encode(bytes(32)) + b"\n"))[0] in {200, 422}
        status, _, body = post(url, request)
        if status == 409:  # pragma: no cover - only if the proof above had been accepted
            pytest.fail("a proof from the empty log was accepted")
        assert (status, body.startswith("\u2014 lawyer.example ".encode())) == (200, True)
        assert post(url, request) == (409, "text/x.tlog.size", b"3\n")
        assert post(url, make_request(case, 3))[0] == 200  # a fresh time for the same head
        assert post(url, make_request(other, 3))[0] == 422
        attested_case.note(other, key, "and it goes on")
        assert post(url, make_request(other, 3))[0] == 422
        attested_case.note(case, key, "the true history goes on")
        assert post(url, make_request(case, 3))[0] == 200
        assert post(url, b"x" * 200_000)[0] == 413
        with urllib.request.urlopen(f"{url}/{place}/checkpoint", timeout=30) as reply:  # noqa: S310 - loopback
            assert unverified(reply.read()).size == 4


def test_asking_over_http(case: Path, key: Path, lawyer: Path, run: Terminal, tmp_path: Path) -> None:
    words = ["--witness", LAWYER.vkey, "--key", key, "--yes"]
    with serving(tmp_path / "state", lawyer, public(case)) as url:
        run("custody", "witness", "ask", case, url, "--key", key, status=6)
        run("custody", "witness", "ask", case, url, "--key", key, "--yes", status=4)  # an unknown witness
        assert verify_case(case).ok
        run("custody", "witness", "ask", case, url, *words)  # it answers 409 first, because it has seen 3 records
        assert "Learns: the name of the case's log" in run.err
        other = forked(case, key, tmp_path / "forked")
        before = (other / "custody.jsonl").read_bytes()
        run("custody", "witness", "ask", other, url, *words, status=4)
        assert "another history" in run.err
        assert (other / "custody.jsonl").read_bytes() == before
    run("custody", "witness", "ask", case, url, *words, status=7)
    assert "no reply" in run.err
    run("verify", case)
    assert verdicts(case) == (0, 0)


def test_what_a_witness_that_does_not_know_us_answers(
    case: Path, key: Path, lawyer: Path, run: Terminal, tmp_path: Path
) -> None:
    words = ["--witness", LAWYER.vkey, "--key", key, "--yes"]
    before = (case / "custody.jsonl").read_bytes()
    with serving(tmp_path / "nobody", lawyer) as url:
        run("custody", "witness", "ask", case, url, *words, status=7)
        assert "(404): it does not know this log" in run.err
    stranger = witness_log(tmp_path / "stranger.pub")
    with serving(tmp_path / "stranger", lawyer, stranger) as url:
        run("custody", "witness", "ask", case, url, *words, status=7)
        assert "(403): it accepts no key that signed" in run.err
    for wrong in ("ftp://127.0.0.1/", "http://witness.example.org/", "https://user@witness.example.org/"):
        run("custody", "witness", "ask", case, wrong, *words, status=2)
    assert (case / "custody.jsonl").read_bytes() == before
    assert verify_case(case).ok


def witness_log(path: Path) -> Path:
    """Write the key of somebody else who might sign for the same log."""
    path.write_text(from_seed(bytes([9]) * 32, "example.org/case/2026-001").verifier.vkey + "\n")
    return path


def test_what_is_refused_before_anything_is_done(
    case: Path, key: Path, lawyer: Path, run: Terminal, tmp_path: Path
) -> None:
    run("verify", case, "--policy", tmp_path / "missing", status=2)
    run("custody", "witness", "serve", "--state", tmp_path / "s", "--key", lawyer, "--host", "0.0.0.0", status=6)  # noqa: S104 - refused
    run("custody", "witness", "request", case, "--out", case / "inside", status=2)
    run("custody", "witness", "cosign", tmp_path / "missing", "--state", tmp_path / "s", "--key", lawyer, status=2)
    policy = tmp_path / "policy"
    policy.write_text(f"log {LAWYER.vkey}\nquorum none\n")
    run("custody", "witness", "trust", case, policy, "--key", key, status=2)
    policy.write_text("quorum nobody\n")
    run("custody", "witness", "trust", case, policy, "--key", key, status=4)
    with (case / "custody.jsonl").open("ab") as file:
        file.write(b'{"action":"note"')  # the power went
    run("custody", "witness", "ask", case, "http://127.0.0.1:9", "--key", key, "--yes", status=3)
    assert "case recover" in run.err
    run("case", "recover", case, "--key", key)
    run("verify", case)


def test_requests_at_the_same_time_never_roll_a_witness_back(
    case: Path, key: Path, lawyer: Path, tmp_path: Path
) -> None:
    requests = []
    for number in range(6):
        requests.append(make_request(case, 0))
        attested_case.note(case, key, str(number))
    ends: list[int] = []
    with serving(tmp_path / "state", lawyer, public(case)) as url:
        threads = [threading.Thread(target=lambda body=body: ends.append(post(url, body)[0])) for body in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(ends) == [200] + 5 * [409]
