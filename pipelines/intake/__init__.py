"""Loading deliveries into the warehouse: what is pending, which delivery is in force, what is unusual."""
