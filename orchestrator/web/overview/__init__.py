"""GET /overview: what the operator page shows beyond health and figures."""
