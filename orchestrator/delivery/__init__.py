"""One client per downstream service: retries, order, expiry."""
