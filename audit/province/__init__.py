"""Many counties on one machine: read in steps, held compressed by county, audited one county after the other."""

from audit.province.flow import Doors, run_province
from audit.province.reading import look
from audit.province.working import sweep

__all__ = ["Doors", "look", "run_province", "sweep"]
