"""The flow over many counties: read once, then link and audit one county after the other, and compose the run.

Each county is audited as if it were alone, with a release of its own, so that its figures are the same whether it is audited by
itself or among others, and a county that has been finished is never drawn again.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from audit import memory
from audit.clock import Stopwatch
from audit.config import Campaign
from audit.county import audit_county, begin
from audit.disclosure import Gate
from audit.language import words
from audit.province.composing import together, unaudited
from audit.province.reading import Province, take_in
from audit.province.register import rows_of, summary, told_apart
from audit.province.working import Part, Working, inputs_mark, working
from audit.record import compose
from expectations.errors import HechaError, Problems, RefusedError, StageError
from expectations.protected import COUNTS, LINKAGE, PATTERNS, Protected
from expectations.run import TWICE, Run
from expectations.tables import Source

if TYPE_CHECKING:
    from audit.progress import Progress

BYTES_A_ROW: Final = 1_500  # of the audited register while its detectors run
REASONS: Final = {"E-LINK-001": "reference_too_small", "E-LINK-002": "county_too_small", "E-LINK-003": "county_too_large"}


@dataclass(frozen=True)
class Doors:
    """The two doors of linkage, opened by ``audit.campaign`` alone; ``version`` is part of what a county's results depend on."""

    same_birth: Callable[[pl.DataFrame], pl.Series]
    link: Callable[..., Protected]
    version: str


def run_province(campaign: Campaign, gate: Gate, progress: "Progress", doors: Doors, runs: Path | None) -> Run:
    """Audit a campaign of many counties.

    Args:
        campaign: the campaign.
        gate: protects every count that comes from linking.
        progress: told of stages, counties and rows read.
        doors: linkage.
        runs: the folder of runs, in which finished counties are kept until the run is sealed; none keeps them in memory.

    Raises:
        Problems, HechaError: the input cannot be audited, or no county of it can be linked.
    """
    clock = Stopwatch()
    province = take_in(campaign, progress, clock)
    clock.seconds["read"] -= clock.seconds.get("validate", 0.0)  # validated as it was read
    with working(runs, campaign.file, inputs_mark(campaign, province.intakes, doors.version, gate.seeded)) as work:
        work_through = _Counties(campaign, province, gate, doors, work, clock)
        work_through.run(progress)
        parts = {county: work.part(county) for county in campaign.counties}
        protected = together(tuple(source.name for source in province.intakes.sources), parts)
        frames = {name: pl.concat([part.frames[name] for part in parts.values()]) for name in next(iter(parts.values())).frames}
        del parts
        run = compose(campaign, province.intakes, province.validation, protected, frames, clock.seconds)
        run.record["registered_twice"] = {**summary(province.twice), "rows": "registered_twice.parquet"}
        return replace(run, twice=frames["twice"].sort("birth", "line"))


class _Counties:
    """Works through the counties of a campaign."""

    def __init__(self, campaign: Campaign, province: Province, gate: Gate, doors: Doors, work: Working, clock: Stopwatch) -> None:
        self._campaign, self._province, self._gate, self._doors, self._work, self._clock = (
            campaign,
            province,
            gate,
            doors,
            work,
            clock,
        )
        self._refused: list[HechaError] = []

    def run(self, progress: "Progress") -> None:
        """Audit every county that is not finished yet.

        Raises:
            Problems: there are references and no county could be linked with them.
        """
        counties = self._campaign.counties
        left = [county for county in counties if not self._work.finished(county)]
        rows = {county: sum(hold.rows.get(county, 0) for hold in self._province.holds) for county in counties}
        total, done, start = sum(rows[county] for county in left), 0, time.monotonic()
        with progress.stage("counties", total=len(left)) as tick:
            for county in counties:
                if county not in left:
                    for hold in self._province.holds:
                        hold.take(county)
                    continue
                seconds = (time.monotonic() - start) / done * (total - done) if done else None
                place = f"{counties.index(county) + 1}/{len(counties)} {county}"
                with progress.stage("county", file=place + (time_left(seconds) if seconds is not None else "")):
                    self._work.keep(county, self._audit(county))
                done += rows[county]
                tick(1)  # counties, not rows: how many of a reference are of which county is not told
        honest = bool(self._refused) and all(isinstance(error, RefusedError) for error in self._refused)
        if honest and not any(self._work.linked(county) for county in counties):
            raise Problems(self._refused[:3])

    def _audit(self, county: str) -> Part:
        province, clock = self._province, self._clock
        audited = province.holds[0]
        rows = audited.rows.get(county, 0)
        if _too_large(rows):
            frames = unaudited(county, province.intakes.areas.frame, "county_too_large")
            return Part({**frames, "twice": pl.DataFrame(schema=TWICE)}, refused="county_too_large")
        with clock("duplicates"):
            register = told_apart(audited.take(county), province.repeated)
            births = self._doors.same_birth(register)
        register = register.with_columns(birth=births)
        begun = begin(county, self._campaign, province.intakes, register)
        with clock("link"):
            protected, refused = self._protect(county, register, births)
        with clock("detect"):
            frames = audit_county(county, self._campaign, province.intakes, register, protected, begun)
        frames["twice"] = rows_of(register, province.twice)
        release = asdict(protected.release) if protected and protected.release else None
        quality = protected.quality if protected and protected.release else None
        return Part(frames, quality, refused, release)

    def _protect(self, county: str, register: pl.DataFrame, births: pl.Series) -> tuple[Protected | None, str | None]:
        """Protected counts of a county, or why there are none. The last line that sees a reference row of it."""
        intakes = self._province.intakes
        if not intakes.references:
            return None, None
        frames = [register, *(hold.take(county) for hold in self._province.holds[1:])]
        sources: list[Source] = [replace(source, frame=frame) for source, frame in zip(intakes.sources, frames, strict=True)]
        del frames
        areas = intakes.areas.frame.filter(pl.col("county") == county)
        try:
            return self._doors.link(sources, births, areas, self._campaign.birth_years, self._gate.of_county(county)), None
        except (RefusedError, StageError) as error:
            if error.code not in REASONS:
                raise
            self._refused.append(error)
            reason = REASONS[error.code]
            names = tuple(source.name for source in intakes.sources)
            counts, patterns, linkage = (pl.DataFrame(schema=schema) for schema in (COUNTS, PATTERNS, LINKAGE))
            return Protected(names, counts, patterns, linkage, {"refused": {county: reason}}), reason


def _too_large(rows: int) -> bool:
    available = memory.available()
    return available is not None and rows * BYTES_A_ROW > available


def time_left(seconds: float) -> str:
    """How long it will still take, in words."""
    return " · " + words().text("progress.left", minutes=max(1, round(seconds / 60)))
