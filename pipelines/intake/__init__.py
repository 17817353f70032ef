"""Taking deliveries into the warehouse: what is pending, what is in force, what is conspicuous."""
