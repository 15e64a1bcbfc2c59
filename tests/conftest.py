"""The March case, analysed once for all tests that only read it; and no skips where everything must run."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from forensics.pipeline.outcome import Outcome
from tests.pipeline import march

settings.register_profile("forensics", deadline=None)  # a busy machine is no failure; nothing here passes by time
settings.load_profile("forensics")

ALLOWED = ("FORENSICS_SPECIMENS", "no power can be cut here")
"""Files of other projects lie beside the checkout or not; a container may give no FUSE and no loop device. Every other
skip is a missing server, browser or compiler."""


@pytest.fixture(scope="session", autouse=True)
def _no_data_of_the_developer(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Let no test read keys, snapshots, answers or registries of the person who runs it."""
    held = os.environ.get("FORENSICS_HOME")
    os.environ["FORENSICS_HOME"] = str(tmp_path_factory.mktemp("nobody"))
    yield
    os.environ.pop("FORENSICS_HOME")
    if held is not None:
        os.environ["FORENSICS_HOME"] = held


_ESCAPES: list[str] = []
"""What this process tried to send or resolve outside loopback."""


def _watch(event: str, args: tuple[Any, ...]) -> None:
    """Stop every packet outside loopback, UDP and name resolution included, which closing sockets alone does not see."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        host = args[1][0] if isinstance(args[1], tuple) and args[1] else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        return
    if host is None or _is_loopback(host.decode() if isinstance(host, bytes) else str(host)):
        return
    _ESCAPES.append(f"{event} {host}")
    message = f"a test reached outside loopback: {event} {host}"
    raise RuntimeError(message)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")


sys.addaudithook(_watch)


@pytest.fixture(name="escapes")
def _escapes() -> list[str]:
    """What was tried outside loopback; a test that tries on purpose empties it."""
    return _ESCAPES


@pytest.fixture(autouse=True)
def _nothing_escapes() -> Iterator[None]:
    """Fail the test that reached outside loopback, even where the code under test swallowed the error."""
    _ESCAPES.clear()
    yield
    assert _ESCAPES == [], "sockets outside loopback fail the suite"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Forget the heads of logs that a test verified: cases made with a fixed clock and key go by the same name."""
    yield
    shutil.rmtree(Path(os.environ["FORENSICS_HOME"]) / "seen", ignore_errors=True)


@pytest.fixture(scope="session")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Return the analysed March case; tests may not change its folder."""
    return march.run(tmp_path_factory.mktemp("march"), pdf=True)


Tally = Callable[..., None]
"""Takes what was tried ("hostile strings, as a page"), and how many of each: ``strings=16, places=900``."""


@pytest.fixture(name="tally")
def _tally(record_property: Callable[[str, object], None]) -> Tally:
    """Keep how much a test tried, for the end of the run: that nothing was found says something only with a number."""

    def told(what: str, **counts: int) -> None:
        assert all(counts.values()), "a test that tried nothing shows nothing"
        record_property(_TALLY, f"{what}: {', '.join(f'{count:,} {name}' for name, count in counts.items())}")

    return told


_TALLY = "tally"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests that passed have tried."""
    passed = terminalreporter.stats.get("passed", [])
    said = sorted(str(value) for report in passed for name, value in report.user_properties if name == _TALLY)
    if said:
        terminalreporter.section("tried, and nothing found")
        for line in said:
            terminalreporter.line(line)


def pytest_configure() -> None:
    """Refuse to rewrite expectations in a run that is to prove them."""
    if os.environ.get("FORENSICS_NO_SKIP") and os.environ.get("ACCEPT"):
        message = "FORENSICS_NO_SKIP and ACCEPT exclude each other: a run that rewrites what it checks proves nothing"
        raise pytest.UsageError(message)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let no test be skipped where nothing may be skipped."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let no whole module be skipped either (``importorskip`` at its top)."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where ``FORENSICS_NO_SKIP`` says that everything needed has been installed."""
    if (
        report.skipped
        and os.environ.get("FORENSICS_NO_SKIP")
        and not any(why in str(report.longrepr) for why in ALLOWED)
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped although nothing may be skipped here: {report.longrepr}"
