"""What is asked over HTTP without costing the agents: fed from topics, alike on every worker."""
