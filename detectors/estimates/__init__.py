"""Estimates computed once, before any detector runs: registered births, coverage, timeliness, figures."""
