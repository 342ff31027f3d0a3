"""Plan datasets: readers, deliveries, quality, releases, living layers."""
