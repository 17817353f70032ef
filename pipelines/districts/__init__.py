"""The district of an installation: codes of divisions, the national register, district.yaml and local seeds."""
