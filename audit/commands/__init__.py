"""The commands of hecha: each parses, makes one call and picks an exit status."""
