"""The March case, analysed once for all tests that only read it; and no skips where everything must run."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from forensics.pipeline.outcome import Outcome
from tests.pipeline import march

ALLOWED = "FORENSICS_SPECIMENS"
"""Files of other projects lie beside the checkout or not; every other skip is a missing server, browser or compiler."""


@pytest.fixture(scope="session", autouse=True)
def _no_data_of_the_developer(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Let no test read keys, snapshots, answers or registries of the person who runs it."""
    held = os.environ.get("FORENSICS_HOME")
    os.environ["FORENSICS_HOME"] = str(tmp_path_factory.mktemp("nobody"))
    yield
    os.environ.pop("FORENSICS_HOME")
    if held is not None:
        os.environ["FORENSICS_HOME"] = held


@pytest.fixture(scope="session")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Return the analysed March case; tests may not change its folder."""
    return march.run(tmp_path_factory.mktemp("march"))


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
    if report.skipped and os.environ.get("FORENSICS_NO_SKIP") and ALLOWED not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped although nothing may be skipped here: {report.longrepr}"
