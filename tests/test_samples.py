"""Every generated sample is what its builder writes."""

from __future__ import annotations

import importlib
import zipfile
from pathlib import Path

import pytest

from tests.pipeline import march

BUILDERS = {"colleague": "colleague", "neighbour": "neighbour", "false-alarm": "false_alarm", "servers": "server"}


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_a_sample_is_what_its_builder_writes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives are compared by their members: compression differs between versions of zlib."""
    builder = importlib.import_module(f"tools.build_{BUILDERS[name]}_sample")
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    builder.main()
    assert held(tmp_path) == held(march.ROOT / "samples" / name)


def held(folder: Path) -> dict[str, object]:
    files = (path for path in folder.rglob("*") if path.is_file() and "expected" not in path.parts)
    return {str(path.relative_to(folder)): content(path) for path in files}


def content(path: Path) -> object:
    if path.suffix == ".gz":
        import gzip

        return gzip.decompress(path.read_bytes())
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return {item.filename: archive.read(item) for item in archive.infolist()}
