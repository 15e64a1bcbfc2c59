"""What a case shows does not depend on the order of its files, of the lines of a log."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import case_inputs
from forensics.pipeline.analyze import analyze
from forensics.pipeline.request import Request, demonstration
from tests.pipeline import march

SIZE = case_inputs.Size(events=500, addresses=case_inputs.OWN + 60, records=120, listed=20, days=20)


_ID = re.compile(r"S-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b")


def shown(request: Request) -> list[tuple[Any, ...]]:
    """Return the findings of an analysis without places, and ids that are digests of places: they name the order."""
    with march.clock():
        found = analyze(request)
    document = json.loads((found.case.path / "findings.json").read_bytes())["findings"]
    names = ("id", "kind", "statement", "strength", "alternatives", "challenge", "facts")
    return [tuple(_ID.sub("-", json.dumps(item[name], sort_keys=True)) for name in names) for item in document]


def test_the_lines_of_a_log_may_come_in_any_order(tmp_path: Path) -> None:
    given = case_inputs.make(tmp_path, SIZE)
    request = Request(
        paths=(str(given.log),),
        case=tmp_path / "one",
        owner=given.owner,
        registries=(given.registry,),
        snapshots=(given.snapshots,),
        key=march.key_file(tmp_path),
    )
    found = shown(request)
    head, *lines = given.log.read_text(encoding="ascii").splitlines(keepends=True)
    random.Random(5).shuffle(lines)  # noqa: S311 - an example, no secret
    given.log.write_text("".join([head, *lines]), encoding="ascii")
    assert shown(replace(request, case=tmp_path / "two")) == found
    assert sum(item[3] != "null" for item in found) >= SIZE.listed // 2


def test_the_files_of_a_case_may_come_in_any_order(tmp_path: Path) -> None:
    request = demonstration(tmp_path / "one", march.key_file(tmp_path), None)
    evidence = [str(path) for path in sorted(Path(request.paths[0]).rglob("*")) if path.is_file()]
    request = replace(request, paths=tuple(evidence), pdf=False)
    found = shown(request)
    assert shown(replace(request, paths=tuple(reversed(evidence)), case=tmp_path / "two")) == found
    assert any(item[3] != "null" for item in found)
