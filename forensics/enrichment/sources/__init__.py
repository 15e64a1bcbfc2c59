"""One module per online source; each offers ``SOURCE`` (see ``enrichment/source.py``)."""
