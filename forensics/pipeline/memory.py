"""How often Python looks for cycles among objects while a case is analysed.

Rows, sessions and contexts are plain values that hold no cycles: they go when the last reference goes. Python's search
for cycles passes over all that is alive again and again, and took a third of the time of an analysis.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 200_000
"""New containers after which Python searches for cycles among the young ones (its own choice is some hundreds)."""


@contextmanager
def rare_searches() -> Iterator[None]:
    """Search for cycles rarely, and as before afterwards."""
    usual = gc.get_threshold()
    gc.set_threshold(max(usual[0], _NEW_OBJECTS) if usual[0] else 0, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
