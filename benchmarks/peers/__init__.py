"""The decide worker's peers, a small program each; README.md says what all of them do."""
