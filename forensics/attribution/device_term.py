"""One term for all device identifiers that two cases share or do not share: the likelihood ratio of a coincidence. Pure.

Under Hp one source stands behind both cases and shows the same device with a rate that nobody has published; under Hd two
unrelated sources show the same one by chance (exports mask most of an identifier) or because the machine was shared. The
term is π/q where any identifier is shared and (1-π)/(1-q) where none is, however many there are: its mean over unrelated
cases is 1, and devices are never multiplied among themselves.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from forensics.attribution.noted import significant

FILE = Path(__file__).with_name("correlation-v1.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The numbers of ``correlation-v1.toml``. ``same`` and ``shared`` are (low, mean, high)."""

    version: str
    digest: str
    same: tuple[float, float, float]
    same_provenance: str
    shared: tuple[float, float, float]
    shared_provenance: str
    values_per_character: int
    least_characters: int
    weight: float
    least_low: float
    most_cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A likelihood ratio with its range, before cap and words."""

    low: float
    middle: float
    high: float


@cache
def terms() -> Terms:
    """Return the numbers that come with this version."""
    data = FILE.read_bytes()
    held: dict[str, Any] = tomllib.loads(data.decode())
    same, shared = held["same_device"], held["shared_device"]
    return Terms(
        version=str(held["version"]),
        digest=hashlib.sha256(data).hexdigest(),
        same=(same["low"], same["mean"], same["high"]),
        same_provenance=same["provenance"],
        shared=(shared["low"], shared["mean"], shared["high"]),
        shared_provenance=shared["provenance"],
        values_per_character=held["visible"]["values_per_character"],
        least_characters=held["visible"]["least_characters"],
        weight=held["groups"]["device"],
        least_low=held["eligible"]["least_low"],
        most_cases=held["eligible"]["most_cases"],
    )


def visible(device: str) -> str:
    """Return what an export shows of an identifier: without the name of its kind, and without what is masked."""
    return device.partition(":")[2].rstrip("*")


def chance(device: str, held: Terms) -> float:
    """Return how often two unrelated devices show the same visible characters."""
    return float(held.values_per_character) ** -len(visible(device))


def shares(pairs: int, coincidence: float, held: Terms) -> tuple[float, float, float]:
    """Return q (low, mean, high): shared for an innocent reason, or the same by chance in one of so many comparisons."""
    low, mean, high = (min(0.5, extra + min(1.0, pairs * coincidence)) for extra in held.shared)
    return low, mean, high


def device_term(shared: int, pairs: int, coincidence: float, held: Terms) -> Ratio:
    """Return the term of two cases.

    ``pairs`` is how many pairs of identifiers were compared, ``coincidence`` the largest chance among them that one pair
    is the same by chance. More pairs make a coincidence likelier and the term weaker.
    """
    rates = shares(pairs, coincidence, held)
    found = [pi / q if shared else (1 - pi) / (1 - q) for pi in held.same for q in rates]
    middle = held.same[1] / rates[1] if shared else (1 - held.same[1]) / (1 - rates[1])
    return Ratio(low=significant(min(found)), middle=significant(middle), high=significant(max(found)))


def together(address: Ratio, device: Ratio, held: Terms, *, nested: bool) -> Ratio:
    """Return both groups as one: log LR = log LR(address) + λ log LR(device), with λ below 1.

    ``nested``: the device was seen at the very address in both cases. Then one fact shows twice, and only the weightier
    of the two counts.
    """
    if nested:
        return max(address, device, key=lambda item: (item.middle, item.low, item.high))
    low, middle, high = (
        significant(one * other**held.weight)
        for one, other in ((address.low, device.low), (address.middle, device.middle), (address.high, device.high))
    )
    return Ratio(low=low, middle=middle, high=high)
