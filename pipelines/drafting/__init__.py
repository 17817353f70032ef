"""Contracts drafted from sample files: for those who connect a platform, or another vendor's form of a known feed."""
