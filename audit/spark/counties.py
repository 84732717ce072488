"""Counties on Spark: linked and audited a few at a time, each kept when it is finished.

Spark itself does again what an executor that died has left undone. A county on which executors die again and again is set apart, so
that it takes no other with it, and gets an outcome with the reason.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from audit.clock import Stopwatch
from audit.config import Campaign
from audit.county import Frames
from audit.disclosure import Gate
from audit.province.composing import unaudited
from audit.province.flow import REASONS, time_left
from audit.province.working import Part, Working
from audit.spark.detecting import detect
from audit.spark.reading import OnSpark
from audit.spark.rows import NOWHERE, LinkedRows, SourceRows
from audit.spark.taking import Taken
from expectations.errors import HechaError, Problems, RefusedError, StageError
from expectations.protected import COUNTS, LINKAGE, PATTERNS, Protected
from expectations.run import TWICE

if TYPE_CHECKING:
    from audit.progress import Progress

A_CORE: Final = 2  # counties under way at a time, for every core: what a kill loses, and how well cores are used, grow with it
LOST: Final = "workers_lost"


@dataclass(frozen=True)
class Door:
    """The door of linkage on Spark, opened by ``audit.campaign`` alone; results depend on its ``version``."""

    link_counties: Callable[..., LinkedRows]
    version: str


class Counties:
    """Works through the counties of a campaign."""

    def __init__(
        self, spark: Any, campaign: Campaign, taken: Taken, gate: Gate, door: Door, work: Working, clock: Stopwatch
    ) -> None:
        self._spark, self._campaign, self._taken, self._gate, self._door = spark, campaign, taken, gate, door
        self._work, self._clock = work, clock
        self._alone = len(campaign.counties) == 1
        self._last = False  # whether those now worked on are the last
        self._refused: list[HechaError] = []
        self._lost: dict[str, Part] = {}  # not kept for another try, which may have better luck

    def run(self, progress: "Progress") -> None:
        """Audit every county that is not finished yet.

        Raises:
            Problems, RefusedError: there are references and no county could be linked with them.
            StageError: Spark failed, and not with some counties only (E-SPARK-005).
        """
        left = [county for county in self._campaign.counties if not self._work.finished(county)]
        if self._alone:
            self._last = True
            self._keep(left, progress)
            return
        total, done, start = len(left), 0, time.monotonic()
        with progress.stage("counties", total=total) as tick:
            while left:
                few, left = self._next(left)
                self._last = not left
                seconds = (time.monotonic() - start) / done * (total - done) if done else None
                with progress.stage("county", file=self._place(few) + (time_left(seconds) if seconds is not None else "")):
                    self._keep(few, None)
                done += len(few)
                tick(len(few))
        honest = bool(self._refused) and all(isinstance(error, RefusedError) for error in self._refused)
        if honest and not any(self.part(county).release for county in self._campaign.counties):
            raise Problems(self._refused[:3])

    def part(self, county: str) -> Part:
        """A county that was worked on, now or in an earlier try."""
        return self._lost[county] if county in self._lost else self._work.part(county)

    def _next(self, left: list[str]) -> tuple[list[str], list[str]]:
        n = max(A_CORE * self._spark.sparkContext.defaultParallelism, 1)  # executors may have come since
        return left[:n], left[n:]

    def _place(self, few: list[str]) -> str:
        first, last = (self._campaign.counties.index(county) + 1 for county in (few[0], few[-1]))
        return (
            f"{first}–{last}/{len(self._campaign.counties)} {few[0]}"
            if last > first
            else f"{first}/{len(self._campaign.counties)} {few[0]}"
        )

    def _keep(self, few: list[str], progress: "Progress | None") -> None:
        """Work through a few counties together and keep them; if that fails, through each of them alone.

        Raises:
            StageError: no county at all could be finished.
        """
        failure = self._tried(few, self._taken.sources, progress)
        if failure is None:
            return
        if self._alone:
            raise failure
        for county in few:
            if len(few) == 1 or self._tried([county], self._taken.sources, progress) is not None:
                self._refused.append(failure)
                self._set_apart(county)
        if len(self._lost) >= len(few) and not any(map(self._work.finished, self._campaign.counties)):
            raise failure

    def _set_apart(self, county: str) -> None:
        """A county on which workers die: its register alone, or not even that."""
        if len(self._taken.sources) > 1 and self._tried([county], self._taken.sources[:1], None) is None:
            return
        frames = unaudited(county, self._taken.intakes.areas.frame, LOST)
        self._lost[county] = Part({**frames, "twice": pl.DataFrame(schema=TWICE)}, refused=LOST)

    def _tried(self, few: list[str], sources: tuple[OnSpark, ...], progress: "Progress | None") -> StageError | None:
        """Link and audit; what is finished is kept, and what Spark could not do is told.

        Raises:
            HechaError: it was not the workers' fault, or there is no Spark any more.
        """
        try:
            parts = self._through(few, sources, progress)
        except StageError as error:
            if error.code != "E-SPARK-005" or error.params.get("place") != NOWHERE or self._gone():
                raise
            return error
        for county, part in parts.items():
            if part.refused == LOST:
                self._lost[county] = part
            else:
                self._work.keep(county, part)
        return None

    def _through(self, few: list[str], sources: tuple[OnSpark, ...], progress: "Progress | None") -> dict[str, Part]:
        with self._stage("link", progress):
            linked = self._linked(few, sources)
            if self._last:  # nothing sees a reference row from here on
                for source in self._taken.sources:
                    source.release()
        refused = {county: REASONS[error.code] for county, error in linked.refused.items()}
        if len(sources) < len(self._taken.sources):
            refused = dict.fromkeys(few, LOST)
        protected = {**{county: self._nothing(county, reason) for county, reason in refused.items()}, **linked.protected}
        try:
            with self._stage("detect", progress):
                frames = detect(self._spark, few, self._campaign, self._taken, linked, protected)
        finally:
            with suppress(Exception):  # of Spark when it is gone
                linked.release()
        self._refused += linked.refused.values()
        return {county: _part(frames[county], linked.protected.get(county), refused.get(county)) for county in few}

    def _linked(self, few: list[str], sources: tuple[OnSpark, ...]) -> LinkedRows:
        campaign, areas = self._campaign, self._taken.intakes.areas.frame
        rows = [SourceRows(of.source.name, of.source.role, of.source.intake.file, of.rows, of.schema) for of in sources]
        linked = self._door.link_counties(rows, few, areas, campaign.birth_years, self._gate_of, self._alone)
        for error in linked.refused.values():
            if self._alone or error.code not in REASONS:
                raise error
        return linked

    def _gate_of(self, county: str) -> Gate:
        return self._gate if self._alone else self._gate.of_county(county)

    def _nothing(self, county: str, reason: str) -> Protected:
        counts, patterns, linkage = (pl.DataFrame(schema=schema) for schema in (COUNTS, PATTERNS, LINKAGE))
        names = tuple(source.name for source in self._taken.intakes.sources)
        return Protected(names, counts, patterns, linkage, {"refused": {county: reason}})

    @contextmanager
    def _stage(self, name: str, progress: "Progress | None") -> Iterator[None]:
        with self._clock(name), progress.stage(name) if progress else nullcontext():
            yield

    def _gone(self) -> bool:
        """Whether Spark has ended, with all that it held."""
        try:
            return bool(self._spark.sparkContext._jsc.sc().isStopped())
        except Exception:
            return True


def _part(frames: Frames, protected: Protected | None, refused: str | None) -> Part:
    release = asdict(protected.release) if protected and protected.release else None
    return Part(frames, protected.quality if protected and protected.release else None, refused, release)
