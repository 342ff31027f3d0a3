"""Other people's systems, played by separate programs: no part of the product, started by hand, by the demo or by tests."""
