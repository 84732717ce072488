"""Two threads where numpy lets go of the interpreter. Threads share memory: nothing is copied, pickled or written (DESIGN C4)."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

SMALL: Final = 1 << 16  # rows up to which starting threads costs more than they save
Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Iterable[Item], rows: int) -> Iterator[Result]:
    """Results of ``work`` for all items, in order; on two threads when there are many rows."""
    if rows <= SMALL:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(work, items)
