"""One learner's past: the events decided again, up to any moment."""
