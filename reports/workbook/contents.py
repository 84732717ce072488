"""What the register says, field by field, the rows of a finding side by side: of all findings of a township at once."""

from collections import defaultdict
from functools import cache
from typing import Final

import polars as pl

from reports.words import Words

SHOWN: Final = 6  # rows of the register laid side by side in one cell; more is not read


def side_by_side(evidence: pl.DataFrame, words: Words, width: int) -> dict[str, str]:
    """Masked values by finding; fields that differ are marked ≠.

    Args:
        evidence: in the order of the run.
        words: the language.
        width: cells of a line.
    """
    colon = words.say("colon")

    @cache
    def label(name: str, differs: bool) -> tuple[str, int]:
        text = f"{'≠ ' if differs else ''}{words.field(name)}{colon}"
        return text, width - cells(text)

    lines: dict[str, list[str]] = defaultdict(list)
    for finding, name, values, differs in _fields(evidence, words.say("blank")).iter_rows():
        (title, room), side = label(name, differs), " | ".join(values)
        wide = cells(side)
        if wide <= room:
            lines[finding].append(title + side)
        elif wide <= width - 2:
            lines[finding] += [title, f"  {side}"]
        else:  # values that do not fit beside each other stand below each other
            lines[finding] += [title, *(f"  {value}" for value in values)]
    return {finding: "\n".join(texts) for finding, texts in lines.items()}


def cells(text: str) -> int:
    """How wide a line is in Latin characters.

    In GB 18030 a Chinese character takes two bytes and a Latin one takes one, as they do on a sheet.

    >>> cells("东华镇 2026")
    11
    """
    return len(text) if text.isascii() else len(text.encode("gb18030", "replace"))


def _fields(evidence: pl.DataFrame, blank: str) -> pl.DataFrame:
    """``finding_id, field, values, differs``: values that are all alike stand there once, and of many only some."""
    masked = pl.col("masked").fill_null("").replace("", blank)
    fields = evidence.group_by("finding_id", "field", maintain_order=True).agg(
        masked.head(SHOWN).alias("values"), pl.len().alias("rows"), pl.col("differs").any()
    )
    values = pl.col("values")
    alike = ~pl.col("differs") & (pl.col("rows") <= SHOWN) & (values.list.n_unique() == 1)
    more = pl.when(pl.col("rows") > SHOWN).then(pl.lit(["…"])).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    return fields.select(
        "finding_id", "field", pl.when(alike).then(values.list.head(1)).otherwise(values.list.concat(more)), "differs"
    )
