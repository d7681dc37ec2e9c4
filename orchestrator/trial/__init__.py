"""A candidate beside the policy in force, over the events of now: shadow and canary."""
