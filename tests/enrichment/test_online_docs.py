"""docs/online-look-ups.md tells what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from forensics.enrichment import policy, servers
from forensics.enrichment.plan import LookupPlan
from forensics.enrichment.source import LookupClass
from tests.pipeline.march import ROOT

PAGE = (ROOT / "docs" / "online-look-ups.md").read_text()


def test_every_class_is_told_with_the_mark_that_it_needs() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (\w+)[^|]*\|$", PAGE, re.MULTILINE))
    assert set(rows) == {str(item) for item in policy.QUESTIONS}
    for name, mark in rows.items():
        allowed = [pap for pap, opened in policy.ALLOWED.items() if LookupClass(name) in opened]
        assert allowed == list(policy.ALLOWED)[list(policy.ALLOWED).index(mark) :], name


def test_the_servers_are_those_of_the_table() -> None:
    rows = dict(re.findall(r"^\| `([a-z.]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE))
    assert rows == dict(servers.DEFAULTS)
    assert f"as of {servers.AS_OF:%Y-%m}" in PAGE


def test_the_example_of_settings_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"<!-- example:servers -->\n```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "servers.toml"
    path.write_text(text)
    made = servers.load(path)
    assert (made.only, set(made.given)) == (
        True,
        {"rdap.ripencc", "rdap.arin", "whois.ripencc", "dns", "ripestat"},
    )


def test_numbers_and_words_are_those_of_the_code() -> None:
    from forensics.case import CaseFacts
    from forensics.enrichment.asking import LONGEST_WAIT
    from forensics.pipeline.online import DEFAULT_LIMIT

    assert f"At most {DEFAULT_LIMIT} addresses" in PAGE
    assert (LONGEST_WAIT, "up to a minute" in PAGE) == (60, True)
    assert f"default {CaseFacts(id='').pap}" in PAGE
    empty = LookupPlan(classes=(), exit="direct", servers=(), targets=(), left_out=())
    assert list(empty.lines()) == ["Nothing to ask online: no packet would leave."]
