"""The quality of the links, measured without labels (METHODS C, S): rates only, no counts.

Rates are of samples whose sizes are cut to a coarse scale: how many births are known to a reference is what the gate protects, and
a rate with its limits tells the size of its sample, which is a share of them.

A second pass, with the trained m and u held, so that the counts are untouched. Of some births that are linked, the references'
rows are taken out and noisy copies of the register's row put in (``planting``), to see how many are found again. Others are taken
out of one side altogether: whatever is linked to them then is false. Of some the references' rows stay with impossible years.
"""

import math
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audit.linkage.assign import CUT, one_to_one
from audit.linkage.county import Linked, Models, link_rows
from audit.linkage.em import Model
from audit.linkage.layout import Index, Rows, concat
from audit.linkage.planting import blanked, completed, impossible_years, noisy_copies

COPIED: Final = 0.30  # shares of the births known to a reference: given noisy copies,
CONTROLS: Final = (0.06, 0.06, 0.03)  # taken out of the references, out of the register, given impossible years
YEARS_BACK: Final = 40
_Z: Final = 1.959964
_SIZES: Final = (10, 12, 16, 20, 25, 30, 40, 50, 60, 80)  # and these times ten, a hundred, …: the sizes that samples have


@dataclass(frozen=True)
class Plan:
    """What the second pass links.

    Attributes:
        rows: the sources: rows taken out, copies and impossible years put in.
        births: birth index of each row of the register, as in the first pass.
        models: what the first pass was trained to, held in the second.
        copied: register persons that were given copies.
        unknown: register persons whose references' rows were taken out.
        planted: per reference the register person each row is a copy of, or -1.
        orphans: per reference whether a row lost its register rows; ``impossible`` whether it has impossible years besides.
    """

    rows: list[Rows]
    births: NDArray[np.uint32]
    models: Models
    copied: Index
    unknown: Index
    planted: dict[int, Index]
    orphans: dict[int, NDArray[np.bool_]]
    impossible: dict[int, NDArray[np.bool_]]

    def __repr__(self) -> str:
        return "Plan()"


def measure(plan: Plan, names: list[str]) -> dict[str, Any]:
    """Recall and false-link rates of each pair of sources and after closure, and the m and u behind them.

    Args:
        plan: the second pass over a county's sources; all that is needed of the first one.
        names: names of the sources, the audited one first.

    Returns:
        ``pairs``: per pair of sources, before closure, ``recall`` (copies found again) and ``false_link_rate`` (births only the
        left source knows, linked all the same), and ``fields``: m and u per field and level. ``closure``: the same for the register
        against the union of all references, with ``false_link_rate_reference`` (births only references know, linked all the
        same) and ``impossible_years`` (the same with impossible years). Rates come with 95 % limits (Wilson).
    """
    again = link_rows(plan.rows, plan.births, plan.models)
    pairs = [
        {"left": names[a], "right": names[b], **_between(plan, again, a, b), "fields": _fields(model)}
        for (a, b), model in plan.models.between.items()
    ]
    return {"pairs": pairs, "closure": _after_closure(plan, again)}


def make_plan(linked: Linked, seed: int = 20) -> Plan:
    """Choose births and make the sources of the second pass.

    Args:
        linked: a county's sources, linked; the plan holds none of its arrays, so that they can go before the second pass.
        seed: of what is drawn.
    """
    rng = np.random.default_rng(seed)
    audited = linked.rows[0]
    births = linked.people.of_row[0].astype(np.uint32)
    n = int(births.max()) + 1 if births.size else 0
    first_row = np.full(n, -1, dtype=np.int64)
    first_row[births[::-1]] = np.arange(births.size)[::-1]
    partner = {k: _first_partner(linked, k, n) for k in range(1, len(linked.rows))}
    known = rng.permutation(np.flatnonzero(np.any([rows >= 0 for rows in partner.values()], axis=0)))
    copied, unknown, gone, odd, _ = np.split(known, np.cumsum([int(share * known.size) for share in (COPIED, *CONTROLS)]))
    donors = _donors(partner, copied, known, rng)
    position = np.full(n, -1, dtype=np.int64)
    position[copied] = np.arange(copied.size)
    whole = completed(audited.take(first_row[copied]), [_present(linked.rows[k], rows[copied]) for k, rows in partner.items()], rng)
    removed, lonely, moved = (_marked(linked.births[who], linked.births.size) for who in (np.append(copied, unknown), gone, odd))
    out = Plan([blanked(audited, _marked(np.append(gone, odd), n)[births])], births, linked.models, copied, unknown, {}, {}, {})
    for k, rows in partner.items():
        of_rows = linked.of_rows(k)
        stay, old = np.flatnonzero(~removed[of_rows] & ~moved[of_rows]), np.flatnonzero(moved[of_rows])
        has = rows[copied] >= 0
        of, lender = copied[has], donors[has]
        copies = noisy_copies(whole.take(position[of]), audited, linked.rows[k], first_row[lender], rows[lender], rng)
        out.rows.append(concat([linked.rows[k].take(stay), copies, impossible_years(linked.rows[k].take(old), YEARS_BACK)]))
        nobody, nothing = np.full(stay.size, -1), np.zeros(of.size, dtype=bool)
        out.planted[k] = np.concatenate([nobody, of, np.full(old.size, -1)])
        out.orphans[k] = np.concatenate([lonely[of_rows[stay]], nothing, np.zeros(old.size, dtype=bool)])
        out.impossible[k] = np.concatenate([nobody == 0, nothing, np.ones(old.size, dtype=bool)])
    return out


def _marked(who: Index, n: int) -> NDArray[np.bool_]:
    """Of each of ``n`` whether it is among these."""
    marks = np.zeros(n, dtype=bool)
    marks[who] = True
    return marks


def _first_partner(linked: Linked, source: int, n: int) -> Index:
    """First row of a source in the birth of each register person, or -1."""
    row_of_birth = np.full(linked.births.size, -1, dtype=np.int64)
    births = linked.of_rows(source)
    row_of_birth[births[::-1]] = np.arange(births.size)[::-1]
    return row_of_birth[linked.births[:n]]


def _present(rows: Rows, index: Index) -> Rows:
    """Rows at these positions; all fields 0 where the position is -1."""
    taken = rows.take(np.maximum(index, 0)) if len(rows) else rows
    return Rows(**{field.name: getattr(taken, field.name) * (index >= 0) for field in fields(Rows)})


def _donors(partner: dict[int, Index], copied: Index, known: Index, rng: np.random.Generator) -> Index:
    """For each copied birth another one, known to the same references."""
    pattern = np.sum([(rows >= 0) * (1 << k) for k, rows in partner.items()], axis=0)
    out = copied.copy()
    for value in np.unique(pattern[copied]):
        pool = known[pattern[known] == value]
        mine = np.flatnonzero(pattern[copied] == value)
        out[mine] = pool[rng.integers(0, pool.size, mine.size)]
    return out


def _after_closure(plan: Plan, again: Linked) -> dict[str, float | None]:
    births = again.births
    found, known = np.zeros(births.size, dtype=bool), np.zeros(births.size, dtype=bool)
    for k, of in plan.planted.items():
        here = again.of_rows(k)
        known[here] = True
        found[here[(of >= 0) & (here == births[np.maximum(of, 0)])]] = True
    registered = np.zeros(births.size, dtype=bool)
    registered[births[again.people.source == 0]] = True
    orphans, odd = (
        np.concatenate([registered[np.unique(again.of_rows(k)[flags[k]])] for k in plan.planted])
        for flags in (plan.orphans, plan.impossible)
    )
    return {
        **_rate("recall", found[births[plan.copied]]),
        **_rate("false_link_rate", known[births[plan.unknown]]),
        **_rate("false_link_rate_reference", orphans),
        **_rate("impossible_years", odd),
    }


def _between(plan: Plan, again: Linked, a: int, b: int) -> dict[str, float | None]:
    """Of one pair of sources, before closure."""
    pairs = again.between[a, b]
    x, y = again.people.of_row[a][pairs.i], again.people.of_row[b][pairs.j]
    linked = one_to_one(x, y, pairs.weight, CUT)
    of_left = plan.planted[a][pairs.i] if a else plan.births.astype(np.int64)[pairs.i]
    of_right = plan.planted[b][pairs.j]
    n = int(plan.births.max(initial=0)) + 1
    wanted = _marked(plan.planted[b][plan.planted[b] >= 0], n)
    if a:
        wanted &= _marked(plan.planted[a][plan.planted[a] >= 0], n)
    recall = _marked(of_right[linked & (of_left == of_right) & (of_right >= 0)], n)[wanted]
    if a:  # of two references nobody can say what the one alone knows
        return _rate("recall", recall)
    return {**_rate("recall", recall), **_rate("false_link_rate", _marked(of_left[linked], n)[plan.unknown])}


def _rate(name: str, hits: NDArray[np.bool_]) -> dict[str, float | None]:
    """A share with its Wilson limits, to four decimals; none with fewer than ten cases."""
    n = _size(hits.size)
    if not n:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    hits = np.random.default_rng(n).permutation(hits)[:n]
    p, z2 = float(hits.mean()), _Z**2
    middle, half = (p + z2 / (2 * n)) / (1 + z2 / n), _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return {name: round(p, 4), f"{name}_low": round(max(middle - half, 0.0), 4), f"{name}_high": round(min(middle + half, 1.0), 4)}


def _size(n: int) -> int:
    """The largest size on the scale that is not above n; 0 below ten.

    >>> _size(9), _size(1799), _size(1800), _size(99)
    (0, 1600, 1600, 80)
    """
    power = 10 ** max(len(str(n)) - 2, 0)
    return max((size * power for size in _SIZES if size * power <= n), default=0)


def _fields(model: Model) -> dict[str, dict[str, dict[str, float]]]:
    """m and u. Levels no match has keep their prior over the number of matches: small m, told exactly, would tell that number."""
    return {
        comparison.name: {
            level: {"m": round(float(m), 2), "u": float(u)}
            for level, m, u in zip(comparison.levels[1:], model.m[k][1:], model.u[k][1:], strict=True)
        }
        for k, comparison in enumerate(model.comparisons)
    }
