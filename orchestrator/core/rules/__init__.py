"""The rules, one module per family, and the table that is their order (table.py)."""
