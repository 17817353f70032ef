"""One file with which Sihe is installed where there is no internet."""
