"""Which tool computes: a digest over its own files, and the libraries whose versions can shape a result.

An analysis records both, so that a replay that comes to something else can say what is different: the version, files
of the tool itself, a library (time zones, names of months, a parser), or nothing of these.
"""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
LIBRARIES = (
    "asn1crypto",
    "babel",
    "cryptography",
    "defusedxml",
    "dkimpy",
    "dnspython",
    "duckdb",
    "ipwhois",
    "jinja2",
    "libpff-python",
    "maxminddb",
    "msgspec",
    "networkx",
    "numpy",
    "olefile",
    "pyarrow",
    "pyhanko",
    "pyhanko-certvalidator",
    "pyyaml",
    "rfc3161-client",
    "segno",
    "selectolax",
    "sqlalchemy",
    "stringzilla",
    "typst",
    "tzdata",
    "xlsxwriter",
)
"""Distributions that read evidence, compute, or write what is sealed; one that is not installed is left out."""
FORMATS = "forensics.formats"
"""The group of entry points by which third parties add formats."""
_PASSED_OVER = frozenset({"__pycache__", "_samples"})


@cache
def digest() -> str:
    """Return the SHA-256 over the tool's own files: lines of digest, two spaces, path, sorted by path."""
    lines = []
    for path in sorted(PACKAGE.rglob("*"), key=lambda item: item.relative_to(PACKAGE).as_posix()):
        inner = path.relative_to(PACKAGE)
        if path.is_file() and not _PASSED_OVER.intersection(inner.parts) and not inner.name.startswith("."):
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {inner.as_posix()}\n")
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


@cache
def libraries() -> dict[str, str]:
    """Return name → version of Python, of the libraries that can shape a result, and of packages that add to the tool."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    for entry in metadata.entry_points(group=FORMATS):
        if entry.dist is not None:
            found[entry.dist.name] = entry.dist.version
    return dict(sorted(found.items()))
