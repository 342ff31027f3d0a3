"""Reading, checking, comparing and writing the files of a city pack (``docs/city-pack.md``)."""
