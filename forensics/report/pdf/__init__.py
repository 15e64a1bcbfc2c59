"""The report as a PDF/A-3a file: the sections of the page, set by typst from a fixed template.

``render(view, files, profile, translator)`` is pure: same view, same files, same bytes on every machine. Evidence never
becomes markup: the template receives all content as JSON data and holds no ``eval``.
"""
