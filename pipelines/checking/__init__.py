"""What the intake would do with a file, without an installation: for vendors and for whoever connects a platform."""
