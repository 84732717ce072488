"""The same audit on Spark (extra ``spark``): reading, grouping and joins there, and one machine's own code on every part.

Nothing here is imported unless a run asks for it, so that hecha works without PySpark and Java.
"""
