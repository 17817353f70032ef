"""Sihe's pipelines: they read the platforms' exports and publish a warehouse."""
