"""What the intake would do with a file, without an installation: for vendors, and for those who connect a platform."""
