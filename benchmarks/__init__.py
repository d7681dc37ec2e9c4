"""Measurements, never assertions. Each prints a table and writes JSON beside it."""
