"""Two cases side by side: every value that they share becomes a tie with its weight, and the ties become one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.attribution.case_ties import (
    NEAR,
    NOT_EVALUATED,
    SHARED,
    TIE,
    UNRELATED_CASE,
    PairOfCases,
    Side,
    Tie,
    Use,
    as_strength,
    lower,
    ratio_of,
    standing,
)
from forensics.attribution.device_term import Ratio, Terms, chance, device_term, terms, together, visible
from forensics.attribution.parameters import SHARED_CLASSES, UNKNOWN
from forensics.attribution.step_order import alike
from forensics.attribution.tie_counter import TieFacts, about_address, about_device, about_steps
from forensics.model import Link, Strength
from forensics.pipeline.tie_weighing import MAX_SET, Sharing

if TYPE_CHECKING:
    from forensics.pipeline.common_ground import CommonGround
    from forensics.pipeline.compared_cases import ComparedCase
    from forensics.pipeline.tie_weighing import TieWeigher

MAX_TIES, MAX_NEAR, MAX_UNMATCHED = 50, 20, 50
"""Most ties of a kind, values that lie near, and addresses without a match that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """What all ties of two cases have in common."""

    one: int
    other: int
    first: ComparedCase
    second: ComparedCase
    size: dict[str, Any]
    cases: int

    @property
    def pairs(self) -> int:
        """How many pairs of addresses were compared."""
        one, other = self.size["addresses"]
        return int(one * other)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pick:
    """A tied address with its ratio as one pick of many, and the same against another user of its network."""

    key: str
    ratio: Ratio
    network: float | None


class Pairing:
    """Comparing cases two by two."""

    def __init__(self, ground: CommonGround, cases: Sequence[ComparedCase], weigher: TieWeigher) -> None:
        """Compare cases whose sessions lie in ``ground``."""
        self._ground = ground
        self._cases = cases
        self._weigher = weigher
        self._terms: Terms = terms()

    def compare(self, one: int, other: int) -> PairOfCases:
        """Return all that two cases share or lie near each other in, and what was compared without a match."""
        pair = _Pair(
            one=one,
            other=other,
            first=self._cases[one],
            second=self._cases[other],
            size=self._ground.pair(one, other),
            cases=len(self._cases),
        )
        self._weigher.begin()
        addresses, further, picked = self._addresses(pair)
        devices, more = self._devices(pair)
        near, beyond = self._near(pair)
        whole = self._whole(pair, picked, devices)
        ties = (*addresses, *devices, *near, *self._steps(pair))
        return PairOfCases(
            sides=(self._side(pair, 0), self._side(pair, 1)),
            ties=ties,
            further=further + more + beyond,
            strength=whole,
            bridges=whole is not None and whole.lr_low >= self._terms.least_low,
            pairs_compared=pair.pairs,
            expected=self._expected(pair, addresses[0].uses[0].address) if addresses else self._by_any(pair),
            told_twice=pair.size["told_twice"],
            accounts_in_common=pair.size["accounts"],
            notes=self._notes(pair),
        )

    # --- addresses ----------------------------------------------------------------------------------------------------

    def _addresses(self, pair: _Pair) -> tuple[list[Tie], int, list[_Pick]]:
        """Return the shared addresses, the number of further ones, and each tie with its ratio as one pick of many."""
        rows, total = self._ground.exact(pair.one, pair.other, MAX_TIES)
        told = [self._weigher.told(pair.one, row["one"], pair.other, row["other"]) for row in rows]
        found: list[Tie] = []
        picked: list[_Pick] = []
        for row, sharing in zip(rows, told, strict=True):
            forth = self._weigher.link(pair.other, row["other"], pair.one)
            back = self._weigher.link(pair.one, row["one"], pair.other)
            tie = self._address(pair, row, sharing, (forth, back))
            found.append(tie)
            if tie.standing == TIE and forth is not None and back is not None:
                one, other = pair.size["addresses"]
                each = (ratio_of(forth.strength, other), ratio_of(back.strength, one))
                within = [
                    link.strength.lr_network / number
                    for link, number in ((forth, other), (back, one))
                    if link.strength.lr_network is not None
                ]
                ratio = min(each, key=lambda item: (item.middle, item.low, item.high))
                picked.append(_Pick(key=tie.value, ratio=ratio, network=min(within, default=None)))
        return found, total - len(rows), picked

    def _address(
        self, pair: _Pair, row: dict[str, Any], sharing: Sharing, links: tuple[Link | None, Link | None]
    ) -> Tie:
        held = _lower(links)
        stands, why = standing(held, row["cases"], sharing.name, self._terms, SHARED_CLASSES)
        uses = self._uses(pair, row["one"], row["other"])
        gap = max((abs(link.gap_days or 0) for link in links if link is not None), default=0)
        known = TieFacts(
            gap_days=gap,
            sharing=sharing.name,
            sharing_basis=sharing.basis,
            pairs=pair.pairs,
            expected=self._expected(pair, row["one"]),
            accounts_in_common=pair.size["accounts"],
            cases=pair.cases,
        )
        return Tie(
            kind="address",
            value=row["key"],
            standing=stands,
            why=why,
            ring="exact",
            uses=uses,
            strength=held,
            directions=tuple(link for link in links if link is not None),
            alternatives=about_address(known),
            says=f"{row['key']} has unexplained sessions in both cases, {_days(gap)}. {_weight(held, why)}",
        )

    def _near(self, pair: _Pair) -> tuple[list[Tie], int]:
        """Return networks and AS in which both cases have different addresses: never a tie, always told."""
        around, first_total = self._ground.near(pair.one, pair.other, MAX_NEAR)
        origins, second_total = self._ground.origins(pair.one, pair.other, MAX_NEAR)
        found = [self._neighbours(pair, row, "neighbourhood", row["around"]) for row in around]
        found += [self._neighbours(pair, row, "origin_as", f"AS{row['asn']}") for row in origins]
        return found, first_total + second_total - len(found)

    def _neighbours(self, pair: _Pair, row: dict[str, Any], kind: str, value: str) -> Tie:
        links = (
            self._weigher.link(pair.other, row["other"], pair.one),
            self._weigher.link(pair.one, row["one"], pair.other),
        )
        held = _lower(links)
        uses = self._uses(pair, row["one"], row["other"], (row["one_number"], row["other_number"]))
        known = TieFacts(
            gap_days=0,
            sharing=UNKNOWN,
            sharing_basis="",
            pairs=pair.pairs,
            expected=self._weigher.expected(pair.one, row["one"], pair.pairs, kind),
            accounts_in_common=pair.size["accounts"],
            cases=pair.cases,
            near=True,
        )
        why = "proximity: many unrelated people use one network, so it never joins cases"
        return Tie(
            kind=kind,
            value=value,
            standing=NEAR,
            why=why,
            ring=kind,
            uses=uses,
            strength=held,
            directions=tuple(link for link in links if link is not None),
            alternatives=about_address(known)[1:5],
            says=f"Both cases have unexplained sessions in {value} (AS{row['asn']}), of different addresses. {why.capitalize()}.",
        )

    def _uses(self, pair: _Pair, one: str, other: str, numbers: tuple[int, int] = (1, 1)) -> tuple[Use, Use]:
        sides = ((pair.one, pair.first, one), (pair.other, pair.second, other))
        held = []
        for (number, case, address), count in zip(sides, numbers, strict=True):
            first, last, _ = self._ground.address_dates(number, address)
            held.append(Use(case=case.id, address=address, number=count, first=first, last=last))
        return held[0], held[1]

    # --- devices and steps --------------------------------------------------------------------------------------------

    def _devices(self, pair: _Pair) -> tuple[list[Tie], int]:
        rows, total = self._ground.devices(pair.one, pair.other, MAX_TIES)
        return [self._device(pair, row) for row in rows], total - len(rows)

    def _device(self, pair: _Pair, row: dict[str, Any]) -> Tie:
        one, other = pair.size["devices"]
        term = device_term(1, one * other, chance(row["device"], self._terms), self._terms)
        held = as_strength(term, UNRELATED_CASE, self._weigher.parameters)
        stands, why = standing(held, row["cases"], UNKNOWN, self._terms, SHARED_CLASSES)
        if len(visible(row["device"])) < self._terms.least_characters:
            stands, why = SHARED, "too few characters are visible to tell devices apart"
        known = TieFacts(
            gap_days=0,
            sharing=UNKNOWN,
            sharing_basis="",
            pairs=one * other,
            expected=0.0,
            accounts_in_common=pair.size["accounts"],
            cases=pair.cases,
        )
        device = row["device"]
        uses = tuple(
            Use(case=case.id, address="", number=1, first=row[f"{side}_first"], last=row[f"{side}_last"])
            for case, side in ((pair.first, "one"), (pair.second, "other"))
        )
        return Tie(
            kind="device",
            value=device,
            standing=stands,
            why=why,
            ring="",
            uses=uses,
            strength=held,
            directions=(),
            alternatives=about_device(known, visible=len(visible(device))),
            says=f"Unexplained sessions of both cases show the device identifier {device}. {_weight(held, why)}",
        )

    def _steps(self, pair: _Pair) -> tuple[Tie, ...]:
        found = alike(pair.first.steps, pair.second.steps)
        if found is None:
            return ()
        return (
            Tie(
                kind="sequence",
                value=" > ".join(found.common),
                standing=NEAR,
                why="behaviour, which nobody has counted: it never joins cases",
                ring="",
                uses=(),
                strength=None,
                directions=(),
                alternatives=about_steps(),
                says=found.says,
            ),
        )

    # --- the pair as a whole ------------------------------------------------------------------------------------------

    def _whole(self, pair: _Pair, picked: Sequence[_Pick], devices: Sequence[Tie]) -> Strength | None:
        """Return one figure for two cases: of the addresses the best pick, of the devices one term, joined by λ."""
        best = max(picked, key=lambda item: (item.ratio.middle, item.ratio.low, item.key), default=None)
        held = [item for item in devices if item.standing == TIE]
        if best is None and not held:
            return None
        one, other = pair.size["devices"]
        likeliest = max((chance(item.value, self._terms) for item in held), default=0.0)
        term = device_term(len(held), one * other, likeliest, self._terms) if one and other else None
        nested = best is not None and any(self._seen_at(pair, item.value, best.key) for item in held)
        found = self._joined(best.ratio if best else None, term, nested=nested)
        within = None
        if best is not None and best.network is not None:
            alone = Ratio(low=best.network, middle=best.network, high=best.network)
            within = self._joined(alone, term, nested=nested)
        return as_strength(found, UNRELATED_CASE, self._weigher.parameters, within)

    def _joined(self, address: Ratio | None, device: Ratio | None, *, nested: bool) -> Ratio:
        if address is not None and device is not None:
            return together(address, device, self._terms, nested=nested)
        found = address or device
        return found or Ratio(low=1.0, middle=1.0, high=1.0)

    def _seen_at(self, pair: _Pair, device: str, key: str) -> bool:
        """Whether both cases saw a device at the very address that they share: then address and device are one fact."""
        return all(key in self._ground.device_keys(number, device) for number in (pair.one, pair.other))

    def _expected(self, pair: _Pair, address: str) -> float:
        return self._weigher.expected(pair.one, address, pair.pairs)

    def _by_any(self, pair: _Pair) -> float:
        chosen = self._ground.addresses(pair.one, 1)
        return self._expected(pair, chosen[0]) if chosen else 0.0

    def _side(self, pair: _Pair, side: int) -> Side:
        number, case = ((pair.one, pair.first), (pair.other, pair.second))[side]
        listed, total = self._ground.unmatched(number, MAX_UNMATCHED)
        return Side(
            case=case.id,
            addresses=pair.size["addresses"][side],
            devices=pair.size["devices"][side],
            unmatched=tuple(listed),
            unmatched_total=total,
        )

    def _notes(self, pair: _Pair) -> tuple[str, ...]:
        said = []
        for case, number in zip((pair.first, pair.second), pair.size["addresses"], strict=True):
            if number > MAX_SET:
                said.append(
                    f"{case.id} has {number:,} unexplained addresses, more than {MAX_SET:,}: what it shares is listed and"
                    " not weighed, for chance alone would give matches."
                )
        if pair.size["told_twice"]:
            said.append(
                f"{pair.size['told_twice']} unexplained sessions are told alike by both cases and were left out of the"
                " comparison: the same rows are no coincidence."
            )
        return tuple(said)


def _lower(links: Sequence[Link | None]) -> Strength:
    """Return the lower of two directions; where either could not be weighed, the pair is not."""
    held = [link.strength for link in links if link is not None and link.strength.words != NOT_EVALUATED]
    if len(held) < len(links):
        return Strength(lr_low=1.0, lr=1.0, lr_high=1.0, words=NOT_EVALUATED, against=UNRELATED_CASE)
    return lower(held[0], held[1])


def _days(gap: int) -> str:
    return "on the same day" if gap == 0 else f"{gap:,} {'day' if gap == 1 else 'days'} apart"


def _weight(held: Strength, why: str) -> str:
    if why:
        return f"{why.capitalize()}."
    return (
        f"What was found is about {_figure(held.lr)} times more probable if one source stands behind both than if the"
        f" sessions came from {held.against} (range {_figure(held.lr_low)} to {_figure(held.lr_high)}:"
        f" {held.words_country or held.words})."
    )


def _figure(value: float) -> str:
    """Write a ratio with two significant digits."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"  # noqa: PLR2004 - two digits
