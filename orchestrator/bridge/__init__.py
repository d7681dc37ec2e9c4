"""Redis Streams -> the event topic."""
