"""The search for cycles is as before after an analysis, however it ends."""

from __future__ import annotations

import gc

import pytest

from forensics.pipeline.memory import rare_searches


def test_searches_are_rare_inside_and_as_before_afterwards() -> None:
    usual = gc.get_threshold()
    seen: list[int] = []

    @rare_searches()
    def fails() -> None:
        seen.append(gc.get_threshold()[0])
        raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert seen[0] > usual[0]
    assert gc.get_threshold() == usual


def test_what_is_switched_off_stays_off() -> None:
    usual = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with rare_searches():
            assert gc.get_threshold()[0] == 0
        assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*usual)
