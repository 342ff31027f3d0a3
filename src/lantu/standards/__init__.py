"""The city pack: catalogue, codes, crosswalks, rules, calendar."""
