"""The composition root: from a campaign file to a sealed run."""

import os

# polars reads it once, at its own import: no frame, and so no reference row, is ever spilled to disk (DESIGN C4).
os.environ["POLARS_OOC_DISK_BUDGET_MB"] = "0"
