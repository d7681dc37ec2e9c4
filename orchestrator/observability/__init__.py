"""The one table of metrics, and logging."""
