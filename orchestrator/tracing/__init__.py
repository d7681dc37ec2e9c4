"""The spans of an event on its way; nothing of it is there unless a collector is named."""
