"""Historical events outside of Kafka: what a policy is tried on, written to files and read back."""
