"""The parameters of the ring model: one versioned file, read once; every number carries its provenance.

``parameters-v1.toml`` beside this module is the only input or output of the ring model. The digest
in every derivation says which file was used.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.errors import DataError
from forensics.sentence import verbatim

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

DEFAULT = Path(__file__).with_name("parameters-v1.toml")
UNKNOWN = "unknown"
SHARED_CLASSES = frozenset({"mobile", "cgnat", "vpn", "proxy", "tor"})
SERVICE_CLASSES = frozenset({"vpn", "proxy", "tor"})
SHARING_OF: Mapping[str, str] = {
    "anonymous-proxy": "proxy",
    "tor_exit": "tor",
    **{name: name for name in sorted(SHARED_CLASSES)},
}
"""Sharing class of a class that dated context names; classes of other kinds (satellite, anycast) are not in it."""


def sharing_class(classes: Collection[str]) -> str:
    """Return the sharing class that weighs most against an address: a service's before a network's, or ""."""
    held = sorted(SHARING_OF[name] for name in classes if name in SHARING_OF)
    return max(held, key=SERVICE_CLASSES.__contains__, default="")


_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One way in which an address may have been held.

    ``users`` > 0: that many people behind it at a time. ``pool`` > 0: one of that many exits of a service that the
    share ``pool_share`` of unrelated intruders uses. Both 0: one customer.
    """

    name: str
    half_life_days: float
    users: int = 0
    pool: int = 0
    pool_share: float = 0.0
    provenance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """All numbers of the model. ``scatter`` is from the inside out and sums to 1; ``scale`` is (above, words).

    ``assumed_class`` is the sharing class that a what-if supposes of every matched address; a file never holds one.
    """

    version: str
    digest: str
    pi0_low: float
    pi0: float
    pi0_high: float
    pi0_provenance: str
    scatter: Mapping[str, float]
    scatter_provenance: str
    scenarios: Mapping[str, Scenario]
    classes: Mapping[str, tuple[str, ...]]
    central: Mapping[str, str]
    users_per_address: float
    cap: float
    scale: tuple[tuple[float, str], ...]
    scale_citation: str
    assumed_class: str = ""

    @property
    def quantiles(self) -> tuple[float, float, float]:
        """The exact-re-use rate at its low 95 %, mean and high 95 %."""
        return (self.pi0_low, self.pi0, self.pi0_high)

    def open_for(self, sharing_class: str) -> tuple[Scenario, ...]:
        """Return the scenarios that a sharing class leaves open; an unheard-of class leaves all open."""
        names = self.classes.get(sharing_class, self.classes[UNKNOWN])
        return tuple(self.scenarios[name] for name in names)

    def middle_of(self, sharing_class: str) -> Scenario:
        """Return the scenario that gives the middle figure for a sharing class."""
        return self.scenarios[self.central.get(sharing_class, self.central[UNKNOWN])]


@cache
def default() -> Parameters:
    """Return the parameters that come with this version; what they say of their sources can be told in other languages."""
    held = read(DEFAULT)
    reuse, scatter = verbatim(held.pi0_provenance), verbatim(held.scatter_provenance)
    return replace(held, pi0_provenance=reuse, scatter_provenance=scatter)


def read(path: Path) -> Parameters:
    """Read a parameter file.

    Raises:
        DataError: it cannot be read, or its numbers are no probabilities, half-lives and scale.
    """
    try:
        data = path.read_bytes()
        found = tomllib.loads(data.decode())
        held = _parameters(found, hashlib.sha256(data).hexdigest())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        message = f"not a parameter file of the ring model: {error}"
        raise DataError(message, where=path.name, hint="Start from a copy of parameters-v1.toml") from error
    return held


def _parameters(found: Mapping[str, Any], digest: str) -> Parameters:
    reuse, scale = found["exact_reuse"], found["scale"]
    scatter = {name: float(value) for name, value in found["scatter"].items() if name != "provenance"}
    scenarios = {item["name"]: Scenario(**item) for item in found["scenario"]}
    held = Parameters(
        version=str(found["version"]),
        digest=digest,
        pi0_low=float(reuse["low"]),
        pi0=float(reuse["mean"]),
        pi0_high=float(reuse["high"]),
        pi0_provenance=str(reuse["provenance"]),
        scatter=scatter,
        scatter_provenance=str(found["scatter"]["provenance"]),
        scenarios=scenarios,
        classes={name: tuple(names) for name, names in found["classes"].items()},
        central=dict(found["central"]),
        users_per_address=float(found["population"]["users_per_address"]),
        cap=float(scale["cap"]),
        scale=tuple(zip(map(float, scale["above"]), scale["words"], strict=True)),
        scale_citation=str(scale["citation"]),
    )
    _check(held)
    return held


def _check(held: Parameters) -> None:
    named = {name for names in held.classes.values() for name in names} | set(held.central.values())
    tests = {
        "exact_reuse must rise from low to high between 0 and 1": 0 < held.pi0_low <= held.pi0 <= held.pi0_high < 1,
        "scatter must be positive and sum to 1": min(held.scatter.values()) > 0
        and math.isclose(sum(held.scatter.values()), 1, abs_tol=_SUM_TOLERANCE),
        "scatter must name the five outer rings": tuple(held.scatter)
        == ("assignment", "neighbourhood", "prefix", "origin_as", "country"),
        "half-lives must be positive": all(item.half_life_days > 0 for item in held.scenarios.values()),
        "classes and central must name scenarios": named <= set(held.scenarios),
        "classes and central must cover the same classes, unknown too": set(held.classes) == set(held.central)
        and UNKNOWN in held.classes,
        "scale must rise from 1": [low for low, _ in held.scale] == sorted({low for low, _ in held.scale})
        and held.scale[0][0] == 1,
        "cap and users_per_address must be positive": held.cap > 1 and held.users_per_address > 0,
    }
    for rule, holds in tests.items():
        if not holds:
            raise ValueError(rule)
