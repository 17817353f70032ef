"""Sihe's pipelines: the platforms' exports in, a published warehouse out."""
