"""The page in a real browser against the real server: no script, two colour schemes, keyboard only, nothing elsewhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.registry.written import SOURCE, record
from tests.serve.asking import Outside, served, store

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytest.importorskip("playwright", reason="needs playwright")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (Debian: apt-get install chromium)")
HOSTILE = "<img src=https://evil.example/i onerror=window.pwned=1><script>window.pwned=2</script>"
STATED = {"entity": "Sample Ministry (fictional)", "statement": "It was theirs.", "source": "s-1", "grade": "B2"}

PROBE = r"""
import json, sys
from playwright.sync_api import sync_playwright

chromium, url, folder, media, width, script = sys.argv[1:7]
ARGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync").split()
LOOK = '''() => {
  const named = (e) => e.labels && e.labels.length > 0 && e.labels[0].textContent.trim() !== "";
  const shown = (e) => e.checkVisibility();
  const describes = (e) => (e.getAttribute("aria-labelledby") || "").split(" ").every((id) => document.getElementById(id));
  return {
    text: document.body.innerText, title: document.title, lang: document.documentElement.lang,
    unnamed: Array.from(document.querySelectorAll("input, textarea, select")).filter((e) => !named(e)).length,
    landmarks: ["header", "main", "footer"].map((name) => document.querySelectorAll("body > " + name).length),
    headings: Array.from(document.querySelectorAll("h1, h2, h3")).map((e) => Number(e.tagName[1])),
    sections: Array.from(document.querySelectorAll("section, aside")).every(describes),
    ids: (() => { const all = Array.from(document.querySelectorAll("[id]")).map((e) => e.id);
                  return all.length === new Set(all).size; })(),
    small: Array.from(document.querySelectorAll("button, textarea, input[type=date]"))
      .filter((e) => e.getBoundingClientRect().height < 40).length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    paper: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
    border: getComputedStyle(document.querySelector("form")).borderTopWidth,
    pwned: window.pwned === undefined ? null : window.pwned } }'''
with sync_playwright() as player:
    browser = player.chromium.launch(executable_path=chromium, args=ARGS)
    size = {"width": int(width), "height": 900}
    context = browser.new_context(java_script_enabled=script == "on", viewport=size, color_scheme=media)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(
        [request.method, request.url, request.headers.get("referer", ""), request.post_data or ""]))
    page.goto(url)
    first = page.evaluate(LOOK)
    page.screenshot(path=f"{folder}/form.png", full_page=True)
    page.keyboard.type("203.0.113.45\n203.0.113.46\n198.51.100.0/24\n192.0.2.7\nnot a query")
    page.keyboard.press("Tab")
    page.keyboard.type("06012019")
    for _ in range(7):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "checkbox":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.wait_for_selector("article")
    second = page.evaluate(LOOK)
    page.screenshot(path=f"{folder}/answer.png", full_page=True)
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.className")
    print(json.dumps({"first": first, "second": second, "console": said, "requests": asked, "url": page.url, "skip": skip}))
    browser.close()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    home = tmp_path_factory.mktemp("page")
    store(
        home / "registry.sqlite",
        record(
            id="r-45", role="signed in to the account of an editor (fictional)", valid_from=date(2019, 3, 1),
            valid_until=date(2019, 9, 1), unknown=["Who used it before March 2019."], sharing_class="dedicated",
            observed_at=[date(2019, 3, 4), date(2019, 5, 2)], link_b=[STATED], entity="Sample Ministry (fictional)",
            recorded_by="A curator", confirmed_by="A reviewer", reply="Asked on 3 June 2019; no answer.",
            note="Grade B2: the log of a server that the lab operates (fictional).",
        ),
        record(id="r-46", network="203.0.113.46", state="retracted", reason="A digit was wrong.", replacement="r-45"),
        record(id="r-hostile", network="198.51.100.7", role=HOSTILE, note=HOSTILE, state="disputed", reason=HOSTILE,
               sharing_class="vpn", sources=[{**SOURCE, "citation": HOSTILE}]),
    )  # fmt: skip
    with served(home) as running:
        yield running


def look(server: Outside, folder: Path, media: str, width: int, script: str) -> dict[str, Any]:
    """Use the page with the keyboard alone and return what the browser saw."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, CHROMIUM, server.url, str(folder), media, str(width), script],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.parametrize(
    ("media", "width", "script", "paper"),
    [
        ("light", 1280, "off", "rgb(255, 255, 255)"),
        ("dark", 390, "off", "rgb(21, 23, 26)"),
        ("dark", 1280, "on", "rgb(21, 23, 26)"),
    ],
)
def test_the_page_by_keyboard_alone(
    server: Outside, tmp_path: Path, media: str, width: int, script: str, paper: str
) -> None:
    seen = look(server, tmp_path, media, width, script)
    for state in (seen["first"], seen["second"]):
        assert (state["unnamed"], state["landmarks"], state["sections"], state["ids"]) == (0, [1, 1, 1], True, True)
        assert state["headings"][0] == 1
        assert all(
            later - earlier <= 1 for earlier, later in zip(state["headings"], state["headings"][1:], strict=False)
        )
        assert (state["wide"], state["small"], state["pwned"], state["lang"]) == (0, 0, None, "en")
        assert (state["paper"], state["border"]) == (paper, "1px")
    text = seen["second"]["text"]
    for told in ("as of 2019-06-01", "signed in to the account of an editor", "in use on that day", "Retracted", "Disputed",
                 "1 withdrawn, disputed or not reviewed",
                 "Stated by others, not computed", "Asked on 3 June 2019", "not understood", "nothing on record lists 192.0.2.7",
                 "<script>window.pwned=2</script>", "hxxps://evil[.]example"):  # fmt: skip
        assert told in text, told
    assert seen["console"] == []
    assert seen["skip"] == "skip"
    assert seen["url"] == f"{server.url}/"
    assert [(method, url) for method, url, _, _ in seen["requests"]] == [
        ("GET", f"{server.url}/"),
        ("POST", f"{server.url}/"),
    ]
    assert "203.0.113.45" not in "".join(url + referer for _, url, referer, _ in seen["requests"])
    for name in ("form", "answer"):
        assert colours(tmp_path / f"{name}.png") > 20, "the picture is blank"


def colours(path: Path) -> int:
    """Return how many different stretches of pixels a PNG holds (its filters undone are not needed to see that)."""
    data, at, packed = path.read_bytes(), 8, b""
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    raw = zlib.decompress(packed)
    return len({raw[place : place + 12] for place in range(0, len(raw) - 12, 12)})


FOREIGN = r"""
import sys
from playwright.sync_api import sync_playwright
chromium, url = sys.argv[1:3]
PAGE = f'''<form method=post action="{url}/"><input name=queries value=203.0.113.45></form>
<script>let out = []; fetch("{url}/api/v1/health").then(() => out.push("read"), () => out.push("refused"))
.then(() => {{ document.title = out.join() }})</script>'''
with sync_playwright() as player:
    browser = player.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
    page = browser.new_page()
    page.route("http://foreign.example/", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto("http://foreign.example/")
    page.wait_for_function("document.title !== ''")
    title = page.title()
    with page.expect_navigation() as found:
        page.evaluate("document.forms[0].submit()")
    print(title, found.value.status, "on record" in page.inner_text("main p"))
    browser.close()
"""


def test_a_foreign_page_reads_nothing_and_sends_nothing(server: Outside) -> None:
    order = [sys.executable, "-c", FOREIGN, CHROMIUM, server.url]
    done = subprocess.run(order, capture_output=True, text=True, timeout=90, check=False)
    assert done.stdout.split() == ["refused", "403", "False"], done.stdout + done.stderr
