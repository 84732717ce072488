"""Cards of the families rates and fabrication."""

from typing import Final

from expectations.cards import Card

CARDS: Final[tuple[Card, ...]] = (
    Card(
        "too_smooth",
        "FAB-SMOOTH",
        "fabrication",
        ("FAB-SMOOTH-BIRTHS", "FAB-SMOOTH-DEATHS"),
        "Fisher 1936, Annals of Science 1, 115-137; Haldane 1937, Biometrika 29, 133-143",
        corroborates=True,
    ),
    Card(
        "copied",
        "FAB-COPY",
        "fabrication",
        ("FAB-COPY-BIRTHS", "FAB-COPY-DEATHS"),
        "Skellam 1946, Journal of the Royal Statistical Society 109, 296 (differences of Poisson counts); exact multinomial null",
        corroborates=True,
    ),
    Card(
        "rounded",
        "FAB-ROUND",
        "fabrication",
        ("FAB-ROUND-BIRTHS", "FAB-ROUND-DEATHS"),
        "Siegel & Swanson 2004, The Methods and Materials of Demography, ch. 7 (digit preference)",
        corroborates=True,
    ),
    Card(
        "bunched",
        "FAB-BUNCH",
        "fabrication",
        ("FAB-BUNCH",),
        "Cattaneo, Jansson & Ma 2018, Stata Journal 18, 234-261; Frandsen 2017, Advances in Econometrics 38, 281-315",
        corroborates=True,
    ),
    Card(
        "invented_rows",
        "FAB-INVENT",
        "fabrication",
        ("FAB-INVENT", "FAB-INVENT-CHECK", "FAB-INVENT-SEX"),
        "Zhang 2015, Journal of Official Statistics 31, 381-396 (coverage errors of registers)",
        corroborates=True,
    ),
)
