"""Pages that stand inside of other departments' sites (嵌入): the map and the check, by a signed address."""
