"""The online sources: one module each, nothing else here. ``forensics/enrichment/source.py`` says what a source is."""
