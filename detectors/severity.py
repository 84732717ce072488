"""When a finding becomes high: two families of evidence meet in one township that no single innocent cause explains."""

from dataclasses import dataclass
from itertools import permutations
from typing import Final

import polars as pl

# Innocent causes that reach several figures at once. A careless office mistypes numbers and dates: its links fail, its check
# digits are wrong, its births fall into other months than it returned and its tables do not add up. An office that rounds does
# so everywhere.
SLIPS: Final = "slips"
ROUNDING: Final = "rounding"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding of a corroborating detector rests on.

    Attributes:
        family: the figures it is read from: ``linkage`` (protected counts), ``register`` (the audited rows themselves, alone or
            beside the returns), ``returns``, ``indicators`` or ``rates``. Findings read from the same figures are one witness: a
            copied return may be smooth as well.
        cause: the innocent cause that would make it, and others with the same cause, appear together; blank for none in common.
    """

    family: str
    cause: str = ""


# Findings whose code is not here never corroborate: registration in batches, sex ratios, comparison with peers, heaps of days and
# screening hit honest townships too often (METHODS S).
EVIDENCE: Final[dict[str, Evidence]] = {
    "FAB-INVENT": Evidence("linkage", SLIPS),
    "FAB-INVENT-CHECK": Evidence("register", SLIPS),
    "FAB-INVENT-SEX": Evidence("register", SLIPS),
    "FAB-RETURNS-MONTHS": Evidence("register", SLIPS),
    "FAB-SMOOTH-BIRTHS": Evidence("returns"),
    "FAB-SMOOTH-DEATHS": Evidence("returns"),
    "FAB-COPY-BIRTHS": Evidence("returns"),
    "FAB-COPY-DEATHS": Evidence("returns"),
    "FAB-ROUND-BIRTHS": Evidence("returns", ROUNDING),
    "FAB-ROUND-DEATHS": Evidence("returns", ROUNDING),
    "FAB-DIGIT-BIRTHS": Evidence("returns", ROUNDING),
    "FAB-DIGIT-DEATHS": Evidence("returns", ROUNDING),
    "FAB-BUNCH": Evidence("indicators"),
    "FAB-WHOLE": Evidence("indicators", ROUNDING),
    "RAT-ACCOUNT-BIRTHSUM": Evidence("returns", SLIPS),
    "RAT-ACCOUNT-DEATHSUM": Evidence("returns", SLIPS),
    "RAT-ACCOUNT-NEGATIVE": Evidence("returns", SLIPS),
    "RAT-ACCOUNT-PERCENT": Evidence("indicators", SLIPS),
    "RAT-ACCOUNT-ABOVE": Evidence("indicators", SLIPS),
    "RAT-ACCOUNT-BIRTHS": Evidence("rates", SLIPS),
    "RAT-NATURAL": Evidence("rates", SLIPS),
    "RAT-JUMP-UP": Evidence("rates"),
    "RAT-JUMP-DOWN": Evidence("rates"),
}
FAMILIES: Final = ("fabrication", "rates")


def independent(one: Evidence, other: Evidence) -> bool:
    """Whether two findings are evidence of each other's kind: read from other figures, and no one innocent cause makes both.

    >>> independent(EVIDENCE["FAB-INVENT"], EVIDENCE["FAB-RETURNS-MONTHS"])
    False
    >>> independent(EVIDENCE["FAB-INVENT"], EVIDENCE["FAB-BUNCH"])
    True
    """
    return one.family != other.family and not (one.cause and one.cause == other.cause)


_PAIRS: Final = [pair for pair in permutations(EVIDENCE, 2) if independent(EVIDENCE[pair[0]], EVIDENCE[pair[1]])]


def raise_severities(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings with medium ones raised to high that have an independent one, medium as well, in their township.

    Only findings of areas, returns and indicators in the families fabrication and rates take part; those of rows keep the severity
    that their own detector gave them, whatever else there is (DESIGN C2).

    Args:
        findings: schema ``findings``.
    """
    takes_part = (pl.col("subject") != "row") & pl.col("family").is_in(FAMILIES) & pl.col("area_code").is_not_null()
    evidence = takes_part & pl.col("code").is_in(list(EVIDENCE)) & (pl.col("severity") == "medium")
    said = findings.filter(evidence).select("county", "area_code", "code").unique()
    pairs = pl.DataFrame(_PAIRS, schema={"code": pl.String, "other": pl.String}, orient="row")
    others = said.rename({"code": "other"})
    met = said.join(pairs, on="code").join(others, on=["county", "area_code", "other"], how="semi")
    met = met.select("county", "area_code", "code", _met=pl.lit(True)).unique()
    joined = findings.join(met, on=["county", "area_code", "code"], how="left", maintain_order="left")
    high = pl.when(evidence & pl.col("_met").fill_null(False)).then(pl.lit("high")).otherwise("severity")
    return joined.with_columns(severity=high).drop("_met")
