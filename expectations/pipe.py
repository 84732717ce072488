"""Objects through a pipe, their frames column by column: a frame pickled whole takes three times its own memory on the way."""

import io
import pickle
from typing import IO, Any

import polars as pl


def send(what: Any, pipe: IO[bytes]) -> None:
    """Write an object, whose frames may stand anywhere in it.

    Args:
        what: anything that can be pickled.
        pipe: where to.

    Raises:
        OSError: nobody reads any more.
    """
    rest = io.BytesIO()
    pickler = _Pickler(rest, protocol=5)
    pickler.dump(what)
    pickle.dump(len(pickler.frames), pipe)
    for frame in pickler.frames:
        pickle.dump(frame.width, pipe)
        for column in frame.get_columns():
            pickle.dump(column, pipe, protocol=5)
    pipe.write(rest.getbuffer())
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """Read what ``send`` wrote.

    Raises:
        EOFError: nothing more comes.
    """
    frames = []
    for _ in range(pickle.load(pipe)):
        width = pickle.load(pipe)
        frames.append(pl.DataFrame([pickle.load(pipe) for _ in range(width)]))
    return _Unpickler(pipe, frames).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: IO[bytes], protocol: int) -> None:
        super().__init__(file, protocol)
        self.frames: list[pl.DataFrame] = []

    def persistent_id(self, obj: Any) -> int | None:
        if not isinstance(obj, pl.DataFrame):
            return None
        self.frames.append(obj)
        return len(self.frames) - 1


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: IO[bytes], frames: list[pl.DataFrame]) -> None:
        super().__init__(file)
        self._frames = frames

    def persistent_load(self, pid: Any) -> pl.DataFrame:
        frame: pl.DataFrame = self._frames[pid]
        return frame
