"""The command `sihe`: one module per group of commands."""
