"""Mutation testing of ``forensics/chain_of_custody``: ``make custody-mutants`` prints tried, killed and survived.

    python -m tests.chain_of_custody.mutants [MODULE ...] [--jobs N] [--every N] [--reach FILE] [--again FILE]
        [--tests FILE ...]

One process collects the tests, runs each once and notes which lines it reaches. Then every mutation (``mutations``) is
put into a child of that process, in place of the code or the constant that it changes, and the tests that reach the line
are run until one fails. A mutant is *killed* by a failing test or by running out of time, *survives* if all tests pass,
and is *unreached* if no test comes by; both of the latter count against us.

Only what runs inside one process can see a mutant: tests that start other programs (the kit, browsers, Go, a killed
writer) and tests of more than three seconds are left out, so that they never kill one. ``kit/`` is a foreign program to
this one and is not mutated; the sweep and the forgeries compare it with the package.
"""

# ruff: noqa: T201 - a program that prints its table

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import pickle
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import call_and_report

from tests.chain_of_custody.mutant import install, is_function, live_functions
from tests.chain_of_custody.mutant_reach import FOLDER, Reach, measured, readers, span
from tests.chain_of_custody.mutations import Mutation, mutations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ELSEWHERE = (
    "test_crash.py",
    "test_crash_rigs.py",
    "test_forgeries.py",
    "test_independent.py",
    "test_page.py",
    "test_shell_agrees.py",
    "test_sweep.py",
    "test_sweep_quick.py",
    "test_mutants.py",
)
"""Tests of other programs, and the long sweeps."""

BUDGET = 8.0
"""Seconds of a processor for the tests tried on one mutant, as measured with tracing: what is not killed within them survives."""

PATIENCE = 6
"""Seconds of a processor after which a mutant ran out of time; eight times as long by the clock for one test."""

MEMORY = Path("/dev/shm")  # noqa: S108 - a name of our own is made below it
"""Where a child keeps its files if there is such a place: ``fsync`` takes no time there."""

TOKEN = "SOFTHSM2_CONF"
"""The settings of the software token, once it was set up."""

GOAL = 0.95
LINE = re.compile(r":[0-9]+ ")
"""The number of a line in what is printed: a mutant is known again where lines were put before it."""

KILLED, SURVIVED, TIMEOUT, BROKEN = 0, 1, 2, 3


class Runner:
    """A plug-in of pytest: takes the place of its loop over the tests."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Keep the options of the command line."""
        self.options = options
        self.failure = ""
        self.outcome: list[tuple[str, str, int]] = []
        self.unreached: list[tuple[str, str]] = []
        self.broken: list[str] = []
        self.kills: Counter[tuple[str, str]] = Counter()
        self.scratch = Path()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a failure, whichever phase it is of."""
        if report.failed:
            self.failure = str(report.longrepr) or report.nodeid

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure, then try every mutant."""
        if session.testsfailed:
            pytest.exit("the tests cannot be collected", 2)
        print()
        with tempfile.TemporaryDirectory(prefix="m-", dir=MEMORY if MEMORY.is_dir() else None) as scratch:
            self.scratch = Path(scratch)
            self.scratch.chmod(0o711)  # for tests that act as nobody
            self.try_all(session)
        return True

    def try_all(self, session: pytest.Session) -> None:
        """Measure what the tests reach, as far as it is not known, then try."""
        items = {item.nodeid: item for item in session.items}
        self.share(session)
        kept = self.options.reach
        reach = pickle.loads(kept.read_bytes()) if kept and kept.exists() else Reach()  # noqa: S301 - our own file
        fresh = [item for item in session.items if item.nodeid not in reach.seconds]
        new: Reach = in_child(lambda: measured(fresh, lambda: self.failure), self.scratch)
        if new.failed:
            pytest.exit(f"a test fails without any mutant: {new.failed}", 2)
        reach.lines |= new.lines
        reach.seconds |= new.seconds
        if kept:
            kept.write_bytes(pickle.dumps(reach))
        live_functions()
        gc.collect()
        gc.freeze()  # children do not touch, and so do not copy, what is here now
        gc.disable()
        self.run(self.work(reach), items, reach)

    def share(self, session: pytest.Session) -> None:
        """Set up what a whole session shares (a token with its keys) once, here, and not in every child."""
        keep_files_in(self.scratch)
        one = next((item for item in session.items if "token" in getattr(item, "fixturenames", ())), None)
        if one is None:
            return
        other = next(item for item in session.items if item.path != one.path)
        call_and_report(one, "setup", log=False)
        call_and_report(one, "teardown", log=False, nextitem=other)
        session.config._tmp_path_factory._basetemp = None  # type: ignore[attr-defined]

    def work(self, reach: Reach) -> Iterator[tuple[str, Mutation, list[str]]]:
        """Yield module, mutation and the tests that may see it: first the quick ones that reach little else."""
        listed = self.options.again.read_text("utf-8").splitlines() if self.options.again else []
        again = {LINE.sub(" ", line.removesuffix(" (unreached)")) for line in listed}
        names = self.options.modules or sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
        for name in names:
            path = FOLDER / f"{name}.py"
            for number, mutation in enumerate(mutations(path.read_text("utf-8"), str(path))):
                if number % self.options.every:
                    continue
                if again and LINE.sub(" ", told_of(name, mutation)) not in again:
                    continue
                inner = is_function(name, mutation.inside)
                places = ((str(path), mutation.line),) if inner else readers(mutation.inside)
                tests = reach.tests(places) or reach.tests(span(path, mutation.line))
                if tests:
                    yield name, mutation, sorted(tests, key=reach.cost)
                else:
                    self.unreached.append((name, told_of(name, mutation)))

    def run(
        self, waiting: Iterable[tuple[str, Mutation, list[str]]], items: dict[str, pytest.Item], reach: Reach
    ) -> None:
        """Try all, as many at a time as there are jobs."""
        running: dict[int, tuple[str, str, int]] = {}
        start = time.monotonic()
        for number, (name, mutation, tests) in enumerate(waiting):
            while len(running) >= self.options.jobs:
                self.reap(running)
            best = within(sorted(tests, key=lambda test: -self.kills[name, test]), reach.seconds)
            reader, writer = os.pipe()
            child = os.fork()
            if not child:
                os.close(reader)
                os.setpgrp()
                keep_files_in(self.scratch)
                attempt(name, mutation, [items[test] for test in best], self, writer)
            os.close(writer)
            running[child] = (name, told_of(name, mutation), reader)
            if number % 20 == 0:
                os.write(2, f"\r{number} after {time.monotonic() - start:.0f} s ({name}) ".encode())
        while running:
            self.reap(running)

    def reap(self, running: dict[int, tuple[str, str, int]]) -> None:
        """Wait for one child and note how it ended."""
        child, status = os.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it started and left behind
        shutil.rmtree(self.scratch / str(child), ignore_errors=True)
        name, told, reader = running.pop(child)
        with os.fdopen(reader, "rb") as pipe:
            killer = pipe.read().decode()
        result = TIMEOUT if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        if result == BROKEN:
            self.broken.append(f"{told}: cannot be tried: {killer}")
            return
        if killer and result == KILLED:
            self.kills[name, killer] += 1
        self.outcome.append((name, told, result))


def within(tests: Sequence[str], seconds: dict[str, float]) -> list[str]:
    """Return the first tests that together take no longer than ``BUDGET``, at least one."""
    kept, spent = [tests[0]], seconds[tests[0]]
    for test in tests[1:]:
        spent += seconds[test]
        if spent > BUDGET:
            break
        kept.append(test)
    return kept


def attempt(name: str, mutation: Mutation, tests: Sequence[pytest.Item], runner: Runner, pipe: int) -> None:
    """Put a mutant in place and run tests until one fails; never returns."""
    code = BROKEN
    try:
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
        if not install(name, mutation):
            os.write(pipe, b"the module itself")
            tests = ()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        code = SURVIVED if tests else KILLED
        for item, after in zip(tests, [*tests[1:], None], strict=bool(tests)):
            signal.alarm(8 * PATIENCE)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if runner.failure:
                os.write(pipe, item.nodeid.encode())
                code = KILLED
                break
    except BaseException as error:  # noqa: BLE001 - told to the parent; the child ends here
        code = BROKEN
        os.write(pipe, repr(error).encode())
    finally:
        os._exit(code)


def keep_files_in(scratch: Path) -> None:
    """Give a child a place of its own for the files of its tests; whoever waits for it clears the place away."""
    own = scratch / str(os.getpid())
    own.mkdir()
    tempfile.tempdir = str(own)
    shared = Path(os.environ.get(TOKEN, "")).parent
    if shared.is_relative_to(scratch):  # ours; tests write to it
        shutil.copytree(shared, own / "token")
        settings = (shared / "conf").read_text("utf-8").replace(str(shared), str(own / "token"))
        (own / "token" / "conf").write_text(settings, "utf-8")
        os.environ[TOKEN] = str(own / "token" / "conf")


def in_child(work: Any, scratch: Path) -> Any:
    """Run something in a child, so that this process stays as it is, and return what it returns."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.close(reader)
        keep_files_in(scratch)
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(work(), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    shutil.rmtree(scratch / str(child), ignore_errors=True)
    return pickle.loads(data)  # noqa: S301 - our own child


def main() -> int:
    """Print the table; 0 if at least 95 of 100 mutants are killed."""
    parser = argparse.ArgumentParser(description="Try the tests of the custody log with small defects.")
    parser.add_argument("modules", nargs="*", help="names without .py; all if none is given")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--reach", type=Path, help="a file that keeps what the tests reach, for the next run")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="try one of N mutations only")
    parser.add_argument("--again", type=Path, help="what an earlier run printed: only what lived then is tried")
    here = Path(__file__).parent
    parser.add_argument("--tests", nargs="+", default=[here], help="files of tests to try; all if none is given")
    options = parser.parse_args()
    runner = Runner(options)
    plain = ["-q", "--tb=native", "--assert=plain", "--no-header", "-p", "no:randomly", "-p", "no:cacheprovider"]
    pytest.main(
        [*plain, *map(str, options.tests), *(f"--ignore={here / name}" for name in ELSEWHERE)], plugins=[runner]
    )
    return told(runner)


def told(runner: Runner) -> int:
    """Print one line per module and every mutant that lives."""
    names = sorted({name for name, *_ in runner.outcome} | {name for name, _ in runner.unreached})
    print(f"\n{'module':18} {'tried':>6} {'killed':>7} {'timeout':>8} {'survived':>9} {'unreached':>10}")
    total: Counter[str] = Counter()
    for name in [*names, ""]:
        results = Counter(result for module, _, result in runner.outcome if name in {module, ""})
        missed = sum(name in {module, ""} for module, _ in runner.unreached)
        tried = sum(results.values()) + missed
        row = f"{tried:6} {results[KILLED]:7} {results[TIMEOUT]:8} {results[SURVIVED]:9} {missed:10}"
        print(f"{name or 'all':18} {row}")
        total = Counter(tried=tried, killed=results[KILLED] + results[TIMEOUT])
    print(*(line for _, line, result in runner.outcome if result == SURVIVED), sep="\n")
    print(*(f"{line} (unreached)" for _, line in runner.unreached), sep="\n")
    print(*runner.broken, sep="\n")
    share = total["killed"] / total["tried"] if total["tried"] else 0.0
    print(f"{total['killed']} of {total['tried']} mutants killed ({share:.1%})")
    return 0 if share >= GOAL and not runner.broken else 1


def told_of(name: str, mutation: Mutation) -> str:
    """Return the line by which a mutant that lives is listed."""
    return f"  {name}.py:{mutation.line} {mutation.inside}: {mutation.what}"


if __name__ == "__main__":
    sys.exit(main())
