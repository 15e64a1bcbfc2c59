"""The code of a head: the same picture each time, read back by a program that is not ours, and on every sealed page."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import segno

from forensics.report import qr, render_html
from tests.report import views

if TYPE_CHECKING:
    from pathlib import Path

TEXT = qr.head_text("example.org/case/2026-001", 4_711, bytes(range(32)))


def test_the_text_is_that_of_a_checkpoint() -> None:
    root = base64.b64encode(bytes(range(32))).decode()
    assert f"example.org/case/2026-001\n4711\n{root}\n" == TEXT


def test_the_picture_has_every_dark_module_once() -> None:
    modules = sum(map(sum, segno.make_qr(TEXT, error="m").matrix))
    drawn = re.findall(r'<rect x="\d+" y="\d+" width="(\d+)" height="1">', qr.svg(TEXT, "Checkpoint"))
    assert sum(map(int, drawn)) == modules
    assert qr.svg(TEXT, "Checkpoint") == qr.svg(TEXT, "Checkpoint")
    assert "<title>&lt;b&gt;</title>" in qr.svg(TEXT, "<b>")
    assert "".join(qr.blocks(TEXT)).count("  ") == modules


def test_a_name_too_long_for_a_code_is_an_error() -> None:
    with pytest.raises(ValueError, match="too large"):
        qr.svg("x" * 5_000, "Checkpoint")


@pytest.mark.skipif(
    shutil.which("zbarimg") is None or shutil.which("rsvg-convert") is None,
    reason="needs zbarimg and rsvg-convert (Debian: zbar-tools, librsvg2-bin)",
)
def test_the_code_on_a_page_reads_back(tmp_path: Path) -> None:
    view = views.rich()
    assert view.checkpoint is not None
    page = render_html(view).decode()
    codes = [found for found in re.findall(r"<svg .*?</svg>", page, re.DOTALL) if found.count('height="1"') > 100]
    assert len(codes) == 1
    (tmp_path / "code.svg").write_text(codes[0], encoding="utf-8")
    subprocess.run(["rsvg-convert", "-o", tmp_path / "code.png", tmp_path / "code.svg"], check=True)
    done = subprocess.run(["zbarimg", "--quiet", "--raw", tmp_path / "code.png"], capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    assert lines[:3] == [view.checkpoint.origin, str(view.checkpoint.size), view.checkpoint.root]
