"""Online look-ups end to end: no packet without consent, every reply sealed, a re-run from the book without any network."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pytest

from forensics import cli, plugins
from forensics.case import CaseFacts, CaseFolder
from forensics.chain_of_custody import read_records
from forensics.chain_of_custody.canonical import Value
from forensics.enrichment import answers
from forensics.pipeline.writing import judged_case
from tests.enrichment import loopback, tiny
from tests.enrichment.loopback import HOST, Route, Served
from tests.pipeline.march import EPOCH, ROOT, key_file
from tests.test_cli import valid

MARCH = ROOT / "samples" / "march"
EVIDENCE = [str(path) for path in sorted((MARCH / "evidence").iterdir()) if path.name[:4] in ("face", "inst", "take")]
FOREIGN = ("203.0.113.45", "198.51.100.21")
"""The unexplained addresses of the March case."""


class Desk:
    """A user's machine: a home, the tiny source installed as a plug-in, settings, and the command line."""

    def __init__(self, folder: Path, port: int) -> None:
        """Set the machine up."""
        self.folder = folder
        info = folder / "plugins" / "tiny_source-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-source\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[forensics.sources]\ntiny = tests.enrichment.tiny:SOURCE\n")
        self.settings = folder / "servers.toml"
        self.settings.write_text(f'only = true\n[sample]\nregistry = "http://{HOST}:{port}"\n')
        self.key = key_file(folder)
        self.environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{folder / 'plugins'}",
            "FORENSICS_HOME": str(folder / "home"),
            "FORENSICS_SERVERS": str(self.settings),
            "FORENSICS_KEY": str(self.key),
            "SOURCE_DATE_EPOCH": EPOCH,
        }
        self.environment.pop("FORENSICS_PROXY", None)

    def command(self, *words: str) -> list[str]:
        """Return the words that start the program."""
        return [sys.executable, "-m", "forensics", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in this process, where the guard of the suite sees every packet."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            patch.syspath_prepend(self.folder / "plugins")
            patch.delenv("FORENSICS_PROXY", raising=False)
            patch.setattr(sys, "stdin", io.StringIO())
            for name in ("FORENSICS_HOME", "FORENSICS_SERVERS", "FORENSICS_KEY", "SOURCE_DATE_EPOCH"):
                patch.setenv(name, self.environment[name])
            for held in (answers.known_sources, plugins.discover):
                held.cache_clear()
            status = cli.run(list(words))
        answers.known_sources.cache_clear()
        plugins.discover.cache_clear()
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())

    def analyze(self, *words: str, case: str = "case", owner: bool = True) -> subprocess.CompletedProcess[str]:
        """Analyse the evidence."""
        declared = ("--owner", str(MARCH / "owner.toml")) if owner else ()
        return self.run("analyze", *EVIDENCE, *declared, "--case", case, *words)

    def verified(self, case: str = "case") -> bool:
        """Whether the case verifies, by the tool and by the kit in the case."""
        kit = subprocess.run(
            [sys.executable, "-I", "verify/verify.py", "."],
            cwd=self.folder / case, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert kit.returncode == 0, kit.stdout + kit.stderr
        return self.run("verify", case).returncode == 0

    def acts(self, case: str = "case") -> list[tuple[str, dict[str, Value]]]:
        """Return the acts about look-ups, with their subjects."""
        found = [(record.act.action, dict(record.act.subject)) for record in read_records(self.folder / case)]
        return [(action, subject) for action, subject in found if action.startswith("lookup.")]


ROUTES: dict[str, Route] = {
    "/ip/203.0.113.45": (200, {"Content-Type": "application/rdap+json"}, tiny.body("A sample holder", next="/org/A")),
    "/org/A": (200, {}, tiny.body("The organisation A")),
}


@pytest.fixture(name="server")
def _server() -> Iterator[Served]:
    with loopback.registry(ROUTES) as served:
        yield served


@pytest.fixture(name="desk")
def _desk(tmp_path: Path, server: Served) -> Desk:
    return Desk(tmp_path, server.port)


def test_without_consent_the_plan_is_told_and_sealed_and_nothing_is_sent(desk: Desk, server: Served) -> None:
    done = desk.analyze("--online", "vendor")
    assert done.returncode == 6, done.stderr
    for part in ("Plan of online look-ups (vendor)", f"{HOST}:{server.port}", *FOREIGN, "Nothing was sent"):
        assert part in done.stdout
    assert "--online vendor --yes" in done.stderr
    assert server.log == []
    ((action, subject),) = desk.acts()
    assert (action, subject["consent"], subject["how"]) == ("lookup.plan", False, "nobody agreed")
    (plan,) = (desk.folder / "case/answers/plans").iterdir()
    assert [row["address"] for row in json.loads(plan.read_bytes())["addresses"]] == sorted(FOREIGN, reverse=True)
    assert (desk.folder / "case/report.html").exists()
    assert desk.verified()

    done = desk.run("case", "look-up", "case", "--online", "vendor", "--yes", "--json")
    assert (done.returncode, json.loads(done.stdout)["replies"]) == (0, {"answered": 2, "not-found": 1}), done.stderr
    valid("looked-up", json.loads(done.stdout))
    assert desk.verified()
    assert "Nothing to ask" in desk.run("case", "look-up", "case", "--online", "vendor").stdout
    assert len(server.log) == 3
    assert desk.run("case", "look-up", "case").returncode == 2
    later = json.loads((desk.folder / "case/findings.json").read_bytes())
    assert later["answers"]["replies"] == 3, "judged again, with the answers"


def test_with_consent_every_reply_is_sealed_and_a_rerun_needs_no_network(desk: Desk, server: Served) -> None:
    done = desk.analyze("--online", "vendor", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    valid("analysis", json.loads(done.stdout))
    told = json.loads(done.stdout)["online"]
    for path in (desk.folder / "case/answers/replies").iterdir():
        valid("reply", json.loads(path.read_bytes()))
    assert (told["consent"], told["sent"], told["replies"]) == ("--yes", 3, {"answered": 2, "not-found": 1})
    assert sorted(server.log) == ["/ip/198.51.100.21", "/ip/203.0.113.45", "/org/A"]
    assert server.headers[0]["user-agent"] == "Mozilla/5.0"
    assert all(not {"cookie", "authorization", "referer", "from"} & headers.keys() for headers in server.headers)
    acts = desk.acts()
    assert [action for action, _ in acts] == ["lookup.plan", *["lookup.query", "lookup.answer"] * 3]
    assert all(subject["exit"] == "direct" for action, subject in acts if action == "lookup.query")
    raw = {path.name: path.read_bytes() for path in (desk.folder / "case/answers/raw").iterdir()}
    assert set(raw) == {subject["sha256"] for action, subject in acts if action == "lookup.answer"}
    assert ROUTES["/org/A"][2] in raw.values()
    assert desk.verified()

    moved = desk.run("answers", "export", "case", "--output", "answers.zip")
    assert (moved.returncode, moved.stdout.strip()) == (0, "answers.zip")
    assert "learns which addresses the case is about" in moved.stderr
    server.log.clear()
    again = desk.analyze("--answers", "answers.zip", "--online", "vendor", case="again")
    assert again.returncode == 0, again.stderr
    assert "Nothing to ask online" in again.stdout
    assert server.log == []
    for name in ("findings.json", "addresses.jsonl", "sessions.jsonl"):
        assert (desk.folder / "case" / name).read_bytes() == (desk.folder / "again" / name).read_bytes(), name
    assert json.loads((desk.folder / "again/findings.json").read_bytes())["answers"]["replies"] == 3
    assert desk.verified("again")
    assert [action for action, _ in desk.acts("again")] == ["lookup.import", "lookup.plan"]
    assert desk.run("report", "again", "--output", "page.html").returncode == 0
    assert (desk.folder / "page.html").read_bytes() == (desk.folder / "again/report.html").read_bytes()


def test_answers_of_other_cases_stay_out(desk: Desk, tmp_path: Path) -> None:
    from tests.enrichment.test_answers import book, packed, reply

    book(tmp_path / "book", reply("203.0.113.45", tiny.body("A")), reply("198.51.100.200", tiny.body("B")))
    (tmp_path / "both.zip").write_bytes(packed(tmp_path / "book"))
    imported = desk.run("answers", "import", "both.zip", "--json")
    folder = json.loads(imported.stdout)
    assert folder["new"] == 2
    assert json.loads(desk.run("answers", "import", "both.zip", "--json").stdout)["new"] == 0
    assert desk.analyze("--answers", folder["folder"]).returncode == 0
    ((action, subject),) = desk.acts()
    assert (action, subject["replies"], subject["left_out"]) == ("lookup.import", 1, 1)
    assert len(list((tmp_path / "case/answers/raw").iterdir())) == 1
    assert desk.verified()


def test_a_damaged_file_of_answers_makes_no_case(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK")
    assert desk.analyze("--answers", "bad.zip").returncode == 3
    assert not (tmp_path / "case").exists()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--online", "vendor", "--yes", "--pap", "RED"), 6, "PAP:RED of this case does not allow"),
        (("--online", "ptr", "--yes"), 6, "PAP:AMBER of this case does not allow"),
        (("--online", "ptr", "--yes", "--pap", "GREEN"), 6, "may be the adversary"),
        (("--online", "whois"), 2, "no class of look-ups"),
        (("--online", "vendor", "--pap", "BLUE"), 2, "no PAP mark"),
        (("--online", "vendor", "--proxy", "socks5://127.0.0.1:9050"), 2, "resolved on this machine"),
        (("--online", "vendor", "--online-limit", "0"), 2, "no limit"),
    ],
)
def test_what_is_refused_makes_no_case_and_sends_nothing(
    desk: Desk, server: Served, words: tuple[str, ...], status: int, said: str
) -> None:
    done = desk.analyze(*words)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr
    assert not (desk.folder / "case").exists()
    assert server.log == []


def test_the_owners_addresses_never_leave(desk: Desk, server: Served) -> None:
    text = (MARCH / "owner.toml").read_text()
    mine = desk.folder / "owner.toml"
    mine.write_text(re.sub(r"addresses = \[", 'addresses = ["203.0.113.45", ', text, count=1))
    assert mine.read_text() != text
    done = desk.analyze("--owner", str(mine), "--online", "vendor", "--yes", "--json", owner=False)
    asked = {path for path in server.log if "203.0.113.45" in path}
    assert (asked, done.returncode) == (set(), 0), done.stderr
    assert server.log == ["/ip/198.51.100.21"]


def test_without_an_owner_the_plan_says_that_nobody_knows_whose_they_are(desk: Desk, server: Served) -> None:
    done = desk.analyze("--online", "vendor", owner=False)
    assert done.returncode == 6
    assert "these addresses may include the owner's own" in done.stdout
    assert server.log == []


def test_a_network_that_gives_nothing_is_exit_7_and_a_complete_case(desk: Desk) -> None:
    desk.settings.write_text(f'[sample]\nregistry = "http://{HOST}:{loopback.free_port()}"\n')
    done = desk.analyze("--online", "vendor", "--yes")
    assert (done.returncode, "not one answer could be had" in done.stderr) == (7, True), done.stderr
    assert "2 failed" in done.stdout
    assert desk.verified()


def test_a_dead_proxy_is_exit_7_and_nothing_goes_past_it(desk: Desk, server: Served) -> None:
    way = f"socks5h://{HOST}:{loopback.free_port()}"
    done = desk.analyze("--online", "vendor", "--yes", "--proxy", way)
    assert (done.returncode, "the proxy cannot be reached" in done.stderr) == (7, True), done.stderr
    assert server.log == []
    assert desk.verified()


def test_a_case_marked_red_is_never_looked_up(desk: Desk, server: Served) -> None:
    CaseFolder.create(desk.folder / "red", CaseFacts(id="0" * 16, pap="RED"))
    done = desk.run("case", "look-up", "red", "--online", "vendor", "--yes")
    assert (done.returncode, "PAP:RED" in done.stderr, server.log) == (6, True, []), done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_kill_in_the_middle_leaves_a_valid_case(tmp_path: Path, how: signal.Signals) -> None:
    """The second question hangs; the process is killed there. What was answered before is sealed."""

    def hang(handler: object) -> None:
        del handler
        time.sleep(30)

    with loopback.registry({**ROUTES, "/org/A": hang, "/ip/198.51.100.21": hang}) as server:
        desk = Desk(tmp_path, server.port)
        words = ("analyze", *EVIDENCE, "--owner", str(MARCH / "owner.toml"), "--case", "case")
        with subprocess.Popen(
            desk.command(*words, "--online", "vendor", "--yes"),
            cwd=tmp_path, env=desk.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            while not {"/org/A", "/ip/198.51.100.21"} & set(server.log) and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(how)
            process.wait()
    if how is signal.SIGKILL:
        assert desk.run("case", "recover", "case").returncode == 0
    assert desk.verified()
    assert (tmp_path / "case/report.html").exists(), "the case was complete before anything was asked"
    asked = [subject["request"] for action, subject in desk.acts() if action == "lookup.query"]
    assert asked, "a question is recorded before it is sent"


@pytest.mark.parametrize(("answer", "status"), [(b"y\n", 0), (b"n\n", 6), (b"\n", 6)])
def test_at_a_terminal_the_plan_is_shown_and_asked_about(
    desk: Desk, server: Served, answer: bytes, status: int
) -> None:
    """A real terminal on stdin and stderr; the question comes after the plan, and an empty answer means no."""
    near, far = pty.openpty()
    words = ("analyze", EVIDENCE[0], "--case", "case", "--online", "vendor")
    with subprocess.Popen(
        desk.command(*words), cwd=desk.folder, env=desk.environment, stdin=far, stdout=subprocess.PIPE, stderr=far
    ) as process:
        os.close(far)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(near, 4096)
        assert server.log == []
        os.write(near, answer)
        out, _ = process.communicate()
        with suppress(OSError):  # Linux ends a closed terminal with an error
            while more := os.read(near, 4096):
                shown += more
    os.close(near)
    assert process.returncode == status, shown
    assert b"Plan of online look-ups (vendor)" in shown.split(b"[y/N]")[0]
    assert bool(server.log) == (status == 0)
    assert b"Plan of online look-ups" not in out, "shown once"
    assert desk.acts()[0][1]["how"] == ("asked at the terminal" if status == 0 else "nobody agreed")


def test_an_interruption_while_judging_again_leaves_a_valid_case(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst moment: findings are written anew, and the log does not know of it yet."""
    real, calls = judged_case, []

    def interrupted(*given: Any) -> Any:
        calls.append(given)
        done = real(*given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr("forensics.pipeline.derivation.judged_case", interrupted)
    assert desk.analyze("--online", "vendor", "--yes").returncode == 130
    monkeypatch.undo()
    assert "answers" in json.loads((desk.folder / "case/findings.json").read_bytes())
    assert desk.verified()
