"""When a finding about an area becomes high: two kinds of evidence meet in one township. One kind alone never does."""

from typing import Final

import polars as pl

# What a finding of a corroborating detector rests on. Detectors that read the same figures are one kind of evidence: a copied
# return may be smooth as well. Findings whose code is not here never corroborate: registration in batches, sex ratios, comparison
# with peers, heaps of days and screening hit honest townships too often.
KINDS: Final[dict[str, str]] = {
    "FAB-SMOOTH-BIRTHS": "returns",
    "FAB-SMOOTH-DEATHS": "returns",
    "FAB-COPY-BIRTHS": "returns",
    "FAB-COPY-DEATHS": "returns",
    "FAB-ROUND-BIRTHS": "returns",
    "FAB-ROUND-DEATHS": "returns",
    "FAB-BUNCH": "indicators",
    "FAB-INVENT": "references",
    "FAB-INVENT-CHECK": "numbers",
    "FAB-INVENT-SEX": "numbers",
    "FAB-WHOLE": "indicators",
    "FAB-DIGIT-BIRTHS": "returns",
    "FAB-DIGIT-DEATHS": "returns",
    "FAB-RETURNS-MONTHS": "register",
    "RAT-NATURAL": "rates",
    "RAT-ACCOUNT-BIRTHSUM": "returns",
    "RAT-ACCOUNT-DEATHSUM": "returns",
    "RAT-ACCOUNT-PERCENT": "indicators",
    "RAT-ACCOUNT-NEGATIVE": "returns",
    "RAT-ACCOUNT-ABOVE": "indicators",
    "RAT-ACCOUNT-BIRTHS": "rates",
    "RAT-JUMP-UP": "rates",
    "RAT-JUMP-DOWN": "rates",
}
WITNESSES: Final = frozenset({"FAB-INVENT-CHECK", "FAB-INVENT-SEX"})  # low by themselves, yet evidence beside a medium finding
FAMILIES: Final = ("fabrication", "rates")


def raise_severities(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings with medium ones raised to high where two kinds of evidence meet in their township.

    Only findings of areas, returns and indicators in the families fabrication and rates take part; those of rows keep the severity
    that their own detector gave them, whatever else there is (DESIGN C2).

    Args:
        findings: schema ``findings``.
    """
    kind = pl.col("code").replace_strict(KINDS, default=None, return_dtype=pl.String)
    takes_part = (pl.col("subject") != "row") & pl.col("family").is_in(FAMILIES) & pl.col("area_code").is_not_null()
    evidence = takes_part & kind.is_not_null() & ((pl.col("severity") != "low") | pl.col("code").is_in(WITNESSES))
    kinds = findings.filter(evidence).with_columns(kind=kind).group_by("county", "area_code").agg(_kinds=pl.col("kind").n_unique())
    joined = findings.join(kinds, on=["county", "area_code"], how="left", maintain_order="left")
    meets = evidence & (pl.col("severity") == "medium") & (pl.col("_kinds") >= 2)
    return joined.with_columns(severity=pl.when(meets).then(pl.lit("high")).otherwise("severity")).drop("_kinds")
