"""Tests of the custody log: known answers, properties, attacks, crashes, and other people's implementations."""
