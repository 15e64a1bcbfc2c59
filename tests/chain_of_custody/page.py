"""The page of the kit in a real browser, opened from ``file://`` and given folders as a person gives them.

The browser speaks over sockets, which the test run forbids; so it runs in a program of its own, many folders at once.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.chain_of_custody.sealed_case import KIT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
PAGE = KIT / "verify.html"

PROBE = r"""
import json, sys
from playwright.sync_api import sync_playwright

chromium, wanted = sys.argv[1], json.load(sys.stdin)
ARGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync").split()
SEEN = '''() => ({
  verdict: document.getElementById("verdict").textContent,
  facts: document.getElementById("facts").textContent,
  steps: Array.from(document.querySelectorAll("#steps li")).map(
    (item) => [Number(item.dataset.n), item.dataset.state, item.textContent]),
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  colour: getComputedStyle(document.body).backgroundColor })'''
DONE = '''() => !/^(Nothing was checked yet|Checking|Reading)/.test(document.getElementById("verdict").textContent)'''
OLD = '''const real = crypto.subtle.importKey.bind(crypto.subtle);
  crypto.subtle.importKey = async (form, data, kind, ...rest) => {
    if (kind.name === "Ed25519") throw new DOMException("Unrecognized name.", "NotSupportedError");
    return real(form, data, kind, ...rest); };'''


def dropped(page, folder):
    box = page.locator("#drop").bounding_box()
    data = {"items": [], "files": [folder], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + 9, "y": box["y"] + 9}
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


with sync_playwright() as player:
    browser = player.chromium.launch(executable_path=chromium, args=ARGS)
    for one in wanted:
        context = browser.new_context(viewport={"width": one["width"], "height": 900}, color_scheme=one["scheme"])
        if one["old"]:
            context.add_init_script(OLD)
        page = context.new_page()
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto("file://" + one["page"])
        page.evaluate("([head, key]) => { document.getElementById('head').value = head;"
                      " document.getElementById('key').value = key }", [one["head"], one["key"]])
        if one["drop"]:
            dropped(page, one["folder"])
        else:
            page.set_input_files("#folder", one["folder"])
        page.wait_for_function(DONE, timeout=60000)
        seen = page.evaluate(SEEN)
        if one["axe"]:
            from axe_playwright_python.sync_playwright import Axe
            seen["axe"] = [found["id"] for found in Axe().run(page).response["violations"]]
        print(json.dumps({**seen, "console": said, "requests": asked, "url": page.url}), flush=True)
        context.close()
    browser.close()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the page said about a folder."""

    verdict: str
    facts: str
    steps: list[tuple[int, str, str]]
    wide: int
    colour: str
    console: list[str]
    requests: list[str]
    url: str
    axe: list[str] | None = None

    @property
    def failed(self) -> list[int]:
        """Numbers of the failed steps."""
        return [n for n, state, _ in self.steps if state == "FAIL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A folder given to the page: how, in which browser, and what was typed in beforehand."""

    folder: Path
    head: str = ""
    key: str = ""
    drop: bool = False
    old: bool = False
    """A browser without Ed25519."""
    scheme: str = "light"
    width: int = 1280
    axe: bool = False
    page: Path = PAGE


def look(visits: Sequence[Visit]) -> list[Seen]:
    """Open the page anew for each visit; one browser for all."""
    wanted = [
        {"folder": str(one.folder), "head": one.head, "key": one.key, "drop": one.drop, "old": one.old,
         "scheme": one.scheme, "width": one.width, "axe": one.axe, "page": str(one.page)}
        for one in visits
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROBE, CHROMIUM], input=json.dumps(wanted), capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [Seen(**json.loads(line)) for line in done.stdout.splitlines()]
