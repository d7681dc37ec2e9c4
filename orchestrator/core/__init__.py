"""Events, state, policy and rules: data in, data out. No clock, no IO."""
