"""From what the guard let through to the closed items of a bundle: kinds instead of providers, months instead of times."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from forensics.exchange.bundle import SHARED_BY, Bundle, Item, coarse
from forensics.pipeline.share_guard import is_fictional_space

if TYPE_CHECKING:
    from forensics.case import CaseFolder
    from forensics.pipeline.share_guard import Use

KINDS = {
    "mail": ("google", "yahoo", "proton", "mailru", "yandex", "microsoft", "outlook", "mail", "m365", "workspace"),
    "social": ("facebook", "instagram", "meta", "x", "twitter", "tiktok", "linkedin", "snapchat", "reddit", "vk"),
    "messaging": ("telegram", "whatsapp", "discord", "slack", "signal"),
    "cloud": ("apple", "dropbox", "amazon", "microsoft365", "entra", "github"),
    "server": ("weblog", "linux", "cpanel", "vsftpd", "wordpress", "journald"),
}
"""Kinds of account by provider; any other is ``other``. ``google`` opens mail before anything else."""

_NEUTRAL = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - a placeholder, nothing is bound


def items(uses: Sequence[Use], grain: str, secret: bytes | None) -> tuple[Item, ...]:
    """Return the items; ``secret`` names devices at random, and without one no device is named."""
    return tuple(_item(use, grain, secret) for use in uses)


def _item(use: Use, grain: str, secret: bytes | None) -> Item:
    if use.first is None or use.last is None:
        message = "the guard let something through that has no time"
        raise ValueError(message)
    row = _spoken_for(use)
    as_of = row.get("as_of")
    return Item(
        indicator=use.asked.indicator,
        role="takeover_step" if use.asked.takeover else "unexplained_session",
        accounts=tuple(sorted({kind_of(name) for name in use.providers})),
        first=coarse(use.first, grain),
        last=coarse(use.last, grain),
        shared_by=_shared_by(use.classes),
        origin_as=row.get("origin_as"),
        country=row.get("country") if row.get("origin_as") else None,
        snapshot=str(row.get("snapshot") or "") if row.get("origin_as") else "",
        as_of=date.fromisoformat(as_of) if as_of and row.get("origin_as") else None,
        devices=tuple(sorted(_device(name, secret) for name in use.devices)) if secret else (),
    )


def _spoken_for(use: Use) -> dict[str, Any]:
    """Return the row that speaks for all addresses of an item; where their origins differ, none does."""
    origins = {row["origin_as"] for row in use.rows}
    return dict(use.rows[0]) if len(origins) == 1 else {}


def kind_of(provider: str) -> str:
    """Return the kind of account that a provider's name stands for."""
    return next((kind for kind, names in KINDS.items() if provider in names), "other")


def _shared_by(classes: set[str]) -> str:
    known = sorted(name for name in classes if name in SHARED_BY and name != "unknown")
    return known[0] if len(known) == 1 else "unknown"


def _device(name: str, secret: bytes) -> str:
    """Return the random name of a device in this bundle; without the secret, which is thrown away, nobody finds it."""
    return f"device-{hmac.digest(secret, f'device{chr(0)}{name}'.encode(), 'sha256')[:4].hex()}"


def blank(bundle: Bundle) -> Bundle:
    """Return the bundle without what the case gave to it: what it still says, every bundle says."""
    neutral = [
        replace(item, indicator=_NEUTRAL[item.network.version] if item.single else item.indicator)
        for item in bundle.items
    ]
    return replace(bundle, items=tuple(neutral), note="")


def is_sample(case: CaseFolder, uses: Sequence[Use] = ()) -> bool:
    """Whether the case is a sample, or uses fictional snapshots; with ``uses``, whether all of them lie in fiction."""
    if not all(is_fictional_space(use.asked.network) for use in uses):
        return False
    return case.facts.sample or any(
        json.loads(path.read_text(encoding="utf-8")).get("sample") is True
        for path in sorted((case.path / "snapshots").glob("*/manifest.json"))
    )
