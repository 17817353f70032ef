"""The command `sihe`: one module a group of commands."""
