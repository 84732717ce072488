"""What there is of the machine for this process."""

import os


def processors() -> int:
    """How many processors this process may use: for so many libraries start threads."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1
