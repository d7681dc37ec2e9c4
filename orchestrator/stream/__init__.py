"""A Faust transport that hands over whole batches and loses nothing. Knows nothing of learners."""
