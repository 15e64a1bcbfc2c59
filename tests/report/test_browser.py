"""The page in a real browser, from ``file://``: whole without scripts, silent with them, deaf to injected ones.

The browser speaks over sockets, which the test run forbids; so each check runs as a program of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forensics.report import render_html
from tests.report import views

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytest.importorskip("playwright", reason="needs playwright")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (Debian: apt-get install chromium)")

PROBE = r"""
import json, sys
from playwright.sync_api import sync_playwright

chromium, path, script, media, width = sys.argv[1:6]
ARGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync").split()
LOOK = '''() => ({
  text: document.body.innerText,
  shown: Array.from(document.querySelectorAll("article.finding")).filter((e) => e.checkVisibility()).map((e) => e.id),
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  colour: getComputedStyle(document.body).backgroundColor,
  border: getComputedStyle(document.querySelector("thead th") || document.body).borderBottomWidth,
  pwned: window.pwned === undefined ? null : window.pwned, inputs: document.querySelectorAll("input").length,
  svg: getComputedStyle(document.querySelector("svg .ink") || document.body).fill })'''
ACT = '''() => {
  const table = document.querySelector("table.exhibits");
  const first = () => table.tBodies[0].rows[0].textContent;
  const before = first();
  const button = table.tHead.rows[0].cells[0].querySelector("button");
  button.click(); button.click();
  const input = document.querySelector("input");
  input.value = "sms-2020"; input.dispatchEvent(new Event("input"));
  const rows = Array.from(table.tBodies[0].rows).filter((row) => row.checkVisibility()).length;
  const sorted = table.tHead.rows[0].cells[0].getAttribute("aria-sort");
  return { changed: before !== first(), sorted, rows, label: button.getAttribute("aria-label") } }'''
with sync_playwright() as player:
    browser = player.chromium.launch(executable_path=chromium, args=ARGS)
    size = {"width": int(width), "height": 900}
    page = browser.new_context(java_script_enabled=script != "off", viewport=size, color_scheme=media).new_page()
    said, asked, refused = [], [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
    page.goto(f"file://{path}")
    page.wait_for_timeout(100)
    seen = page.evaluate(LOOK)
    if script == "act":
        seen["act"] = page.evaluate(ACT)
    print(json.dumps({**seen, "console": said, "requests": asked, "refused": refused, "url": page.url}))
    browser.close()
"""


def look(tmp_path: Path, html: bytes, *, script: str = "on", media: str = "light", width: int = 1280) -> dict[str, Any]:
    """Open a page and return what the browser saw."""
    path = tmp_path / "report.html"
    path.write_bytes(html)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, CHROMIUM, str(path), script, media, str(width)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_without_scripts_every_finding_is_shown(tmp_path: Path) -> None:
    seen = look(tmp_path, render_html(views.rich()), script="off")
    assert seen["shown"] == [f"F-{n}" for n in range(1, 8)]
    assert all(finding.statement[:60] in seen["text"] for finding in views.rich().findings)
    assert (seen["inputs"], seen["console"], seen["wide"]) == (0, [], 0)
    assert seen["border"] == "2px"  # our style is really applied, so its hash is right


def test_with_scripts_nothing_is_asked_of_anybody_and_the_aids_work(tmp_path: Path) -> None:
    seen = look(tmp_path, render_html(views.rich()), script="act")
    assert seen["console"] == []
    assert seen["requests"] == [seen["url"]]
    assert seen["inputs"] >= 2
    assert seen["act"] == {"changed": True, "sorted": "descending", "rows": 1, "label": "Sort: Exhibit"}


def test_an_injected_script_style_or_image_does_nothing(tmp_path: Path) -> None:
    bad = (
        b"<script>window.pwned=1</script><img src=https://evil.example/i onerror=window.pwned=2>"
        b"<svg onload=window.pwned=3></svg><link rel=stylesheet href=https://evil.example/s>"
    )
    seen = look(tmp_path, render_html(views.rich()).replace(b"<main>", b"<main>" + bad))
    assert seen["pwned"] is None
    assert set(seen["requests"]) <= {seen["url"], "https://evil.example/i", "https://evil.example/s"}
    assert {url for url, _ in seen["refused"]} == set(seen["requests"]) - {seen["url"]}
    assert {reason for _, reason in seen["refused"]} == {"csp"}  # refused by the page, not by a missing network
    assert len(seen["console"]) >= 3  # the browser reports each refusal
    assert len(seen["shown"]) == 7


def test_a_hostile_case_stays_text_on_a_small_dark_screen(tmp_path: Path) -> None:
    seen = look(tmp_path, render_html(views.hostile()), media="dark", width=390)
    assert (seen["pwned"], seen["console"], seen["requests"]) == (None, [], [seen["url"]])
    assert "<script>window.pwned=1</script>" in seen["text"]
    assert seen["wide"] == 0
    assert seen["colour"] == "rgb(21, 23, 26)"
    assert seen["svg"] == "rgb(233, 231, 226)"
