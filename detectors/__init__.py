"""One file per detector: a pure function from a frozen Context to observations, with its card."""
