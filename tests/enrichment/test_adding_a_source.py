"""The page that tells how to add a source: its module works as printed."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from forensics.enrichment.source import Answered, Source, Unanswered
from tests.enrichment.asking import reply_to

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "adding-a-source.md").read_text(encoding="utf-8")


def test_the_tutorial_source_works() -> None:
    module = re.findall(r"<!-- example:source -->\n```python\n(.*?)```", PAGE, re.DOTALL)[0]
    names: dict[str, object] = {}
    exec(compile(module, "example_registry.py", "exec"), names)  # noqa: S102 - our own page
    source = names["SOURCE"]
    assert isinstance(source, Source)
    (query,) = source.queries("203.0.113.5", None)
    document = {"first": "203.0.113.0", "last": "203.0.113.255", "name": "EXAMPLE"}
    answer = source.read("203.0.113.5", date(2020, 3, 11), [reply_to(query, json.dumps(document).encode())])
    assert isinstance(answer, Answered)
    assert [(row.what, row.value) for row in answer.statements] == [("net_name", "EXAMPLE")]
    assert "not valid for 2020-03-11" in answer.warnings[0]
    assert isinstance(source.read("198.51.100.1", None, [reply_to(query, json.dumps(document).encode())]), Unanswered)
    assert list(source.queries("10.0.0.1", None)) == []
