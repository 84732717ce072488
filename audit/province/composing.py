"""What the counties of a campaign give together: one account of linking and of the release, and outcomes of a county left out."""

import hashlib
from collections.abc import Mapping
from typing import Any

import polars as pl

from audit.province.working import Frames, Part
from expectations.cards import cards
from expectations.frames import empty, polars_schema
from expectations.protected import COUNTS, LINKAGE, PATTERNS, Protected, Release
from expectations.run import FIGURES


def together(sources: tuple[str, ...], parts: Mapping[str, Part]) -> Protected | None:
    """What is said of linking and releases of all counties; counts are not in it, each county has had its own.

    Args:
        sources: names in campaign order.
        parts: counties by name.

    Returns:
        None without references. What a birth has spent is what its county has: counties have no birth in common, so the sums of
        the release are those of the county with most releases.
    """
    if len(sources) < 2:
        return None
    qualities = [part.quality for part in parts.values() if part.quality]
    quality: dict[str, Any] = {
        **({"linkage_version": qualities[0]["linkage_version"]} if qualities else {}),
        "counties": {county: found for each in qualities for county, found in each["counties"].items()},
        "refused": {county: part.refused for county, part in parts.items() if part.refused},
    }
    counts, patterns, linkage = (pl.DataFrame(schema=schema) for schema in (COUNTS, PATTERNS, LINKAGE))
    return Protected(
        sources, counts, patterns, linkage, quality, _release([part.release for part in parts.values() if part.release])
    )


def _release(drawn: list[dict[str, Any]]) -> Release | None:
    if not drawn:
        return None
    most = {name: max(each[name] for each in drawn) for name in drawn[0] if name.startswith(("releases_", "rho_"))}
    ids = sorted(each["id"] for each in drawn)
    one = ids[0] if len(ids) == 1 else hashlib.sha256("".join(ids).encode()).hexdigest()[:16]
    return Release(**{**drawn[0], **most, "id": one})


def unaudited(county: str, areas: pl.DataFrame, reason: str) -> Frames:
    """Artefacts of a county that could not be audited: every outcome *not estimable* with its reason, so that nothing is silent."""
    own = areas.filter(pl.col("county") == county).select("county", "area_code", "township")
    rows = [
        own.with_columns(detector=pl.lit(name), outcome=pl.lit("not_estimable"), reason=pl.lit(reason), q_value=pl.lit(None))
        for name in cards()
    ]
    schema = polars_schema("outcomes")
    outcomes = pl.concat(rows).select(pl.col(name).cast(kind) for name, kind in schema.items())
    blank = {name: empty(name) for name in ("findings", "evidence", "coverage", "timeliness")}
    return {**blank, "outcomes": outcomes, "figures": pl.DataFrame(schema=FIGURES)}
