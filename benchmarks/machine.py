"""How fast this machine is at this hour: seconds of a fixed loop in Python, once alone and twice at a time.

Machines that are shared change their speed; ``docs/benchmarks.md`` says how long the loop took when its figures were measured.
"""

import subprocess
import sys
import time

ADDITIONS = 20_000_000


def loop() -> float:
    """Seconds of the loop."""
    start, total = time.perf_counter(), 0
    for number in range(ADDITIONS):
        total += number
    return time.perf_counter() - start


def main() -> None:
    """Print the seconds, alone and two at a time."""
    if sys.argv[1:] == ["once"]:
        print(f"{loop():.2f}")
        return
    command = [sys.executable, __file__, "once"]
    print("alone", subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    print("two at a time", *(process.communicate()[0].strip() for process in both))


if __name__ == "__main__":
    main()
