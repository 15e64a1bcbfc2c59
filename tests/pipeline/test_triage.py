"""``sessions --triage``: an order, labelled as one, with its population; no finding, no report and no seal knows of it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from forensics import cli
from forensics.pipeline.analyze import analyze
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.request import Request
from forensics.pipeline.triage import LABEL, ordered
from tests.pipeline import march
from tests.test_cli import valid

HOME, TAKER = "192.0.2.61", "203.0.113.9"
OWNER = """[owner]
addresses = [{ net = "192.0.2.61", label = "home" }]
[owner.accounts]
linux = "editor"
"""


def login(day: int, user: str, address: str) -> str:
    return f"2020-06-{day:02}T07:00:00+00:00 web1 sshd[{day}]: Accepted password for {user} from {address} port 51000 ssh2\n"


def servers(folder: Path, users: int, owner: str = OWNER) -> Outcome:
    """Analyse the log of a server: ten log-ins of the owner, one from elsewhere, and one of each other user."""
    folder.mkdir(exist_ok=True)
    lines = [login(day, "editor", HOME) for day in range(1, 11)]
    lines += [login(11, "editor", TAKER)]
    lines += [login(12, f"reader{number}", f"198.51.100.{number}") for number in range(1, users + 1)]
    (folder / "auth.log").write_text("".join(lines))
    (folder / "owner.toml").write_text(owner)
    with march.clock("1592000000"):
        return analyze(
            Request(
                paths=(str(folder / "auth.log"),),
                owner=folder / "owner.toml",
                case=folder / "case",
                key=march.key_file(folder),
            )
        )


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run a command that succeeds; return its stdout."""
    assert cli.run([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_the_order_of_march_changes_nothing_that_is_sealed(
    outcome: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    case = outcome.case.path
    before = march.contents(case)
    out = printed(capsys, "sessions", case, "--triage", "--json")
    told = json.loads(out)
    valid("triage", told)
    assert told["finding"] is False
    assert told["label"] == LABEL
    assert told["population"]["users"] == 1 + told["population"]["accounts"] + told["population"]["visitors"]
    ratios = [item["ratio"] for item in told["sessions"]]
    assert ratios == sorted(ratios, reverse=True)
    rows = [json.loads(line) for line in (case / "sessions.jsonl").read_text().splitlines()]
    assert {item["id"] for item in told["sessions"]} == {row["id"] for row in rows if row["role"] == "unexplained"}
    assert march.contents(case) == before, "no byte of the case moves"
    for name, held in before.items():
        if name.endswith((".json", ".jsonl", ".html", ".log")):
            assert b"triage" not in held.lower(), name
    assert printed(capsys, "sessions", case, "--triage", "--json") == out


def test_nothing_that_is_sealed_can_ask_for_the_order() -> None:
    """One module computes it, one asks for it, and the command line prints it."""
    named = re.compile(r"\btriage\b|\bTriage\b")
    package = march.ROOT / "forensics"
    told = {str(path.relative_to(package)) for path in package.rglob("*.py") if named.search(path.read_text())}
    assert told == {"attribution/triage.py", "pipeline/triage.py", "cli/case.py"}


@pytest.mark.parametrize("form", ["table", "csv", "jsonl"])
def test_every_form_says_what_it_is(outcome: Outcome, capsys: pytest.CaptureFixture[str], form: str) -> None:
    out = printed(capsys, "sessions", outcome.case.path, "--triage", "--format", form)
    if form == "table":
        assert out.startswith(f"{LABEL}\nPopulation: ")
        assert "visitors of web sites" in out
    elif form == "csv":
        assert all(row["triage"] == "no finding" for row in csv.DictReader(io.StringIO(out)))
    else:
        assert all(json.loads(line)["triage"] == "no finding" for line in out.splitlines())
    assert out.count("no finding") >= 5


def test_other_users_of_a_server_are_the_population(tmp_path: Path) -> None:
    found = ordered(servers(tmp_path / "many", 20).case.path)
    assert (found.population.own_sessions, found.population.accounts, found.population.users) == (10, 20, 21)
    ((row, score),) = found.sessions
    assert row["address"] == TAKER
    assert score is not None
    assert score.ratio == pytest.approx(4 * (1 / 21) / (10 / 30), rel=1e-5)
    assert score.factors[0].p == pytest.approx(0.6 / (30 + 1 + 21 + 21))


def test_without_others_it_says_that_there_is_no_population(tmp_path: Path) -> None:
    found = ordered(servers(tmp_path / "one", 0).case.path)
    assert found.population.says.startswith("Population: none.")
    assert [score.ratio for _, score in found.sessions if score] == [4]


def test_accounts_of_which_nobody_knows_whose_they_are_are_put_in_order(tmp_path: Path) -> None:
    found = ordered(servers(tmp_path / "unsaid", 3, OWNER.replace('linux = "editor"', "")).case.path)
    assert found.population.accounts == 0
    assert sorted(row["account"] for row, _ in found.sessions) == ["editor", "reader1", "reader2", "reader3"]


def test_without_an_explained_session_the_order_is_that_of_time(tmp_path: Path) -> None:
    found = ordered(servers(tmp_path / "none", 2, "[owner]\n").case.path)
    assert all(score is None for _, score in found.sessions)
    assert "nothing to compare with" in found.population.says
    valid("triage", json.loads(json.dumps(found.as_json())))
    times = [row["first"] for row, _ in found.sessions]
    assert times == sorted(times)
