"""The March case, analysed once for all tests that only read it; and no skips where everything must run."""

from __future__ import annotations

import os

import pytest

from forensics.pipeline.outcome import Outcome
from tests.pipeline import march

ALLOWED = "FORENSICS_SPECIMENS"
"""Files of other projects lie beside the checkout or not; every other skip is a missing server, browser or compiler."""


@pytest.fixture(scope="session")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Return the analysed March case; tests may not change its folder."""
    return march.run(tmp_path_factory.mktemp("march"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:  # noqa: ARG001 - pytest's names
    """Turn a skip into a failure where ``FORENSICS_NO_SKIP`` says that everything needed has been installed."""
    result = yield
    report = result.get_result()
    if report.skipped and os.environ.get("FORENSICS_NO_SKIP") and ALLOWED not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped although nothing may be skipped here: {report.longrepr}"
