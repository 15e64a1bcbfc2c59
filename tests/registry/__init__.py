"""Tests of the registry stage."""
