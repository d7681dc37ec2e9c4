"""A desk and a client per downstream service: order, retries, breaker, expiry, outcomes."""
