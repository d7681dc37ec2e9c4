"""Faust tables, named by nouns."""
