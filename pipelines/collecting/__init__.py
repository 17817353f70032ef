"""Fetches files from where platforms put them into the inbox, and does nothing else."""
