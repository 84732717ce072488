"""Run folders: written whole or not at all, read, queried, explained, compared, sampled, verified."""
