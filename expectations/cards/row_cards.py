"""Cards of the families validity, duplicates, completeness and timeliness."""

from typing import Final

from expectations.cards import Card

CARDS: Final[tuple[Card, ...]] = (
    Card(
        "identity_number",
        "VAL-ID",
        "validity",
        ("VAL-ID-FORM", "VAL-ID-CHECK", "VAL-ID-DATE", "VAL-ID-SEX", "VAL-ID-BOTH"),
        "GB 11643-1999; ISO 7064:1983, mod 11-2",
    ),
    Card(
        "impossible_dates",
        "VAL-DATE",
        "validity",
        ("VAL-DATE-FUTURE", "VAL-DATE-REGISTERED", "VAL-DATE-BEFORE", "VAL-DATE-WINDOW", "VAL-DATE-YEARS"),
        "UN DESA, Principles and Recommendations for a Vital Statistics System, Rev. 3 (2014)",
    ),
    Card(
        "duplicates",
        "DUP-ROW",
        "duplicates",
        ("DUP-ROW-EXACT", "DUP-ROW-FUZZY", "DUP-ROW-DATE"),
        "Fellegi & Sunter 1969, JASA 64, 1183-1210",
    ),
    Card(
        "low_completeness",
        "CMP-LOW",
        "completeness",
        ("CMP-LOW",),
        "Chandra Sekar & Deming 1949, JASA 44, 101-115; Benjamini & Yekutieli 2005, JASA 100, 71-81",
    ),
    Card(
        "rate_gap",
        "CMP-RATE",
        "completeness",
        ("CMP-RATE-BELOW", "CMP-RATE-ABOVE"),
        "UN DESA, Handbook on Civil Registration and Vital Statistics Systems (2018), direct and indirect methods",
    ),
    Card(
        "late_registration",
        "TIM-LATE",
        "timeliness",
        ("TIM-LATE",),
        "Lagakos, Barraj & De Gruttola 1988, Biometrika 75, 515-523; Spiegelhalter 2005, Statistics in Medicine 24, 1185-1202",
    ),
)
