"""What those do who run the service: commands, each a module."""
