"""Contracts: what each platform delivers, as documents (`*.odcs.yaml`), model and compiler."""
