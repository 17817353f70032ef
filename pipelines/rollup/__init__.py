"""A level above the districts: parcels of published numbers, and the sums of a city or a province over them."""
