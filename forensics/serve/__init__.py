"""Serving a registry: a page for people, an API for programs, TAXII for platforms, files for feeds. Read-only.

What a client may see is decided in one place (``sight``) before anything else looks at a record: every route is handed
the records of one marking and those below it, and could not show more if it tried. The guard in front (``guard``)
refuses foreign names, foreign pages, unknown tokens and too many questions, and keeps an audit log that does not hold
what was asked. Nothing that is asked for stands in a URL.
"""
