"""Cases side by side: the samples tie by one address and one device, and what must not tie, does not."""

from __future__ import annotations

import csv
import ipaddress
import json
import random
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from forensics import cli
from forensics.attribution.rings import COUNTED
from forensics.attribution.wording import forbidden
from forensics.enrichment.context import Inquiry
from forensics.errors import CaseError, PolicyError, TamperError, UsageError
from forensics.pipeline import correlation_page, correlation_told
from forensics.pipeline.analyze import analyze
from forensics.pipeline.common_ground import CommonGround
from forensics.pipeline.correlating import Correlation, correlate
from forensics.pipeline.request import Request
from forensics.pipeline.tie_weighing import TieWeigher
from forensics.registry.lookup import Index
from forensics.report.document import as_text
from tests.pipeline import march
from tests.pipeline.side_by_side import case, compare, sample_registry, sample_snapshots, use

SAMPLES = march.ROOT / "samples"
SCHEMA = json.loads((march.ROOT / "docs" / "schemas" / "correlation.json").read_text())
KNOWN, SECOND, LOOK_ALIKE = "203.0.113.45", "198.51.100.21", "198.51.100.33"
VPN, CGNAT, HOME = "198.51.100.130", "198.51.100.70", "192.0.2.14"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the two sample cases, sealed."""
    folder = tmp_path_factory.mktemp("sealed")
    made = []
    for name in ("march", "colleague"):
        request = Request(
            paths=(str(SAMPLES / name / "evidence"),),
            case=folder / name,
            owner=SAMPLES / name / "owner.toml",
            registries=(SAMPLES / "registry",),
            snapshots=(SAMPLES / "snapshots",),
            stated={"title": f"The secret title of {name}"},
        )
        made.append(analyze(request).case.path)
    return made[0], made[1]


@pytest.fixture(scope="module")
def found(sealed: tuple[Path, Path]) -> Correlation:
    return correlate(sealed)


def told(found: Correlation, *, names: bool = False) -> dict[str, Any]:
    held = json.loads(json.dumps(correlation_told.as_json(found, names=names)))
    Draft202012Validator(SCHEMA).validate(held)
    return dict(held)


def kinds(found: Correlation, standing: str) -> list[tuple[str, str]]:
    return [(tie.kind, tie.value) for pair in found.pairs for tie in pair.ties if tie.standing == standing]


# --- the samples ------------------------------------------------------------------------------------------------------


def test_the_samples_tie_by_one_address_and_one_device(found: Correlation) -> None:
    assert kinds(found, "tie") == [("address", KNOWN), ("device", "datr:Qx7k")]
    (pair,) = told(found)["pairs"]
    assert pair["tied_by"] == {"address": 1, "device": 1}
    address, device = pair["ties"][:2]
    assert 100 < address["strength"]["lr_low"] <= address["strength"]["lr"] <= address["strength"]["lr_high"] == 10_000
    assert address["strength"]["lr_network"] < 1_000
    assert {link["gap_days"] for link in address["directions"]} == {363, -363}
    assert 1 < device["strength"]["lr_low"] < 10 < device["strength"]["lr"] < 100
    for tie in (address, device):
        assert len(tie["counter_hypotheses"]) >= 5
        assert all(
            other[key] for other in tie["counter_hypotheses"] for key in ("hypothesis", "result", "would_change")
        )


def test_the_look_alike_and_the_steps_are_near_and_tie_nothing(found: Correlation) -> None:
    assert [kind for kind, _ in kinds(found, "near")] == ["neighbourhood", "sequence"]
    (pair,) = told(found)["pairs"]
    (near,) = [tie for tie in pair["ties"] if tie["kind"] == "neighbourhood"]
    assert {item["address"] for item in near["uses"]} == {SECOND, LOOK_ALIKE}
    assert near["strength"]["lr_low"] == near["strength"]["lr"] == 1
    assert any("would lie so near each other on average" in other["result"] for other in near["counter_hypotheses"])
    (steps,) = [tie for tie in pair["ties"] if tie["kind"] == "sequence"]
    assert steps["strength"] is None


def test_what_was_compared_without_a_match_is_told(found: Correlation) -> None:
    (pair,) = told(found)["pairs"]
    assert sorted(address for side in pair["compared"]["sides"] for address in side["unmatched"]) == sorted(
        [SECOND, LOOK_ALIKE, "240.3.77.20"]
    )
    assert pair["compared"]["address_pairs"] == 6
    assert 0 < pair["compared"]["expected_by_chance"] < 1e-4


def test_order_of_arguments_and_repetition_change_nothing(sealed: tuple[Path, Path], found: Correlation) -> None:
    assert told(correlate(sealed[::-1])) == told(found)


def test_a_comparison_is_symmetric(tmp_path: Path) -> None:
    one = case(tmp_path, "C-1", [use(KNOWN, "2020-03-11"), use(SECOND, "2020-03-11", device="datr:abcd")])
    other = case(
        tmp_path, "C-2", [use(KNOWN, "2020-12-01", provider="x"), use("240.5.1.1", "2020-12-01", device="datr:abcd")]
    )
    (forth,), (back,) = compare(tmp_path, one, other).pairs, compare(tmp_path, other, one).pairs
    assert forth.strength == back.strength
    assert forth.sides == back.sides[::-1]
    assert [(tie.value, tie.strength, tie.standing) for tie in forth.ties] == [
        (tie.value, tie.strength, tie.standing) for tie in back.ties
    ]


def test_folders_with_evidence_give_the_same_pseudonyms_and_ties(found: Correlation) -> None:
    made = correlate([SAMPLES / "march", SAMPLES / "colleague"])
    assert all(case.made_here for case in made.cases)
    assert [case.id for case in made.cases] == [case.id for case in found.cases]
    assert told(made)["pairs"] == told(found)["pairs"]


def test_names_are_printed_only_where_asked_for(sealed: tuple[Path, Path], found: Correlation) -> None:
    quiet = json.dumps(told(found)) + "\n".join(correlation_told.lines(found, names=False))
    for private in ("secret title", str(sealed[0]), "editor", "colleague@", HOME, "192.0.2.90", CGNAT):
        assert private not in quiet
    loud = json.dumps(told(found, names=True)) + "\n".join(correlation_told.lines(found, names=True))
    assert "The secret title of march" in loud
    assert str(sealed[0]) in loud


def test_no_text_holds_a_forbidden_phrase(found: Correlation) -> None:
    for text in (*correlation_told.lines(found, names=True), json.dumps(told(found))):
        assert not forbidden(text)


def test_clusters_print_their_weakest_edge_and_what_would_split_them(found: Correlation) -> None:
    (cluster,) = told(found)["clusters"]
    assert cluster["weakest"] in cluster["edges"]
    assert cluster["would_split"] == cluster["edges"]


def test_the_command_line_prints_words_json_and_files(
    sealed: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["correlate", str(sealed[0]), str(sealed[1])]
    assert cli.run(words) == 0
    assert "tied by 1 address and 1 device" in (text := capsys.readouterr().out)
    assert cli.run([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    for name, more in (("told.txt", []), ("told.json", ["--json"])):
        assert cli.run([*words, *more, "--out", str(tmp_path / name)]) == 0
        assert cli.run([*words, *more, "--out", str(tmp_path / name)]) == 3
    assert (tmp_path / "told.txt").read_text() == text
    assert json.loads((tmp_path / "told.json").read_text()) == printed
    capsys.readouterr()


def test_the_page_shows_cases_and_what_they_share(found: Correlation) -> None:
    graph = correlation_page.graph_of(found, names=False)
    assert {(node.kind, node.label, bool(node.hub)) for node in graph.nodes if node.kind != "case"} == {
        ("address", KNOWN, False),
        ("device", "datr:Qx7k", False),
        ("neighbourhood", "198.51.100.0/24", True),
        ("sequence", "code_sent > login > password_changed > session_ended > export_requested", True),
    }
    joining = [edge for edge in graph.edges if not edge.why]
    assert sorted((edge.one, edge.other) for edge in joining) == sorted(
        (case.id, value) for case in found.cases for value in (f"address {KNOWN}", "device datr:Qx7k")
    )
    (pair,) = found.pairs
    held = {f"{tie.kind} {tie.value}": tie.strength for tie in pair.tied}
    for edge in joining:
        strength = held[edge.other]
        assert strength is not None
        assert (edge.lr_low, edge.lr_high) == (strength.lr_low, strength.lr_high)


@pytest.mark.parametrize("names", [False, True])
def test_the_page_says_what_the_words_say(found: Correlation, names: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    document = correlation_page.document_of(found, names=names)
    shown = " ".join(as_text(document).split())
    for line in correlation_told.lines(found, names=names):
        text = " ".join(line.strip().removeprefix("- ").split())
        assert text in shown or "cases compared" in text
    assert document.marks == ("TLP:AMBER+STRICT",)
    assert ("The secret title of march" in shown) is names


def test_the_page_and_the_pdf_are_whole_and_load_nothing(
    sealed: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["correlate", str(sealed[0]), str(sealed[1])]
    assert cli.run([*words, "--format", "html"]) == 2
    assert cli.run([*words, "--format", "doc"]) == 2
    for form in ("html", "pdf"):
        assert cli.run([*words, "--format", form, "--out", str(tmp_path / f"told.{form}")]) == 0
    capsys.readouterr()
    page = (tmp_path / "told.html").read_text()
    assert page.count("<svg") == 1
    assert f">{KNOWN}<" in page
    with pikepdf.open(tmp_path / "told.pdf") as held:
        assert held.Root.MarkInfo.Marked
        assert b"pdfaid:conformance" in held.Root.Metadata.read_bytes()
    done = subprocess.run(["pdftotext", "-layout", str(tmp_path / "told.pdf"), "-"], capture_output=True, check=True)
    text = " ".join(done.stdout.decode().split())
    assert "tied by 1 address and 1 device" in text
    assert "TLP:AMBER+STRICT" in text
    assert "Page 1 of" in text


def _anonymous(text: str) -> str:
    """Leave pseudonyms out: they change with every word that a session's reasons are told in."""
    return re.sub(r"C-[0-9a-f]{12}", "C-…", text)


def test_the_commands_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (march.ROOT / "docs" / "correlating-cases.md").read_text()
    (block,) = re.findall(r"<!-- transcript:correlate -->\n```console\n(.*?)```", page, re.DOTALL)
    (tmp_path / "samples").symlink_to(SAMPLES)
    monkeypatch.chdir(tmp_path)
    command, *expected = block.splitlines()
    assert cli.run(shlex.split(command.removeprefix("$ forensics "))) == 0
    out, position = _anonymous(capsys.readouterr().out), 0
    for line in map(_anonymous, expected):
        position = out.find(line.removesuffix("…").strip(), position)
        assert position >= 0, line


def test_a_case_of_very_many_addresses_is_listed_and_not_weighed(tmp_path: Path) -> None:
    many = [use(f"240.0.{n // 256}.{n % 256}", "2020-12-01") for n in range(5_001)]
    made = compare(
        tmp_path, case(tmp_path, "C-1", many), case(tmp_path, "C-2", [use("240.0.0.9", "2020-12-01", provider="x")])
    )
    (pair,) = made.pairs
    (tie,) = [item for item in pair.ties if item.kind == "address"]
    assert (tie.standing, pair.strength) == ("shared", None)
    assert tie.strength is not None
    assert tie.strength.words == "not evaluated"
    assert "not weighed" in pair.notes[0]
    assert told(made)["pairs"][0]["compared"]["sides"][0]["unmatched_total"] == 5_000


# --- what may be given ------------------------------------------------------------------------------------------------


def test_a_case_that_does_not_verify_is_refused_or_marked(sealed: tuple[Path, Path], tmp_path: Path) -> None:
    broken = Path(shutil.copytree(sealed[0], tmp_path / "broken"))
    with (broken / "sessions.jsonl").open("a") as target:
        target.write(json.dumps(use("240.0.0.9", "2020-03-11")) + "\n")
    with pytest.raises(TamperError, match="does not verify"):
        correlate([broken, sealed[1]])
    marked = correlate([broken, sealed[1]], unverified=True)
    assert sorted(case.verified for case in marked.cases) == [False, True]
    assert "NOT VERIFIED" in "\n".join(correlation_told.lines(marked, names=False))


def test_one_case_twice_is_refused(sealed: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="the same sessions"):
        correlate([sealed[0], SAMPLES / "march"])


def test_one_case_alone_and_no_case_are_refused(sealed: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least two"):
        correlate(sealed[:1])
    with pytest.raises(CaseError, match="neither a case"):
        correlate([sealed[0], tmp_path])


def test_a_case_whose_owner_declares_nothing_is_refused(sealed: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "given"
    (folder / "evidence").mkdir(parents=True)
    shutil.copytree(SAMPLES / "colleague" / "evidence" / "twitter-2021-04-02", folder / "evidence" / "x")
    (folder / "owner.toml").write_text('[owner]\nnotes = "nothing is declared"\n')
    with pytest.raises(PolicyError, match="declares nothing"):
        correlate([sealed[0], folder])


# --- what must not tie ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [VPN, "2001:db8:f000::5"])
def test_a_shared_vpn_exit_ties_nothing(tmp_path: Path, address: str) -> None:
    made = compare(
        tmp_path,
        case(tmp_path, "C-1", [use(address, "2020-12-01")]),
        case(tmp_path, "C-2", [use(address, "2020-12-01", provider="x")]),
    )
    (pair,) = made.pairs
    (tie,) = [item for item in pair.ties if item.kind == "address"]
    assert (tie.standing, pair.strength, pair.bridges, made.clusters) == ("shared", None, False, ())
    assert "hub" in tie.why


def test_an_address_of_either_owner_is_neither_compared_nor_printed(tmp_path: Path) -> None:
    office, lan = "240.2.9.9", "2001:db8:0:7"
    one = case(tmp_path, "C-1", [use(office, "2020-12-01"), use(f"{lan}::1", "2020-12-01")])
    other = case(
        tmp_path,
        "C-2",
        [
            use(office, "2020-12-02", role="owner"),
            use(office, "2020-12-03"),
            use(f"{lan}::2", "2020-12-03", role="owner"),
        ],
    )
    third = case(
        tmp_path, "C-3", [use(office, "2020-12-01", provider="x"), use(f"{lan}::3", "2020-12-01", provider="x")]
    )
    made = compare(tmp_path, one, other, third)
    assert [pair.ties for pair in made.pairs] == [(), (), ()]
    assert [left["addresses_of_an_owner"] for left in made.left_out] == [2, 1, 2]
    assert office not in json.dumps(told(made))
    assert lan not in json.dumps(told(made))


def test_a_declared_network_counts_for_every_case_and_day(tmp_path: Path) -> None:
    one = case(tmp_path, "C-1", [use("240.2.9.9", "2020-12-01")], nets=["240.2.9.0/24"])
    made = compare(tmp_path, one, case(tmp_path, "C-2", [use("240.2.9.9", "2019-12-02", provider="x")]))
    assert made.pairs[0].ties == ()


def test_unknown_roles_and_private_addresses_are_only_counted(tmp_path: Path) -> None:
    sessions = [use("10.0.0.1", "2020-12-01"), use("240.2.9.9", "2020-12-01", role="unknown"), use(None, "2020-12-01")]
    made = compare(
        tmp_path,
        case(tmp_path, "C-1", sessions),
        case(tmp_path, "C-2", [{**item, "provider": "x"} for item in sessions]),
    )
    assert made.pairs[0].ties == ()
    assert set(made.left_out[0].values()) == {0, 1}
    assert "240.2.9.9" not in json.dumps(told(made))


def test_sessions_that_both_cases_tell_alike_are_no_tie(tmp_path: Path) -> None:
    sessions = [use("240.2.9.9", "2020-12-01", device="datr:abcd", account="editor")]
    made = compare(tmp_path, case(tmp_path, "C-1", sessions), case(tmp_path, "C-2", sessions))
    (pair,) = made.pairs
    assert (pair.ties, pair.told_twice, pair.accounts_in_common) == ((), 1, 1)


def test_an_address_seen_in_many_cases_is_a_hub(tmp_path: Path) -> None:
    cases = [case(tmp_path, f"C-{n}", [use(KNOWN, f"2020-03-1{n}", provider=f"p{n}")]) for n in range(7)]
    few, many = compare(tmp_path, *cases[:5]), compare(tmp_path, *cases)
    assert {tie.standing for pair in few.pairs for tie in pair.ties} == {"tie"}
    assert few.clusters[0].cases == ("C-0", "C-1", "C-2", "C-3", "C-4")
    assert {tie.standing for pair in many.pairs for tie in pair.ties} == {"shared"}
    assert many.clusters == ()


def test_an_unknown_class_a_year_apart_weighs_nothing(tmp_path: Path) -> None:
    made = compare(
        tmp_path,
        case(tmp_path, "C-1", [use("240.3.77.20", "2020-03-11")]),
        case(tmp_path, "C-2", [use("240.3.77.20", "2021-03-09", provider="x")]),
    )
    ((tie,),) = [pair.ties for pair in made.pairs]
    assert tie.standing == "shared"
    assert tie.strength is not None
    assert tie.strength.lr == 1
    assert tie.strength.lr_high > 100


def test_an_identifier_that_is_masked_but_for_three_characters_ties_nothing(tmp_path: Path) -> None:
    sessions = [use("240.3.1.1", "2020-03-11", device="datr:abc")]
    other = case(tmp_path, "C-2", [use("240.5.1.1", "2020-03-11", device="datr:abc", provider="x")])
    (pair,) = compare(tmp_path, case(tmp_path, "C-1", sessions), other).pairs
    assert [(tie.kind, tie.standing) for tie in pair.ties] == [("device", "shared")]
    assert pair.strength is None


def test_a_device_of_either_owner_is_not_compared(tmp_path: Path) -> None:
    sessions = [use("240.3.1.1", "2020-03-11", device="datr:abcd")]
    owned = [
        use("240.5.1.1", "2020-03-11", device="datr:abcd", provider="x"),
        use(None, "2020-03-12", device="datr:abcd", role="owner"),
    ]
    (pair,) = compare(tmp_path, case(tmp_path, "C-1", sessions), case(tmp_path, "C-2", owned)).pairs
    assert pair.ties == ()
    assert [side.devices for side in pair.sides] == [0, 0]


def test_a_case_without_any_session_has_nothing_in_common(tmp_path: Path) -> None:
    made = compare(tmp_path, case(tmp_path, "C-1", []), case(tmp_path, "C-2", [use(KNOWN, "2020-03-11")]))
    assert (made.pairs[0].ties, made.pairs[0].strength, made.clusters) == ((), None, ())
    assert "nothing ties them" in "\n".join(correlation_told.lines(made, names=False))
    assert told(made)["pairs"][0]["compared"]["expected_by_chance"] == 0


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        '{"address": "nowhere", "last": "2020-03-11T00:00:00+00:00", "role": "unexplained"}',
        '{"last": "soon"}',
        "[1]",
    ],
)
def test_a_damaged_table_of_sessions_is_told(tmp_path: Path, line: str) -> None:
    damaged = case(tmp_path, "C-1", [use(KNOWN, "2020-03-11")])
    with (damaged.path / "sessions.jsonl").open("a") as target:
        target.write(line + "\n")
    with pytest.raises(CaseError, match=r"sessions\.jsonl"):
        compare(tmp_path, damaged, case(tmp_path, "C-2", [use(KNOWN, "2020-03-12", provider="x")]))


# --- the model --------------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(near=st.sets(st.integers(1, 254).filter(lambda last: last != 45), max_size=12))
def test_nested_matches_never_raise_a_pair_above_the_exact_match(
    tmp_path_factory: pytest.TempPathFactory, near: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("nested")
    later = case(folder, "C-2", [use(KNOWN, "2020-03-12", provider="x")])
    alone = compare(folder, case(folder, "C-1", [use(KNOWN, "2020-03-11")]), later).pairs[0]
    others = [use(f"203.0.113.{last}", "2020-03-11") for last in sorted(near)]
    more = compare(folder, case(folder, "C-1", [use(KNOWN, "2020-03-11"), *others]), later).pairs[0]
    assert alone.strength is not None
    assert more.strength is not None
    assert more.strength.lr <= alone.strength.lr
    assert more.strength.lr_low <= alone.strength.lr_low
    (one,), (other,) = ([tie for tie in pair.ties if tie.kind == "address"] for pair in (alone, more))
    assert one.strength is not None
    assert other.strength is not None
    assert other.strength.lr_low <= one.strength.lr_low


def test_the_best_of_many_addresses_counts_only_its_share(tmp_path: Path) -> None:
    others = [use(f"240.5.{n}.1", "2020-03-12", provider="x") for n in range(49)]
    first, second = [use(KNOWN, "2020-03-11")], [use(KNOWN, "2020-03-12", provider="x")]
    (few,) = compare(tmp_path, case(tmp_path, "C-1", first), case(tmp_path, "C-2", second)).pairs
    (many,) = compare(tmp_path, case(tmp_path, "C-1", first), case(tmp_path, "C-2", second + others)).pairs
    assert few.strength is not None
    assert many.strength is not None
    assert (few.strength.lr, many.strength.lr) == (10_000, 10_000 / 50)


def test_the_mean_ratio_of_simulated_innocents_is_at_most_one(tmp_path: Path) -> None:
    """Unrelated sources of the sample country against a case of two addresses: drawn, and enumerated ring by ring."""
    dice = random.Random(20210309)  # noqa: S311 - a simulation
    with (SAMPLES / "snapshots" / "networks.csv").open() as rows:
        nets = [ipaddress.ip_network(row["prefix"]) for row in csv.DictReader(rows) if row["country"] == "QZ"]
    v4 = [net for net in nets if net.version == 4]
    drawn = [
        str(net[dice.randrange(net.num_addresses)])
        for net in dice.choices(v4, [net.num_addresses for net in v4], k=400)
    ]
    rings = [KNOWN, "203.0.113.46", LOOK_ALIKE, "240.5.1.1", "240.11.16.9", *drawn]
    cases = (
        case(tmp_path, "C-1", [use(KNOWN, "2020-03-11"), use(SECOND, "2020-03-11")]),
        case(tmp_path, "C-2", [use(address, "2021-03-09", provider="x") for address in rings]),
    )
    inquiry = Inquiry(sample_snapshots(), "event")
    ground = CommonGround(cases, inquiry, tmp_path)
    ground.pair(0, 1)
    weigher = TieWeigher(ground, cases, inquiry, sample_snapshots(), Index(sample_registry().used))
    weigher.told(0, KNOWN, 1, KNOWN)
    links = {address: weigher.link(1, address, 0) for address in dict.fromkeys(rings)}
    ground.close()
    weighed = [found.strength.lr for address in drawn if (found := links[address]) is not None]
    assert len(weighed) == len(drawn)
    assert sum(weighed) / len(weighed) <= 1
    exact = links[KNOWN]
    assert exact is not None
    counts = {ring: float(exact.derivation[f"count {ring}"]) for ring in COUNTED}
    highest = {
        ring: max((found.strength.lr for found in links.values() if found and found.ring == ring), default=None)
        for ring in COUNTED
    }
    assert [ring for ring in COUNTED if counts[ring] and highest[ring] is None] == []
    mean = sum(counts[ring] * (highest[ring] or 0) for ring in COUNTED) / sum(counts.values())
    assert 0.4 < mean <= 1


def test_a_device_at_the_tied_address_counts_once_with_it(tmp_path: Path) -> None:
    def pair(device_at: str) -> Any:
        first = [use(KNOWN, "2020-03-11"), use(device_at, "2020-03-11", device="datr:abcd", provider="y")]
        second = [
            use(KNOWN, "2020-03-12", provider="x"),
            use(device_at, "2020-03-12", device="datr:abcd", provider="z"),
        ]
        folder = tmp_path / device_at
        return compare(folder, case(folder, "C-1", first), case(folder, "C-2", second)).pairs[0]

    nested = pair(KNOWN)
    address, device = (tie.strength for tie in nested.ties if tie.standing == "tie")
    assert nested.strength.lr == max(address.lr, device.lr)
    assert nested.strength.lr_low <= max(address.lr_low, device.lr_low)
