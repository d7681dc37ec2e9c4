"""Bytes of any producer -> a canonical event, or the reason why not."""
