"""Where the names of points go so that none runs over another, over a point or off the drawing."""

from collections.abc import Sequence
from typing import Final

from reports.charts.draw import text_width

SIDES: Final = {  # side -> how a text stands to its point: alignment, horizontal and vertical distance in pixels
    "right": ("left", 9, 0),
    "left": ("right", -9, 0),
    "above": ("center", 0, -12),
    "below": ("center", 0, 13),
}
_HIGH: Final = 12  # pixels of a line of text
_POINT: Final = 5  # half the width of a point

Box = tuple[float, float, float, float]


def sides(named: Sequence[tuple[float, float, str]], others: Sequence[tuple[float, float]], width: int, height: int) -> list[str]:
    """A side for every name, or none where there is no room; names of the points given first have the choice.

    Args:
        named: points in pixels from the upper left corner, with their names.
        others: points without a name.
        width, height: of the drawing in pixels.

    >>> sides([(50, 50, "ab"), (50, 53, "cd")], [], 100, 100)
    ['right', 'left']
    """
    taken = [(x - _POINT, y - _POINT, x + _POINT, y + _POINT) for x, y in [*((x, y) for x, y, _ in named), *others]]
    chosen = []
    for at, (x, y, name) in enumerate(named):
        rest = taken[:at] + taken[at + 1 :]
        free = (side for side in SIDES if _fits(_box(x, y, name, side), rest, width, height))
        side = next(free, "none")
        if side != "none":
            taken.append(_box(x, y, name, side))
        chosen.append(side)
    return chosen


def _box(x: float, y: float, name: str, side: str) -> Box:
    align, right, down = SIDES[side]
    wide = text_width(name)
    left = x + right - {"left": 0.0, "right": wide, "center": wide / 2}[align]
    return left, y + down - _HIGH / 2, left + wide, y + down + _HIGH / 2


def _fits(box: Box, taken: Sequence[Box], width: int, height: int) -> bool:
    left, top, right, bottom = box
    inside = left >= 0 and right <= width and top >= 0 and bottom <= height
    return inside and not any(left < x1 and x0 < right and top < y1 and y0 < bottom for x0, y0, x1, y1 in taken)
