"""The AsyncAPI 3.0 document of the Redis streams and Kafka topics, made of the records' structs."""
