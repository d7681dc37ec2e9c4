"""One or two numbers of the policy over a range of values: what each of them would have given."""
