"""A finished run becomes township workbooks, a county page and CSV. Every number arrives computed."""
