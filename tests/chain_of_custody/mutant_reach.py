"""What each test reaches of the package, and how long it takes: which tests may see a mutant.

Measured once, line by line, in a child of the process that tries the mutants, so that a test which cannot run in such a
child is found before it would kill one. A fixture of a whole module counts for the first test that asks for it.
"""

from __future__ import annotations

import ast
import functools
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chain_of_custody.mutant import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

FOLDER = Path(__file__).parents[2] / "forensics" / "chain_of_custody"

AT_ONCE = "Cannot install a trace function while another trace function is being installed"
"""What CPython 3.11 says in a thread that starts while another one does, if lines are traced: no defect of a test."""

SLOW = 3.0
"""Seconds of a processor above which a test is left out."""


@dataclass(slots=True, kw_only=True)
class Reach:
    """What each test reaches (file → lines), and how long it takes in seconds."""

    lines: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: str = ""

    def tests(self, wanted: Sequence[tuple[str, int]]) -> list[str]:
        """Return the tests that reach any of these lines."""
        return [
            name
            for name, files in self.lines.items()
            if self.seconds[name] <= SLOW and any(line in files.get(file, ()) for file, line in wanted)
        ]

    def cost(self, test: str) -> float:
        """Return the order in which tests are tried: those that are quick and reach little else come first."""
        return self.seconds[test] * sum(map(len, self.lines[test].values()))


def measured(tests: Sequence[pytest.Item], failure: Callable[[], str]) -> Reach:
    """Run every test once and note what it reaches; ``failure`` says why one failed, or nothing."""
    import coverage

    if not tests:
        return Reach()
    cover = coverage.Coverage(data_file=None, include=[f"{FOLDER}/*.py"], branch=False, config_file=False)
    cover.start()
    reach = Reach()
    try:
        for item, after in zip(tests, [*tests[1:], None], strict=True):
            cover.switch_context(item.nodeid)
            start = sum(os.times()[:4])
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            reach.seconds[item.nodeid] = sum(os.times()[:4]) - start
            if failure() and AT_ONCE not in failure():
                return Reach(failed=f"{item.nodeid}\n{failure()}")
    finally:
        cover.stop()
    data = cover.get_data()
    for name in reach.seconds:
        data.set_query_context(name)
        reach.lines[name] = {file: set(data.lines(file) or ()) for file in data.measured_files()}
    return reach


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def readers(inside: str) -> tuple[tuple[str, int], ...]:
    """Return the lines of the package on which a constant, or one of a tuple of them, is read."""
    names = names_of(inside)
    return tuple(
        (str(path), node.lineno)
        for path in FOLDER.glob("*.py")
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr in names)
    )


@functools.cache
def span(path: Path, line: int) -> tuple[tuple[str, int], ...]:
    """Return the lines of the statement around a line: coverage counts a statement by its first."""
    around = [
        node
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.stmt)
        and not isinstance(node, ast.FunctionDef | ast.ClassDef)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return tuple((str(path), near) for near in range(around[-1].lineno, line + 1)) if around else ()
