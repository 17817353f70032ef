"""Contracts: what each platform promises to deliver, as documents (`*.odcs.yaml`), model and compiler."""
