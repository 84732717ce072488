"""How fast this machine is at this hour: seconds of a fixed loop in Python, alone and twice at a time.

Machines that are shared change their speed; ``docs/benchmarks.md`` says how long the loop took when its figures were measured.
"""

import subprocess
import sys

# Outside of a function, where names are looked up in a dictionary: 20,000,000 additions.
LOOP = """
import time
start = time.perf_counter()
x = 0
for i in range(20_000_000):
    x += i
print(round(time.perf_counter() - start, 2))
"""


def seconds(at_a_time: int) -> list[float]:
    """Seconds of the loop in each of so many processes at a time."""
    running = [subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True) for _ in range(at_a_time)]
    return [float(process.communicate()[0]) for process in running]


if __name__ == "__main__":
    print("alone", *seconds(1), "two at a time", *seconds(2))
