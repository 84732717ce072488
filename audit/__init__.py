"""The composition root: from a campaign file to a sealed run."""

import os

# polars reads these once, at its own import. No frame, and so no reference row, is ever spilled to disk (DESIGN C4), and no
# variable of the user's turns on the engine that spills or the log that quotes cells.
for _name in [name for name in os.environ if name.startswith("POLARS_") and name != "POLARS_MAX_THREADS"]:
    del os.environ[_name]
os.environ["POLARS_OOC_DISK_BUDGET_MB"] = "0"
# Its allocator gives freed memory back soon instead of keeping it at hand for good: an audit takes a sixth less at its height.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")
