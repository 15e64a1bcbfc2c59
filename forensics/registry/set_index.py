"""``indicators.yaml``: the index that the MVT project keeps of indicator sets, their sources and their reports.

    indicators:
      - name: …
        sources: [publisher, …]
        references: [address of a report, …]
        github: {owner: …, repo: …, branch: …, path: FOLDER/FILE}

The format of the file is YAML, read by PyYAML's safe loader without aliases (a few hundred bytes of them can stand for
billions of nodes) and within bounds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Final

from forensics.errors import DataError
from forensics.registry.importer import Report
from forensics.registry.offered import Offered
from forensics.registry.report_urls import report

_START: Final = re.compile(rb"(?:\s*#[^\n]*\n|\s*---[^\n]*\n|\s)*indicators:\s")
_DEEPEST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedSet:
    """One set: its name, who is named as its source, the reports, and the path of its file within its repository."""

    name: str
    sources: tuple[str, ...]
    reports: tuple[Report, ...]
    path: str


def is_index(offered: Offered) -> bool:
    """Whether a file is such an index."""
    return offered.base.endswith((".yaml", ".yml")) and bool(_START.match(offered.head))


def set_of(offered: Offered, beside: Sequence[Offered]) -> IndexedSet | None:
    """Return the set whose file is the offered one, or lies in its folder; ``None`` without an index that names it."""
    for index in beside:
        if not is_index(index):
            continue
        for found in indexed(index):
            path = PurePosixPath(found.path)
            own = PurePosixPath(offered.name)
            if own.parts[-len(path.parts) :] == path.parts:
                return found
            folder = path.parent.parts
            if folder and own.parent.parts[-len(folder) :] == folder:
                return found
    return None


def indexed(index: Offered) -> tuple[IndexedSet, ...]:
    """Return the sets of an index.

    Raises:
        DataError: it is not YAML, holds aliases, or is not built like an index.
    """
    return _parsed(index.text(), index.name)


@lru_cache(maxsize=8)
def _parsed(text: str, where: str) -> tuple[IndexedSet, ...]:
    document = _yaml(text, where)
    listed = document.get("indicators") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise DataError("the index holds no list of indicators", where=where, hint="See docs/importing-indicators.md")
    return tuple(_set(item) for item in listed if isinstance(item, dict))


def _set(item: dict[str, Any]) -> IndexedSet:
    github = item.get("github")
    reports = [report(url) for url in _texts(item.get("references"))]
    each = {found.group: found for found in reversed(reports) if found}
    return IndexedSet(
        name=str(item.get("name") or "unnamed set")[:200],
        sources=_texts(item.get("sources")),
        reports=tuple(reversed(each.values())),
        path=str(github.get("path") or "") if isinstance(github, dict) else "",
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item)[:500] for item in value[:100]) if isinstance(value, list) else ()


def _yaml(text: str, where: str) -> Any:
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
                raise DataError(
                    "the index holds aliases or is nested too deep", where=where, hint="Write it out plainly"
                )
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DataError(
            f"not YAML: {str(error)[:200]}", where=where, hint="Correct the index or leave it out"
        ) from error
