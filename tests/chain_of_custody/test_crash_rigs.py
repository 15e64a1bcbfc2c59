"""A few crash points of each rig of ``make crash``, and its negative control: without fsync records are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chain_of_custody import block_device, crash, power_cut

if TYPE_CHECKING:
    from pathlib import Path


def test_a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    tally = crash.power_cuts(tmp_path, 60)
    assert (tally.points, tally.lost, tally.torn) == (60, 0, 0)


def test_the_same_rig_loses_records_where_fsync_is_left_out(tmp_path: Path) -> None:
    tally = crash.power_cuts(tmp_path, 30, sync=False)
    assert tally.points == 30
    assert tally.lost > 20


def test_the_writer_stops_at_every_fsync_that_fails(tmp_path: Path) -> None:
    tally = crash.failed_fsyncs(tmp_path)
    assert tally.points >= 9
    assert (tally.lost, tally.torn) == (0, 0)


def test_a_disk_that_runs_full_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    tally = crash.full_disk(tmp_path)
    if tally is None:
        pytest.skip("needs root and the right to mount a tmpfs")
    assert (tally.points, tally.lost, tally.torn) == (1, 0, 0)


@pytest.mark.skipif(bool(block_device.why_not()), reason=f"no power can be cut here: {block_device.why_not()}")
@pytest.mark.parametrize("sync", [True, False], ids=["with fsync", "without"])
def test_a_power_cut_under_a_real_file_system_loses_nothing_unless_fsync_is_left_out(
    tmp_path: Path, *, sync: bool
) -> None:
    tally = power_cut.cut(tmp_path, 25, sync=sync)
    assert (tally.points, tally.torn) == (25, 0)
    assert tally.lost == 0 if sync else tally.lost > 15
