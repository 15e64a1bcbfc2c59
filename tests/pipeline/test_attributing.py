"""``findings --explain`` and ``attribute``: the whole derivation, recomputed by a stranger; what-ifs that change nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics import cli
from forensics.attribution.whatif import keys
from forensics.chain_of_custody import verify_case
from forensics.pipeline.outcome import Outcome
from tests import recompute_derivation as independent
from tests.pipeline import march
from tests.test_cli import valid

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="run")
def _run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; return exit status, stdout, stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        status = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_a_stranger_recomputes_the_derivation(run: Run, outcome: Outcome, tmp_path: Path) -> None:
    status, out, _ = run("findings", outcome.case.path, "--explain", "f-7", "--json")
    assert status == 0
    document = json.loads(out)
    valid("derivation", document)
    path = tmp_path / "derivation.json"
    path.write_text(out)
    words = [sys.executable, "-I", independent.__file__, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" figures of F-7 recomputed, 0 differ\n")
    document["evaluations"][0]["rings"]["exact"] = 19
    document["evaluations"][0]["recorded"] = 19
    path.write_text(json.dumps(document))
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "DIFFERS: 203.0.113.45 against country: dedicated, pi0 mean" in done.stdout


def test_every_weighed_finding_is_recomputed_to_the_digit(outcome: Outcome) -> None:
    from forensics.pipeline import explained_findings

    documents = list(explained_findings.documents(outcome.case.path))
    assert [item["finding"] for item in documents] == ["F-7", "F-8"]
    for document in documents:
        assert all(computed == told for _, computed, told in independent.recomputed(dict(document)))


def test_the_explanation_reads_in_order(run: Run, outcome: Outcome) -> None:
    status, out, _ = run("findings", outcome.case.path, "--explain", "F-7")
    assert status == 0
    position = 0
    for line in (
        "1. What is weighed",
        "sum: 20 + 0 + 1,772 + 0 + 342,720 + 393,408 = 737,920",
        "pi(exact) = pi0 = 0.074 (95 %: 0.027 to 0.143)",
        "dedicated: q(exact) = 1 x 1 / 737,920 + 19 / 737,920 = 2.71032e-05",
        "dedicated: S = 2 ^ -(0 / 1,461) = 1",
        "dedicated, pi0 mean: L = 0.074 / 2.71032e-05; if L > 1: 1 + 1 x (L - 1), else L = 2730.3",
        "N = 7,424 addresses of the network on that day",
        "2730.3 x 0.812222 = 2217.61",
        "client: no number (lambda 0.5): not evaluated: no data.",
        "exact, expected: 2 x 26 / 737,920 = 7.04683e-05",
        "headline, the weaker of both: moderate support",
        "Source: Verbal scale of the Association of Forensic Science Providers",
        "What else could explain it",
        "Link B, quoted and not computed",
        "Not shown, and not for an address to show",
        "Rows it rests on",
    ):
        position = out.find(line, position)
        assert position >= 0, line


def test_a_plain_fact_is_explained_as_it_is(run: Run, outcome: Outcome) -> None:
    status, out, _ = run("findings", outcome.case.path, "--explain", "F-1")
    assert status == 0
    assert json.loads(out)["id"] == "F-1"
    valid("finding", json.loads(run("findings", outcome.case.path, "--explain", "F-1", "--json")[1]))
    assert run("findings", outcome.case.path, "--explain", "F-99")[0] == 2


@pytest.mark.parametrize(("lost", "status"), [("scatter country", 0), ("q exact, dedicated", 3), ("count exact", 3)])
def test_a_finding_of_an_earlier_version_or_a_damaged_one(
    run: Run, outcome: Outcome, tmp_path: Path, lost: str, status: int
) -> None:
    """What an earlier version noted is printed as it is; a derivation with a hole is no derivation."""
    case = Path(shutil.copytree(outcome.case.path, tmp_path / "case"))
    document = json.loads((case / "findings.json").read_text())
    (found,) = (item for item in document["findings"] if item["id"] == "F-7")
    del found["facts"]["derivation"][lost]
    (case / "findings.json").chmod(0o600)
    (case / "findings.json").write_text(json.dumps(document))
    ended, out, err = run("findings", case, "--explain", "F-7")
    assert ended == status
    assert ("damaged" in err) is bool(status)
    assert status or json.loads(out)["id"] == "F-7"


def test_a_what_if_moves_the_verdict_and_changes_nothing(run: Run, outcome: Outcome, tmp_path: Path) -> None:
    case = Path(shutil.copytree(outcome.case.path, tmp_path / "case"))
    before = march.contents(case)
    status, out, _ = run("attribute", case, "--set", "pi0=0.027", "--class", "vpn", "--json")
    assert status == 0
    told = json.loads(out)
    valid("what-if", told)
    assert told["finding"] is False
    assert told["same_as_sealed"] is True
    assert [item["key"] for item in told["changes"]] == ["pi0", "class"]
    hit = told["verdicts"][0]
    assert (hit["finding"], hit["address"]) == ("F-7", "203.0.113.45")
    assert hit["before"]["strength"]["lr"] == 2217.61
    assert hit["before"]["named"] == ["Sample Ministry of Order (fictional)"]
    assert hit["after"]["strength"]["lr"] < 10
    assert hit["after"]["named"] == [], "Link B falls where anybody can be behind the address"
    assert march.contents(case) == before
    assert verify_case(case).ok


@pytest.mark.parametrize(
    ("words", "lower"),
    [
        (("--set", "pi0=0.03"), True),
        (("--class", "cgnat"), True),
        (("--class", "unknown"), True),
        (("--population", "100000"), True),
        (("--population", "2000000"), False),
        (("--population", "users=8000000"), None),
        (("--set", "half_life.dedicated=1"), None),
    ],
)
def test_each_option_moves_the_ratio_its_way(
    run: Run, outcome: Outcome, words: tuple[str, ...], *, lower: bool | None
) -> None:
    status, out, _ = run("attribute", outcome.case.path, *words, "--json")
    assert status == 0
    hit = json.loads(out)["verdicts"][0]
    before, after = (hit[name]["strength"]["lr"] for name in ("before", "after"))
    if lower is None:
        assert after == before, "inside the period one customer holds the address: neither counts"
    else:
        assert (after < before) is lower


def test_other_registries_may_be_supposed(run: Run, outcome: Outcome, tmp_path: Path) -> None:
    small = Path(shutil.copytree(march.ROOT / "samples" / "registry", tmp_path / "registry"))
    (small / "records" / "sr-1.toml").unlink()
    status, out, _ = run("attribute", outcome.case.path, "--registry", small)
    assert status == 0
    assert "Supposed: other registries: " in out
    assert "    after:  not on record" in out


def test_what_is_said_in_words(run: Run, outcome: Outcome) -> None:
    status, out, _ = run("attribute", outcome.case.path, "--set", "pi0=0.027")
    assert status == 0
    assert out.startswith("A what-if: nothing of this is a finding, and nothing in the case was changed.\n")
    assert "Supposed: pi0 = 0.027 instead of 0.074" in out
    assert (
        "    before: moderate support: likelihood ratio 2,200 (range 850 to 5,300), 37 against the same network" in out
    )
    assert "    after:  moderate support: likelihood ratio 850 (range 850 to 1,000), 13 against the same network" in out


def test_without_a_wish_the_assumptions_are_listed(run: Run, outcome: Outcome) -> None:
    status, out, _ = run("attribute", outcome.case.path)
    assert status == 0
    from forensics.attribution.parameters import default

    assert [line.split()[0] for line in out.splitlines()] == list(keys(default()))
    assert "pi0                   0.074" in out
    found = json.loads(run("attribute", outcome.case.path, "--json")[1])
    valid("assumptions", found)


def test_an_unknown_key_lists_the_keys(run: Run, outcome: Outcome) -> None:
    for more in ((), ("--table",)):
        status, out, err = run("attribute", outcome.case.path, "--set", "pi=0.1", *more)
        assert (status, out) == (2, "")
        assert "'pi' is no assumption of the model" in err
        assert "half_life.dedicated" in err
        assert ("network_registry" in err) is bool(more)


EXAMPLE = (
    "population=738048", "users=8000000", "nearer=16914", "other_rings=country", "network=7424", "network_registry=20",
)  # fmt: skip


def table(run: Run, case: Path, *settings: str) -> dict[str, Any]:
    words = [word for setting in settings for word in ("--set", setting)]
    status, out, _ = run("attribute", case, "--table", "--json", *words)
    assert status == 0
    found: dict[str, Any] = json.loads(out)
    valid("sensitivity", found)
    return found


def test_the_worked_example_on_the_sample_case(run: Run, outcome: Outcome) -> None:
    """The reference's table, from the sample case: only what the example says differently is set."""
    found = table(run, outcome.case.path, *EXAMPLE)
    rows = {(row["registry"], row["quantile"]): row for row in found["sizes"]}
    wanted = {
        (20, "low"): (465, 277),
        (20, "mean"): (1215, 722),
        (20, "high"): (2170, 1291),
        (1, "mean"): (24_293, 14_445),
        (200, "mean"): (121.5, 72),
    }
    for key, (inside, static) in wanted.items():
        assert rows[key]["inside"] == pytest.approx(inside, rel=0.002), key
        assert rows[key]["static"] == pytest.approx(static, rel=0.006), key
    assert {round(row["dynamic"], 1) for row in rows.values()} == {0.4, 0.5}
    assert found["network"] == pytest.approx(27.5, rel=0.002)
    sharing = table(run, outcome.case.path, *EXAMPLE, "nearer=7424")
    assert [round(item["together"], -1) for item in sharing["classes"] if item["scenario"] == "shared by 200"] == [640]


def test_the_table_of_the_case_itself_agrees_with_its_finding(run: Run, outcome: Outcome) -> None:
    found = table(run, outcome.case.path)
    (own,) = (row for row in found["sizes"] if (row["registry"], row["quantile"]) == (20, "mean"))
    assert own["hit"] == 2730.3
    assert own["inside"] == pytest.approx(2217.61, rel=1e-3)
    assert found["network"] == pytest.approx(36.6251, rel=1e-5)


def test_a_table_needs_an_exact_hit(run: Run, outcome: Outcome) -> None:
    assert run("attribute", outcome.case.path, "--table", "--finding", "F-8")[0] == 2
    assert run("attribute", outcome.case.path, "--table", "--class", "vpn")[0] == 2
