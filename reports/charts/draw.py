"""From an Altair specification to a small SVG that follows the page: its colours, its font, no style of its own."""

import re
import unicodedata
from collections.abc import Callable
from html import escape
from typing import Any, Final

from expectations.suites import without_module

# Altair's validator refuses CSS variables, so a specification is built with these and they are exchanged on the dictionary.
INK: Final = "#000001"
MUTED: Final = "#000002"
RULE: Final = "#000003"
DATA: Final = "#000004"
ALERT: Final = "#000005"
BAND: Final = "#000006"
PAPER: Final = "#000007"
BAR: Final = "#000008"
EDGE: Final = "#000009"
_VARIABLES: Final = {
    INK: "currentColor",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    DATA: "var(--data)",
    ALERT: "var(--alert)",
    BAND: "var(--band)",
    PAPER: "var(--paper)",
    BAR: "var(--bar)",
    EDGE: "var(--edge)",
}
# Altair's check of a specification takes longer than drawing it; tests make it once for all, as specifications do not vary.
check_specifications = False
_CONFIG: Final[dict[str, Any]] = {
    "aria": False,  # labels would repeat every value; the page gives a table instead
    "background": None,  # a white rectangle would break dark mode
    "padding": 2,
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--muted)",
        "gridColor": "var(--rule)",
        "labelColor": "currentColor",
        "labelFontSize": 12,
        "tickColor": "var(--muted)",
        "titleColor": "currentColor",
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 6,
    },
    "text": {"fontSize": 12},
}
_NOISE: Final = re.compile(
    r'<path class="(?:background|foreground)"[^>]*/>'
    r'|\s(?:class|role|aria-[a-z]+|pointer-events|style|font-family|version|xmlns:xlink|xmlns|stroke-miterlimit)="[^"]*"'
    r'|\s(?:opacity|stroke-width)="1"'
)
_LONG: Final = re.compile(r"(\d+\.\d)\d+")
_EMPTY: Final = re.compile(r"<g>\s*</g>")


def altair() -> Any:
    """The charting library, imported when a chart is drawn: it is heavy, and its generated signatures are untyped in part."""
    with without_module("rfc3987_syntax"):  # as for Great Expectations: jsonschema would compile it, and no chart needs it
        import altair as library
        from altair.utils import schemapi
    schemapi.DEBUG_MODE = check_specifications  # whether every part is checked as it is made
    return library


def specification(chart: Any) -> dict[str, Any]:
    """An Altair chart as a dictionary with the page's colours.

    Args:
        chart: built with this module's colour constants.
    """
    spec: dict[str, Any] = themed(chart.to_dict(validate=check_specifications))
    return spec


def without_data(spec: dict[str, Any]) -> dict[str, Any]:
    """A specification whose layers all draw the data given at its top: built and checked once, drawn for many townships."""
    bare: dict[str, Any] = _without(spec)
    return bare


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(held) for key, held in value.items() if key not in ("data", "datasets")}
    return [_without(held) for held in value] if isinstance(value, list) else value


def themed(value: Any) -> Any:
    """The same specification with colour constants exchanged for the page's variables."""
    if isinstance(value, dict):
        return {key: themed(held) for key, held in value.items() if key != "config"}
    if isinstance(value, list):
        return [themed(held) for held in value]
    return _VARIABLES.get(value, value) if isinstance(value, str) else value


def svg(spec: dict[str, Any], width: int | None = None) -> str:
    """Draw a themed specification, as wide as it says or as told.

    Returns:
        An ``<svg aria-hidden="true">`` without ids, styles or outside references; its size is its ``viewBox``.
    """
    import vl_convert

    size = {} if width is None else {"width": width}
    text = _plain(vl_convert.vegalite_to_svg({**spec, **size, "config": _CONFIG}))
    for key, name in spec.get("usermeta", {}).items():
        text = text.replace(f">{key}</text>", f">{escape(name)}</text>")
    return text


def start_engine() -> None:
    """Draw next to nothing: the drawing engine takes a second to start, once a process."""
    svg({"data": {"values": [{"x": 0}]}, "mark": "point", "encoding": {"x": {"field": "x", "type": "quantitative"}}})


def with_names(spec: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A specification whose axis bears keys, to be exchanged for names when it is drawn.

    Measuring Chinese names takes longer than drawing all else, and depends on the fonts of the machine.
    """
    return {**spec, "usermeta": names}


def text_width(text: str) -> int:
    """About how many pixels a label takes at 12 pixels."""
    return sum(12 if unicodedata.east_asian_width(mark) in "WF" else 7 for mark in text)


def many(spec: dict[str, Any]) -> Callable[[list[dict[str, Any]]], str]:
    """A function that draws one specification with other data each time: it is compiled once, which is half of the work.

    Args:
        spec: themed, without data.
    """
    import vl_convert

    vega = vl_convert.vegalite_to_vega({**spec, "data": {"values": []}, "config": _CONFIG})
    source = next(data for data in vega["data"] if "values" in data)

    def drawn(values: list[dict[str, Any]]) -> str:
        source["values"] = values
        return _plain(vl_convert.vega_to_svg(vega))

    return drawn


def _plain(text: str) -> str:
    """SVG without noise: no class, role, style or font of its own, numbers to one decimal."""
    text = _NOISE.sub("", text)
    text = _LONG.sub(r"\1", text)
    while _EMPTY.search(text):
        text = _EMPTY.sub("", text)
    return text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
