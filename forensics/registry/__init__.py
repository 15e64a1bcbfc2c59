"""Stage 3: known infrastructure. Bitemporal records with sources and grades, and their look-up as of a date.

A registry is a folder that people review and diff (``registry.toml``, ``sources.toml``, ``records/*.toml``) or one
canonical file (``.jsonl``) whose SHA-256 is the release that a case names. Two links are kept apart: that
infrastructure was used in recorded incidents is a *record*; that it belonged to an entity is a cited, graded statement
(*Link B*).

A record without a period is never "always": its window is ``unknown``, and the distance to the nearest known date is
said.
"""
