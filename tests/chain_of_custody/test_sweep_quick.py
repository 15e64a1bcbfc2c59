"""A sample of ``make custody-sweep``, and of what it found once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from forensics.chain_of_custody.verify import verify_case
from tests.chain_of_custody import forgeries, sealed_case, sweep

if TYPE_CHECKING:
    from pathlib import Path


def test_a_sample_of_every_kind_of_damage_is_noticed_by_both_verifiers(tmp_path: Path) -> None:
    case = forgeries.make(tmp_path / "case", kit=False)
    assert sweep.judged(case) == ([], [])
    found = [sweep.sweep_bytes(case, name, 397, 5) for name in sweep.files(case)]
    found += [sweep.sweep_files(case), sweep.sweep_forgeries(case)]
    tried = sum((one for one, _ in found), start=Counter[str]())
    assert [place for _, missed in found for place in missed] == []
    assert set(tried) > {"bit flipped", "byte inserted", "byte deleted", "cut off", "swapped", "removed", "forged"}
    assert sum(tried.values()) > 300


def test_the_forgeries_of_a_key_holder_are_found_by_each_thing_kept_outside(tmp_path: Path) -> None:
    told = sweep.sweep_outside(forgeries.make(tmp_path / "case", kit=False))
    assert len(told) == len(forgeries.OUTSIDE)
    for name, alone, found in told:
        assert alone, name
        assert all(found.values()), (name, found)


def test_a_cosignature_in_a_log_without_origin_is_a_finding_and_no_exception(tmp_path: Path) -> None:
    case = forgeries.make(tmp_path / "case", kit=False)
    content = (case / "custody.jsonl").read_bytes()
    (case / "custody.jsonl").write_bytes(content.replace(b'"action":"case.open"', b'"action":"note"', 1))
    ours, theirs = sweep.judged(case)
    assert ours == theirs
    assert 12 in ours
    assert verify_case(case).checkpoint is None
    assert not sealed_case.failed_by_kit(sealed_case.kit_module(), forgeries.make(tmp_path / "good"))
