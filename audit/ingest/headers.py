"""Finding the header: in the first rows, by the declared aliases and the campaign's own ``[columns]``."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from audit.config import nearest
from audit.ingest.limits import HEADER_ROWS
from audit.ingest.spec import FileSpec, Header
from expectations.errors import HechaError, Problems, ReadError, RefusedError
from expectations.fields import Field, alias_table, header_keys
from expectations.scope import out_of_scope

Row = tuple[int, Sequence[str]]  # physical line, cells

_ENOUGH: Final = 2  # recognised headers that make a row a header
# Of several columns for one of these the plainest header is taken: a name before a code, 登记日期 before 录入时间. For the others
# (a child's name, number, date, every count) a wrong guess would be silent and costly, so the user is asked.
_PLAINEST: Final = frozenset(
    {"record_id", "county", "township", "village", "registered_on", "submitted_on", "version", "series", "indicator"}
)
_IDENTIFIES: Final = ("name", "id_number", "mother_name")


def find_header(rows: Sequence[Row], spec: FileSpec) -> Header | None:
    """The best header among the first rows, or none when nothing is recognised.

    Two rows are taken together (母亲 over 姓名) when that recognises more than either alone.
    """
    head = [row for row in rows if row[0] == spec.header_row] if spec.header_row else rows[:HEADER_ROWS]
    candidates = [_match(line, cells, spec) for line, cells in head]
    if spec.header_row is None:
        best = max((len(found.fields) for found in candidates), default=0)
        pairs = [_match(below[0], _over(above[1], below[1]), spec) for above, below in itertools.pairwise(head)]
        candidates += [pair for pair in pairs if len({field.name for field in pair.fields.values()}) > best]
    enough = 1 if spec.header_row else _ENOUGH
    candidates = [found for found in candidates if len({field.name for field in found.fields.values()}) >= enough]
    best_of = max(candidates, key=lambda found: len({field.name for field in found.fields.values()}), default=None)
    # told of the header alone: other rows may be people's
    return best_of and replace(
        best_of, out_of_scope=tuple(name for name in best_of.names if len(name) < 200 and out_of_scope(name))
    )


def settle(header: Header, spec: FileSpec) -> Header:
    """One column a field, all required fields there.

    Raises:
        Problems: several columns for one field, required fields missing, or an override for a column that is not there
            or out of scope.
    """
    problems: list[HechaError] = _bad_overrides(header, spec)
    by_field: dict[str, list[int]] = {}
    for at, wanted in header.fields.items():
        by_field.setdefault(wanted.name, []).append(at)
    fields = dict(header.fields)
    for name, places in by_field.items():
        keep = _choose(name, places, header, spec)
        if keep is None:
            headers = ", ".join(shown(header.names[at]) for at in places)
            problems.append(
                ReadError("E-READ-006", file=spec.file, line=_line(header, spec), params={"field": name, "headers": headers})
            )
            keep = places[0]
        fields = {at: wanted for at, wanted in fields.items() if wanted.name != name or at == keep}
    known = by_field.keys() | (
        set(spec.overrides.values()) if problems else set()
    )  # an override that fails is one problem, not two
    missing = [wanted.name for wanted in spec.fields if wanted.required and wanted.name not in known]
    if spec.births and not any(name in known for name in _IDENTIFIES):
        missing.append(" / ".join(_IDENTIFIES))
    if missing:
        problems.append(_missing(header, spec, missing))
    if problems:
        raise Problems(problems)
    return Header(header.line, header.names, fields, header.out_of_scope)


def not_found(rows: Sequence[Row], spec: FileSpec) -> ReadError:
    """The error for a file in which no header is recognised; of a reference no cell is shown, it might be a person's."""
    required = ", ".join(wanted.name for wanted in spec.fields if wanted.required)
    seen = next((cells for _, cells in rows if sum(bool(cell.strip()) for cell in cells) > 1), rows[0][1] if rows else ())
    tell = not spec.reference and _looks_like_header(seen)
    headers = ", ".join(shown(cell) for cell in seen[:12] if cell.strip()) if tell else "–"
    first = next((cell for cell in seen if cell.strip()), "") if tell else ""
    paste = f'[columns.{spec.name}] "{shown(first) or "…"}" = "{spec.fields[0].name}"'
    return ReadError("E-READ-004", file=spec.file, params={"seen": headers, "missing": required, "paste": paste})


def shown(header: str) -> str:
    """A header as messages show it: one line, no marks of its own, at most 24 characters."""
    text = " ".join("".join(ch if ch.isprintable() else " " for ch in header).split())
    return text if len(text) <= 24 else text[:23] + "…"


def _match(line: int, cells: Sequence[str], spec: FileSpec) -> Header:
    table = alias_table(spec.fields)
    named = {wanted.name: wanted for wanted in spec.fields}
    overrides = {header_keys(header)[0]: named[field] for header, field in spec.overrides.items() if field in named}
    taken = set(spec.overrides.values())
    fields: dict[int, Field] = {}
    for at, cell in enumerate(cells):
        if not cell or len(cell) > 200:
            continue
        plain, outside = header_keys(cell)
        if plain in overrides:
            found: Field | None = overrides[plain]
        else:
            hit = table.get(plain) or table.get(outside)
            found = hit[0] if hit and hit[0].name not in taken else None
        if found and not out_of_scope(cell):
            fields[at] = found
    return Header(line, tuple(cell[:200] for cell in cells), fields)


def _over(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """Two header rows as one; a merged cell above holds its text in its first column only."""
    width = max(len(above), len(below))
    joined, group = [], ""
    for at in range(width):
        upper, lower = (above[at] if at < len(above) else ""), (below[at] if at < len(below) else "")
        group = upper.strip() or group
        joined.append(f"{group}{lower.strip()}" if lower.strip() else upper.strip())
    return joined


def _choose(name: str, places: list[int], header: Header, spec: FileSpec) -> int | None:
    if len(places) == 1:
        return places[0]
    table = alias_table(spec.fields)
    ranks = [_rank(table, header.names[at]) for at in places]
    if name in _PLAINEST and ranks.count(min(ranks)) == 1:
        return places[ranks.index(min(ranks))]
    return None


def _rank(table: dict[str, tuple[Field, int]], name: str) -> int:
    plain, outside = header_keys(name)
    hit = table.get(plain) or table.get(outside)
    return hit[1] if hit else -1


def _bad_overrides(header: Header, spec: FileSpec) -> list[HechaError]:
    keys = {header_keys(name)[0] for name in header.names}
    found: list[HechaError] = []
    for wanted in spec.overrides:
        if out_of_scope(wanted):
            found.append(RefusedError("E-SCOPE-003", file=spec.file, column=shown(wanted)))
        elif header_keys(wanted)[0] not in keys:
            near = ", ".join(shown(name) for name in nearest(wanted, [name for name in _told(header, spec) if name])) or "–"
            found.append(ReadError("E-READ-007", file=spec.file, column=shown(wanted), params={"near": near, "section": spec.name}))
    return found


def _missing(header: Header, spec: FileSpec, missing: list[str]) -> ReadError:
    told = _told(header, spec)
    unread = header.not_read if told else ()
    paste = []
    for field in missing:
        wanted = next((item for item in spec.fields if item.name == field), None)
        near = nearest(wanted.aliases[0], list(unread), 1) if wanted and unread else []
        paste.append(f'"{shown(near[0]) if near else "…"}" = "{field.split(" ")[0]}"')
    params: dict[str, object] = {
        "seen": ", ".join(shown(name) for name in told[:12] if name) or "–",
        "missing": ", ".join(missing),
        "paste": f"[columns.{spec.name}] " + "  ".join(paste[:3]),
    }
    return ReadError("E-READ-005", file=spec.file, line=_line(header, spec), params=params)


def _told(header: Header, spec: FileSpec) -> tuple[str, ...]:
    """Headers that an error may show: of a reference none where its header row, misplaced, may be a person's."""
    return header.names if not spec.reference or _looks_like_header(header.names) else ()


def _line(header: Header, spec: FileSpec) -> int | None:
    return None if spec.reference or not header.line else header.line


def _looks_like_header(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(set(filled)) == len(filled) and not any(re.search(r"[0-9]{4}|^[男女]$", cell) for cell in filled)
