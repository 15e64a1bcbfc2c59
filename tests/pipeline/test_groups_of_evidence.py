"""A device on record weighs in the finding of an address, once, and the finding says what was not evaluated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forensics.pipeline import explained_findings
from forensics.pipeline.analyze import analyze
from forensics.pipeline.request import demonstration
from tests import recompute_derivation as independent
from tests.pipeline import march
from tests.test_cli import valid

SAMPLE = march.ROOT / "samples" / "registry"
RECORD = """
[[record]]
id = "SR-1-device"
set = "SR-1"
kind = "{kind}"
network = "{value}"
role = "device of a log-in attempt"
description = "Seen at the editorial system of a media site (fictional)."
basis = ["victim_log"]
valid_from = 2019-02-01
valid_until = 2021-01-01
observed_at = [2019-03-04]
published_at = 2019-05-02
recorded_at = 2019-06-01
state = "indicator"
sharing_class = "unknown"
grade = "B2"
sources = ["lab-2019-media-attacks"]
link_b = []
tlp = "CLEAR"
pap = "GREEN"
licence = "Apache-2.0"
unknown = ["Whose device it is."]
note = "Grade B2: a reliable source that had the server log."
"""


def registry_with(folder: Path, *records: str) -> Path:
    """Write the registry of the samples with more records in the set of its addresses, and return its folder."""
    registry = folder / "registry"
    (registry / "records").mkdir(parents=True)
    second = (SAMPLE / "registry.toml").read_text().replace("registry/1", "registry/2")
    (registry / "registry.toml").write_text(second)
    (registry / "sources.toml").write_text((SAMPLE / "sources.toml").read_text())
    addresses = (SAMPLE / "records" / "sr-1.toml").read_text().replace('"active"', '"indicator"')
    curators = 'recorded_by = "curator-one"\nconfirmed_by = "curator-two"\n'
    (registry / "records" / "sr-1.toml").write_text(addresses.replace("[shared]\n", f"[shared]\n{curators}"))
    (registry / "records" / "more.toml").write_text("".join(record + curators for record in records))
    return registry


def analysed(folder: Path, kind: str, value: str) -> dict[str, Any]:
    """Return the derivation of the known address of March, with one more record in the set of its registry."""
    registry = registry_with(folder, RECORD.format(kind=kind, value=value))
    request = replace(demonstration(folder / "case", march.key_file(folder), None), registries=(registry,))
    with march.clock():
        outcome = analyze(request)
    (row,) = (item for item in outcome.judged.findings if item.facts.get("ring") == "exact")
    assert any("lambda 0.5" in text for text in row.facts["other_groups"]) is (kind == "device_id")  # type: ignore[attr-defined]
    assert "other_groups" in (outcome.case.path / "report.html").read_text().replace(" ", "_")
    found, unlisted = explained_findings.documents(outcome.case.path)
    assert ("is told and not weighed" in unlisted["statement"]) is (value == "datr:Qx7kAbCdEf")
    assert unlisted["strength"] is None
    valid("derivation", found)
    assert all(computed == told for _, computed, told in independent.recomputed(dict(found)))
    return dict(found)


def group(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in found["groups"] if item["group"] == name)


@pytest.mark.parametrize(("value", "more"), [("datr:Qx7kAbCdEf", True), ("datr:ZZZZAbCdEf", False)])
def test_a_device_weighs_once_with_its_lambda(tmp_path: Path, value: str, *, more: bool) -> None:
    found = analysed(tmp_path, "device_id", value)
    client = group(found, "client")
    assert client["weight"] == 0.5
    assert (client["lr"] > 1) is more
    assert (found["combined"] > found["product"]) is more
    assert found["strength"]["lr"] == min(found["combined"], found["cap"])
    assert found["strength"]["words"] != found["strength"]["words_country"], "the second alternative still leads"


def test_a_name_and_a_key_are_told_and_give_no_number(tmp_path: Path) -> None:
    found = analysed(tmp_path, "ssh_host_key", "SHA256:" + "A" * 43)
    assert "evidence holds none" in group(found, "server fingerprint")["why"]
    assert found["combined"] is None
    assert [item["lr"] for item in found["groups"][1:]] == [None] * 5
