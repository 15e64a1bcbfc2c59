"""A case beside another author's witness server (C2SP tlog-witness). Not collected with the suite: run it by hand.

    FORENSICS_AICS_WITNESS=/path/to/aics-witness python -m pytest tests/pipeline/foreign_witness.py

The program wants a newer Python than ours and is in no lock; the suite's own witnesses are those of ``test_witnessing``.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
from pathlib import Path

from tests.pipeline import attested_case
from tests.pipeline.attested_case import Terminal, verdicts
from tests.pipeline.test_witnessing import forked, public

FOREIGN = "FORENSICS_AICS_WITNESS"
"""Names the program."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_witness_that_is_not_ours(home: Path, case: Path, key: Path, run: Terminal, tmp_path: Path) -> None:
    assert home.parent == tmp_path, "what is remembered stays in the test's own folder"
    program, settings, port = os.environ[FOREIGN], tmp_path / "witness.json", free_port()
    words: list[str | Path] = [
        "init",
        "--config",
        settings,
        "--name",
        "foreign.example/w1",
        "--listen",
        f"127.0.0.1:{port}",
    ]
    made = subprocess.run([program, *words], capture_output=True, text=True, check=True, cwd=tmp_path)
    vkey = re.search(r"foreign\.example/w1\+\S+", made.stdout + made.stderr)
    assert vkey
    words = ["add-log", "--config", settings, "--origin", "example.org/case/2026-001", "--vkey"]
    subprocess.run([program, *words, public(case).read_text().strip()], check=True, capture_output=True, cwd=tmp_path)
    with subprocess.Popen([program, "serve", "--config", settings], cwd=tmp_path, stderr=subprocess.PIPE) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            assert server.stderr is not None
            line = server.stderr.readline()
            assert line
            drain = threading.Thread(target=server.stderr.read, daemon=True)
            drain.start()
            other = forked(case, key, tmp_path / "forked")
            ask = ["--witness", vkey[0], "--key", key, "--yes"]
            run("custody", "witness", "ask", case, url, *ask)
            attested_case.note(case, key, "more")
            run("custody", "witness", "ask", case, url, *ask)
            attested_case.note(other, key, "longer")
            attested_case.note(other, key, "than what the witness saw")
            attested_case.note(other, key, "and longer")
            run("custody", "witness", "ask", other, url, *ask, status=4)
            assert "another history" in run.err
        finally:
            server.terminate()
            server.wait(timeout=30)
    run("verify", case)
    assert len(list((case / "witnesses").glob("*.cosig"))) == 2
    assert verdicts(case) == (0, 0)
