"""The pure parts of the benchmarks. No speed is asserted, here or elsewhere."""
