"""Tests of the enrichment stage."""
