"""Benchmarks: ratios measured in one run on one machine. `python -m tests.benchmarks.run` writes docs/benchmarks.md."""
