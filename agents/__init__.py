"""Faust agents, named by verbs. A body reads like the story; thinking lives in the core."""
