"""What a simulated county can be asked to be. Shares are of 1; ranges are drawn from once per county or township."""

from dataclasses import dataclass, field
from typing import Final

# "recent" are invented rows in the last three birth years only.
KINDS: Final = ("smooth", "copied", "rounded", "bunched", "fabricated", "recent")

# Errors and falsifications that are asked for one by one, to measure the detectors the six kinds do not reach (``spoil``).
OTHER_KINDS: Final = ("whole", "digits", "blocks", "level", "natural", "jump", "steady", "percent", "days", "boys")

# Sizes at which a good detector reaches 90 % power; half of them is hard.
FULL_SIZE: Final[dict[str, tuple[float, float]]] = {
    "smooth": (0.5, 0.5),  # share of each village-year's births spread evenly over the months
    "copied": (2, 2),  # villages whose monthly figures are another's, or their own of another year, for three years
    "rounded": (0.08, 0.08),  # share of village-months put to a multiple of 5
    "bunched": (0.30, 0.45),  # share of missed targets moved over the target
    "fabricated": (0.035, 0.035),  # share of the township's rows invented, over all birth years
    "recent": (0.015, 0.015),  # the same, all in the last three birth years
}


@dataclass(frozen=True, slots=True)
class Fraud:
    """One township's falsification.

    Attributes:
        kind: one of ``KINDS`` or ``OTHER_KINDS``.
        scale: 1 for the full size, 0.5 for half of it.
    """

    kind: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Errors:
    """How often a source's clerks err, per row; multiplied by the county's ``difficulty`` (missing values are not)."""

    homophone: float = 0.045
    typo: float = 0.03
    variant: float = 0.02
    placeholder: float = 0.06
    id_missing: tuple[float, float] = (0.15, 0.45)
    id_digit: float = 0.04
    id_swap: float = 0.03
    month_day: float = 0.02
    lunar: float = 0.02
    near_date: float = 0.03
    wrong_sex: float = 0.012
    mother_missing: float = 0.05
    mother_typo: float = 0.08
    mother_id_missing: tuple[float, float] = (0.25, 0.45)
    mother_id_15: float = 0.03
    mother_id_digit: float = 0.05
    village_missing: float = 0.01
    village_other: float = 0.003
    other_township: float = 0.0


REGISTRY: Final = Errors()
HOUSEHOLD: Final = Errors(
    homophone=0.025,
    typo=0.015,
    placeholder=0.01,
    id_missing=(0.04, 0.10),
    id_digit=0.02,
    id_swap=0.012,
    month_day=0.005,
    lunar=0.025,
    near_date=0.01,
    wrong_sex=0.006,
    mother_typo=0.05,
    mother_id_missing=(0.20, 0.35),
    mother_id_digit=0.035,
    other_township=0.003,
)
IMMUNISATION: Final = Errors(
    placeholder=0.22,
    id_missing=(0.35, 0.60),
    near_date=0.04,
    mother_missing=0.07,
    mother_id_missing=(0.35, 0.5),
    other_township=0.003,
)
HOSPITAL: Final = Errors(
    placeholder=0.35,
    id_missing=(0.35, 0.60),
    lunar=0.0,
    near_date=0.01,
    mother_missing=0.01,
    mother_typo=0.05,
    other_township=0.003,
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """The county's make. The defaults are 12 townships with about 12,500 births.

    Attributes:
        townships: 1 to 60.
        births: births of the smallest and the largest township over all birth years.
        birth_years: first and last.
        poor: share of townships that register poorly.
        completeness_poor, completeness_good: range of the share of births a township registers.
        references: 0 to 3.
        reference_coverage: range over townships of the share of births a reference knows.
        heterogeneity: standard deviation, on the logit scale, of how hard a birth is to catch, shared by all sources.
        dependence: odds ratio between any two sources for births equally hard to catch.
        fed: share of registered births that the last reference copies from the register.
        difficulty: multiplies all slips of the pen.
        difficulty_spread: standard deviation over townships of the logarithm of ``difficulty``.
        duplicates: share of registered births entered again.
        reference_duplicates, reference_foreign, reference_outside: shares of a reference's rows that are second entries,
            children of another county, and births outside the birth years.
        twins, siblings: share of births that are twins; share of births with a sibling in the birth years.
        invalid_ids: range of the share of numbers in the register that never were right.
        sex_ratio: range of the county's boys per 100 girls.
        girls_missed: registration of girls lower by this much on the logit scale.
        constant_population: share of townships whose population figure never changes.
        late_returns: share of births returned in the month after.
        frauds: falsifications, each in its own township of at least ``fraud_minimum`` births.
        lookalikes: whether two honest townships look odd: one registers in quarterly drives, one really tried to meet targets.
    """

    townships: int = 12
    births: tuple[int, int] = (400, 2200)
    birth_years: tuple[int, int] = (2018, 2025)
    poor: float = 0.33
    completeness_poor: tuple[float, float] = (0.60, 0.845)
    completeness_good: tuple[float, float] = (0.865, 0.985)
    references: int = 2
    reference_coverage: tuple[float, float] = (0.92, 0.975)
    heterogeneity: float = 0.4
    dependence: float = 1.0
    fed: float = 0.0
    difficulty: float = 1.0
    difficulty_spread: float = 0.3
    duplicates: float = 0.018
    reference_duplicates: float = 0.012
    reference_foreign: float = 0.01
    reference_outside: float = 0.012
    twins: float = 0.022
    siblings: float = 0.25
    invalid_ids: tuple[float, float] = (0.004, 0.012)
    sex_ratio: tuple[float, float] = (106.0, 110.0)
    girls_missed: float = 0.0
    constant_population: float = 0.2
    late_returns: float = 0.06
    frauds: tuple[Fraud, ...] = field(default=tuple(Fraud(kind) for kind in KINDS[:5]))
    fraud_minimum: int = 500
    lookalikes: bool = True
    errors: tuple[Errors, ...] = (REGISTRY, HOUSEHOLD, IMMUNISATION, HOSPITAL)

    def __post_init__(self) -> None:
        if not 1 <= self.townships <= 60 or not 0 <= self.references <= 3 or self.births[0] > self.births[1]:
            raise ValueError("townships 1-60, references 0-3, births (smallest, largest)")
        if unknown := {fraud.kind for fraud in self.frauds} - {*KINDS, *OTHER_KINDS}:
            raise ValueError(f"unknown kinds of fraud {sorted(unknown)}")
