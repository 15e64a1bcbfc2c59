"""``class-YYYY-MM-DD``: what kind of network an address is in, out of the MISP warning lists, CC0.

Every list states its own date in ``version``; lists of one day form one bundle, and nothing is dated by its package.
A word is ``class/misp-list``. A list says what it holds on its day and nothing about other days or lists: an address in
no list of a bundle is not thereby ordinary. Left out: lists without a date (a running number, or a number that is no
day), lists of what is no network (host names), of special-purpose blocks, of scanners and of crawlers, and the few
addresses of Fastly in 2020.
"""

from __future__ import annotations

import ipaddress
import json
import zipfile
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from forensics.enrichment.bundle_writer import Provenance, write_bundle
from forensics.enrichment.lookup import V4, V6, RangeTable
from tools.snapshot_inputs.packages import MISP_2020, MISP_2021, MISP_2025, Package, fetch
from tools.snapshot_inputs.rows import table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from forensics.enrichment.bundle import Manifest

# "vpn-ipv4" and "vpn-ipv6" are lists of "VPN providers and datacenters" by their own description: broad lists.
CLASSES = {
    "akamai": "cdn",
    "amazon-aws": "hosting",
    "cloudflare": "cdn",
    "fastly": "cdn",
    "github": "hosting",
    "google-gcp": "hosting",
    "google-gmail-sending-ips": "mail_service",
    "microsoft-azure": "hosting",
    "microsoft-azure-china": "hosting",
    "microsoft-azure-germany": "hosting",
    "microsoft-azure-us-gov": "hosting",
    "microsoft-office365-cn": "hosting",
    "microsoft-office365-ip": "hosting",
    "ovh-cluster": "hosting",
    "public-dns-v4": "public_dns",
    "public-dns-v6": "public_dns",
    "smtp-receiving-ips": "mail_service",
    "smtp-sending-ips": "mail_service",
    "stackpath": "cdn",
    "vpn-ipv4": "hosting_or_vpn",
    "vpn-ipv6": "hosting_or_vpn",
    "zscaler": "proxy",
}
_AZURE = ("microsoft-azure", "microsoft-azure-china", "microsoft-azure-germany", "microsoft-azure-us-gov")
_OFFICE = ("microsoft-office365-cn", "microsoft-office365-ip")
_MAIL = ("google-gmail-sending-ips", "smtp-receiving-ips", "smtp-sending-ips")
BUNDLES: dict[date, tuple[Package, tuple[str, ...]]] = {
    date(2017, 12, 29): (MISP_2020, ("microsoft-azure", "microsoft-office365-cn")),
    date(2018, 11, 14): (MISP_2020, ("public-dns-v4", "public-dns-v6")),
    date(2019, 3, 9): (MISP_2020, ("akamai",)),
    date(2019, 7, 24): (MISP_2020, ("vpn-ipv4", "vpn-ipv6")),
    date(2019, 8, 9): (MISP_2020, ("google-gmail-sending-ips",)),
    date(2019, 12, 12): (MISP_2020, ("microsoft-office365-ip",)),
    date(2020, 2, 10): (MISP_2020, ("amazon-aws", "cloudflare")),
    date(2020, 10, 24): (MISP_2021, ("google-gcp",)),
    date(2021, 1, 15): (
        MISP_2021,
        ("amazon-aws", "cloudflare", "microsoft-azure", "microsoft-office365-ip", "vpn-ipv4", "vpn-ipv6"),
    ),
    date(2024, 4, 22): (MISP_2025, ("akamai", "fastly", "ovh-cluster", "stackpath", "vpn-ipv6")),
    date(2024, 6, 15): (MISP_2025, ("public-dns-v4", "public-dns-v6")),
    date(2024, 12, 3): (MISP_2025, _AZURE),
    date(2025, 12, 23): (
        MISP_2025,
        ("amazon-aws", "cloudflare", "github", "google-gcp", *_OFFICE, *_MAIL, "vpn-ipv4", "zscaler"),
    ),
}


def read_list(wheel: zipfile.ZipFile, name: str, day: date) -> list[str]:
    """Return the entries of a list after comparing the day that it states with the day that we print."""
    place = next(path for path in wheel.namelist() if path.endswith(f"/lists/{name}/list.json"))
    held = json.loads(wheel.read(place))
    if str(held["version"]) != f"{day:%Y%m%d}":
        message = f"{name} states version {held['version']}, not {day}"
        raise SystemExit(message)
    return [str(entry).strip() for entry in held["list"]]


def bounds(entries: Iterable[str], family: int) -> tuple[list[tuple[int, int]], int]:
    """Return ``(first, last)`` of the blocks of one family, ascending, touching ones joined, and how many were no block.

    Entries with bits behind the prefix are no blocks: which block was meant is not known.
    """
    found, refused = [], 0
    for entry in entries:
        try:
            block = ipaddress.ip_network(entry)
        except ValueError:
            refused += 1
            continue
        if block.version == family:
            found.append((int(block.network_address), int(block.broadcast_address)))
    joined: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined, refused


def labelled(lists: dict[str, list[tuple[int, int]]], family: int) -> RangeTable:
    """Lay the ranges of several lists over each other; every range carries the words of all lists that hold it."""
    words = sorted(f"{CLASSES[name]}/misp-{name}" for name in lists)
    changes: dict[int, int] = {}
    for name, ranges in lists.items():
        bit = 1 << words.index(f"{CLASSES[name]}/misp-{name}")
        for first, last in ranges:
            changes[first] = changes.get(first, 0) ^ bit
            changes[last + 1] = changes.get(last + 1, 0) ^ bit
    held, rows = 0, []
    for place, following in pairwise(sorted(changes)):
        held ^= changes[place]
        if held:
            rows.append((place, following - 1, held))
    masks = sorted({mask for *_, mask in rows})
    sets = tuple(tuple(word for bit, word in enumerate(words) if mask >> bit & 1) for mask in masks)
    return table(
        family,
        [row[:2] for row in rows],
        classes=[masks.index(mask) for *_, mask in rows],
        class_sets=sets or ((),),
    )


def build(day: date, inputs: Path, out: Path) -> Manifest:
    """Build the bundle of one day."""
    package, names = BUNDLES[day]
    tables = []
    with zipfile.ZipFile(fetch(package, inputs)) as wheel:
        entries = {name: read_list(wheel, name, day) for name in names}
    for family in (V4, V6):
        lists = {}
        for name, held in entries.items():
            lists[name], refused = bounds(held, family)
            if refused and family == V4:
                print(f"{name} of {day}: {refused} of {len(held)} entries are no block and left out")
        tables.append(labelled({name: ranges for name, ranges in lists.items() if ranges}, family))
    provenance = Provenance(
        id=f"class-{day}",
        kind="net_class",
        as_of=day,
        published=None,
        source=f"MISP warning lists: {', '.join(names)}",
        source_package=package.name,
        source_version=package.version,
        source_sha256=package.sha256,
        licence="CC0-1.0",
        attribution="MISP project and contributors, public domain; no attribution required",
        redistributable=True,
    )
    return write_bundle(out / provenance.id, provenance, tables[0], tables[1], None, small=True)
