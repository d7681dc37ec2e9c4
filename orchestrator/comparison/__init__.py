"""Two policies over the same events, and what differs. Pure, like the core."""
