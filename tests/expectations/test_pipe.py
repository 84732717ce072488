"""Objects through a pipe: frames anywhere in them, whatever their columns."""

import datetime as dt
import io
from dataclasses import dataclass

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from expectations.pipe import receive, send


@dataclass(frozen=True)
class Holder:
    name: str
    frames: dict[str, pl.DataFrame]


FRAMES = {
    "plain": pl.DataFrame({"a": [1, None], "名": ["王", None], "on": [dt.date(2020, 2, 29), None]}),
    "nested": pl.DataFrame({"lines": [[1, 2], []], "fields": [["a"], None], "at": [{"x": 1}, {"x": None}]}),
    "no rows": pl.DataFrame(schema={"a": pl.List(pl.Int64()), "b": pl.UInt32()}),
    "no columns": pl.DataFrame(),
    "in pieces": pl.concat([pl.DataFrame({"a": [1]}), pl.DataFrame({"a": [2]})], rechunk=False),
}


def test_what_was_sent_arrives() -> None:
    pipe = io.BytesIO()
    send((divmod, [Holder("one", FRAMES), FRAMES["plain"]], "rest"), pipe)
    send("next", pipe)
    pipe.seek(0)
    function, (holder, again), rest = receive(pipe)
    assert (function, rest, holder.name) == (divmod, "rest", "one")
    for name, frame in FRAMES.items():
        assert_frame_equal(holder.frames[name], frame)
    assert_frame_equal(again, FRAMES["plain"])
    assert receive(pipe) == "next"
    with pytest.raises(EOFError):
        receive(pipe)


def test_a_frame_is_never_written_whole() -> None:
    """What is written at once is a column at most."""
    frame = pl.DataFrame({f"c{k}": range(50_000) for k in range(20)})
    pieces: list[int] = []

    class Pipe(io.BytesIO):
        def write(self, data: object) -> int:
            pieces.append(len(memoryview(data)))  # type: ignore[arg-type]  # whatever has bytes
            return pieces[-1]

    send([frame], Pipe())
    assert sum(pieces) > 20 * 50_000 * 8
    assert max(pieces) < 2 * 50_000 * 8
