"""Two policies over the events of before: run in parallel, held against each other, reported."""
