r"""Lines that a container wrote, out of the wrapping that Docker or Kubernetes put around them.

Wrappings: ``{"log":"…\n","stream":"stdout","time":"…"}`` (Docker's ``json-file``, which cuts lines of more than 16 KiB
into several objects), ``2020-03-11T01:12:30.9Z stdout F …`` (CRI, where ``P`` marks a part), ``caddy-1 | …`` (``docker
compose logs``, with a time behind the bar where asked for).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from forensics.ingest import json_lines
from forensics.ingest.evidence import Evidence
from forensics.ingest.format import Flaw
from forensics.ingest.text_lines import lines

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_CRI = re.compile(rf"(?P<time>{_TIME}) (?P<stream>stdout|stderr) (?P<part>[FP])(?::\S*)? (?P<said>.*)", re.DOTALL)
_COMPOSE = re.compile(rf"(?P<name>[A-Za-z0-9][\w.-]{{0,80}}) +\| (?:(?P<time>{_TIME}) )?(?P<said>.*)", re.DOTALL)
_KEYS = frozenset({"log", "time"})
_STREAMS = ("stdout", "stderr")
_CUT = 16_384
"""Bytes after which Docker cuts a line; one that is shorter and has no end was the last that its program wrote."""
_MOST_PARTS = 64
"""Parts of one line that are put together: a mebibyte as Docker cuts them."""
_COLOUR = re.compile(r"\x1b\[[\d;]{0,10}m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of a container: its place, what it says, where and when it was taken, of which container if that is named."""

    place: str
    text: str
    stream: str = ""
    time: str = ""
    name: str = ""


def unwrapped(place: str, text: str) -> tuple[Said, bool] | None:
    """Return a line out of its wrapping and whether it ends there; ``None`` if it has none."""
    if text.startswith("{"):
        found = json_lines.object_of(text)
        if found is None or not found.keys() >= _KEYS or not isinstance(found["log"], str):
            return None
        written, stream = found["log"], found.get("stream")
        said = Said(
            place=place,
            text=written.rstrip("\r\n"),
            stream=stream if isinstance(stream, str) else "",
            time=str(found["time"]),
        )
        return said, written.endswith("\n") or len(written.encode("utf-8", "replace")) < _CUT
    match = _CRI.fullmatch(text)
    if match is not None:
        return Said(place=place, text=match["said"], stream=match["stream"], time=match["time"]), match["part"] == "F"
    match = _COMPOSE.fullmatch(_COLOUR.sub("", text) if text.startswith("\x1b") else text)
    if match is None:
        return None
    return Said(place=place, text=match["said"], time=match["time"] or "", name=match["name"]), True


def first_lines(evidence: Evidence, count: int = 60) -> list[Said]:
    """Return what the first lines of the head say, if most of them are wrapped."""
    found = evidence.first_lines(count)
    said = [inner[0] for line in found if (inner := unwrapped("", line))]
    return said if len(said) * 2 > len(found) else []


def container_lines(evidence: Evidence) -> Iterator[Said | Flaw]:
    """Yield every line, its parts put together; the place is that of the first part."""
    begun: dict[str, list[Said]] = {}
    for line in lines(evidence):
        place = f"line:{line.number}"
        found = None if line.overlong else unwrapped(place, line.text)
        if found is None:
            if line.text.strip():
                yield Flaw(place=place, reason="no line of a container", excerpt=line.text[:200])
            continue
        said, whole = found
        key = said.stream if said.stream in _STREAMS else ""
        parts = [*begun.pop(key, ()), said] if whole else begun.setdefault(key, [])
        if not whole:
            parts.append(said)
            if len(parts) >= _MOST_PARTS:
                del begun[key]
                whole = True
        if whole:
            yield _joined(parts)
    for parts in begun.values():
        yield _joined(parts)


def _joined(parts: list[Said]) -> Said:
    return replace(parts[0], text="".join(part.text for part in parts)) if len(parts) > 1 else parts[0]
