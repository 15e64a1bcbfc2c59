"""The contract of an exporter: a frozen value in a module of its own, which writes a bundle in one form.

An exporter is given the bundle and ids, and nothing of the case. It never reads a clock and draws no random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forensics.exchange.bundle import Bundle
from forensics.exchange.identifiers import Identifiers
from forensics.plugins import discover


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """A form: its title for people, the suffix of its files, and what writes a bundle as bytes."""

    title: str
    suffix: str
    write: Callable[[Bundle, Identifiers], bytes]


def exporters() -> Mapping[str, Exporter]:
    """Return every exporter by the name of its module; third parties add theirs as ``forensics.exporters``."""
    return discover("forensics.exchange.exporters", "EXPORTER", Exporter, "forensics.exporters")
