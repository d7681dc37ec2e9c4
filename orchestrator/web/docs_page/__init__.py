"""GET /docs: the contract as a page, written whole by the server; it fetches and runs nothing."""
