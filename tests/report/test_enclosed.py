"""The last look at a page refuses whatever could load, run or send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import DataError
from forensics.report import render_html
from forensics.report.enclosed import _faults, _shortened, check, policy_of
from forensics.report.html import _part
from tests.report import views

BAD = (
    '<img src="https://evil.example/x.png">',
    '<img src="data:image/png;base64,AAAA">',
    '<a href="https://evil.example/">x</a>',
    '<a href="//evil.example/">x</a>',
    '<a href="javascript:alert(1)">x</a>',
    "<script>alert(1)</script>",
    "<style>p{color:red}</style>",
    '<link rel="stylesheet" href="x.css">',
    '<base href="https://evil.example/">',
    '<iframe srcdoc="x"></iframe>',
    "<object data=x></object>",
    '<p style="color:red">x</p>',
    '<p onclick="alert(1)">x</p>',
    '<form action="https://evil.example/"></form>',
    '<video poster="x"></video>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<meta http-equiv="Content-Security-Policy" content="default-src *">',
    '<svg><use href="https://evil.example/x#y"></use></svg>',
    '<rect fill="url(https://evil.example/#a)"></rect>',
    "<!-- left over -->",
    '<svg xmlns="https://evil.example/"></svg>',
    "<math></math>",
    '<a href="#nowhere">x</a>',
    '<p id="summary">twice</p>',
    "<?php ?>",
    '<meta name="og:image" content="https://evil.example/">',
    '<svg><image href="x"/></svg>',
    "<template></template>",
    "<p ping=x>",
    '<a href=" #summary">x</a>',
)


def parts() -> dict[str, str]:
    style, script = _part("style.css"), _part("script.js")
    return {"style": style, "script": script, "policy": policy_of(style, script)}


def test_the_page_as_rendered_is_enclosed() -> None:
    check(render_html(views.rich()).decode(), **parts())


@pytest.mark.parametrize("bad", BAD)
def test_one_stray_element_is_refused(bad: str) -> None:
    html = render_html(views.empty()).decode().replace("<main>", f"<main>{bad}", 1)
    with pytest.raises(DataError, match="not enclosed"):
        check(html, **parts())


@pytest.mark.parametrize(
    "bad", ["@import 'x';", "p{background:url(x)}", "@font-face{}", "p{background:image-set('a' 1x)}", "\\75rl(x)"]
)
def test_a_style_that_could_load_is_refused_even_with_the_right_hash(bad: str) -> None:
    held = parts()
    style = held["style"] + bad
    html = render_html(views.empty()).decode().replace(held["style"], style)
    html = html.replace(held["policy"].replace("'", "&#39;"), policy_of(style, held["script"]))
    html = html.replace(held["policy"], policy_of(style, held["script"]))
    with pytest.raises(DataError, match="style contains"):
        check(html, style=style, script=held["script"], policy=policy_of(style, held["script"]))


def test_a_changed_script_or_a_missing_policy_is_refused() -> None:
    html = render_html(views.empty()).decode()
    with pytest.raises(DataError, match="not ours"):
        check(html.replace('"use strict";', '"use strict"; alert(1);'), **parts())
    with pytest.raises(DataError, match="policy"):
        check(html.replace("default-src", "default-srk"), **parts())


PAGE = render_html(views.rich()).decode()
STRAY = (
    *BAD,
    "<",
    ">",
    '"',
    "'",
    "&",
    "<!",
    "</",
    "</title>",
    "</style>",
    "</script>",
    '<p id="x">',
    "<p\n>",
    "<P>",
    "\x00",
    "<p a='>'>",
    "<p a=b>",
)


@given(
    st.lists(
        st.tuples(st.integers(0, len(PAGE)), st.integers(0, 40), st.sampled_from(STRAY) | st.text(max_size=4)),
        max_size=3,
    )
)
def test_a_page_told_by_its_tags_has_the_faults_of_the_whole_page(changes: list[tuple[int, int, str]]) -> None:
    page = PAGE
    for at, length, text in changes:
        page = page[:at] + text + page[at + length :]
    style, script, policy = parts().values()
    short = _shortened(page, style, script)
    if not changes:
        assert short is not None
        assert len(short) < len(PAGE)
    if short is not None:
        assert set(_faults(short, style, script, policy)) == set(_faults(page, style, script, policy))


@pytest.mark.parametrize("bad", BAD)
def test_a_page_told_by_its_tags_hides_no_stray_element(bad: str) -> None:
    page = PAGE.replace("<main>", f"<main>{bad}", 1)
    style, script, policy = parts().values()
    short = _shortened(page, style, script)
    assert short is None or _faults(short, style, script, policy)
    assert _faults(page, style, script, policy)
