"""A real Kafka and a real Valkey from wheels, sandbox downstreams, a simulated classroom."""
