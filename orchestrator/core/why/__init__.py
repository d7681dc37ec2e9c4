"""What each rule waits for: one explainer a rule, in the modules named like those of the rules."""
