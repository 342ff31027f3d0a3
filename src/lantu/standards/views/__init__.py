"""Pages of the standards: catalogue, codes, rules, calendar, versions of the city pack. Everyone who is signed in may read them."""
