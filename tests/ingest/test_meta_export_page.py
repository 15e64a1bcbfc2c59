"""The head line of Meta's HTML exports: the attribute is the instant, the words beside it are not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.reading import SAMPLES, claimants, read_bytes

PAGE = '<html><style>._aoaa{{}}._a6-g{{}}</style><body><aside role="contentinfo" class="_aoaa">{}</aside></body></html>'
PERIOD = (
    '<div>Data from <time datetime="2025-08-12T04:52Z">a</time> to <time datetime="2026-08-12T04:52Z">b</time></div>'
)


@pytest.mark.parametrize(
    ("words", "offset"),
    [
        ("Wednesday, August 19, 2026 at 4:33 PM UTC+02:00", "+02:00"),
        ("Wednesday, August 19, 2026 at 7:33 AM UTC", "-07:00"),
        ("Wednesday 19 August 2026 at 14:33 UTC", "+00:00"),
        ("2026-08-19T14:33Z", "+00:00"),
        ("Wednesday, August 19, 2026 at 4:40 PM", ""),
        ("some day", ""),
    ],
)
def test_the_words_beside_the_time_never_move_it(words: str, offset: str) -> None:
    """An Instagram page of 2026 calls a time seven hours behind UTC "UTC"; the attribute is true on all pages published."""
    page = PAGE.format(f'By X on <time datetime="2026-08-19T14:33Z">{words}</time>{PERIOD}')
    coverage, sink = read_bytes(page.encode(), "renamed.bin")
    (row,) = sink.rows
    assert coverage.format == "meta_export_page"
    assert (row["time"], row["zone_basis"]) == (datetime(2026, 8, 19, 14, 33, tzinfo=UTC), "explicit")
    detail = json.loads(row["detail"])
    assert detail.get("shown_offset", "") == offset
    assert (detail["data_from"], detail["data_until"]) == ("2025-08-12T04:52Z", "2026-08-12T04:52Z")


def test_a_page_with_records_stays_with_its_own_format() -> None:
    """Pages of records carry the same head line; they are read for their records."""
    pages = sorted((SAMPLES / "instagram_html").rglob("login_activity.html"))
    head = b'<aside role="contentinfo"><time datetime="2026-08-19T14:33Z">x</time></aside>'
    for path in pages:
        data = path.read_bytes().replace(b"<body>", b"<body>" + head, 1)
        name = path.relative_to(SAMPLES / "instagram_html").as_posix()
        assert claimants(data, name) == claimants(path.read_bytes(), name)
    assert pages


@given(st.text(alphabet="<>/=\"' atimedv:Z-0123456789&;", max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_head_line_is_read_or_refused(text: str) -> None:
    coverage, _ = read_bytes(PAGE.format(f'<time datetime="2026-08-19T14:33Z">{text}</time>{text}').encode(), "x.html")
    assert coverage.events + coverage.rejections + sum(coverage.unused.values()) == coverage.rows
