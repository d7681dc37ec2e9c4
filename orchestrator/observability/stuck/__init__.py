"""Finds out what stands still, and writes down where: for whoever looks at it hours later."""
