"""Finds canaries in whatever a run leaves: files are decoded first, and people are looked for in many spellings."""

import base64
import contextlib
import gzip
import hashlib
import html
import io
import json
import re
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tests.privacy.world import MARKERS, World

_FIELDS = ("name", "id_number", "mother_name", "mother_id_number", "father_name", "village")
_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


def contents(data: bytes, where: str) -> Iterator[tuple[str, bytes]]:
    """Everything inside a file: itself, members of archives, cells of Parquet and IPC files; to any depth."""
    yield where, data
    if data[:2] == b"PK" and not zipfile.is_zipfile(io.BytesIO(data)):
        yield f"{where}!torn", _inflated(data)  # copied while it was being written
    elif data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield f"{where}!names", "\n".join(archive.namelist()).encode()
            for name in archive.namelist():
                yield from contents(archive.read(name), f"{where}!{name}")
    elif data[:2] == b"\x1f\x8b":
        yield from contents(gzip.decompress(data), f"{where}!gz")
    elif data[:4] == b"PAR1" and data[-4:] == b"PAR1":
        yield f"{where}!cells", _cells(pl.read_parquet(io.BytesIO(data)))
    elif data[:6] == b"ARROW1" and data[-6:] == b"ARROW1":
        yield f"{where}!cells", _cells(pl.read_ipc(io.BytesIO(data)))


def _inflated(data: bytes) -> bytes:
    """What can be inflated of an archive without its directory: every member from its local header on."""
    out = []
    for header in re.finditer(rb"PK\x03\x04", data):
        at = header.start()
        names, extra = int.from_bytes(data[at + 26 : at + 28], "little"), int.from_bytes(data[at + 28 : at + 30], "little")
        with contextlib.suppress(zlib.error):
            out.append(zlib.decompressobj(-15).decompress(data[at + 30 + names + extra :]))
    return b"\n".join(out)


def _cells(frame: pl.DataFrame) -> bytes:
    lines = [" ".join(frame.columns)]
    lines += [json.dumps(row, ensure_ascii=False, default=str) for row in frame.iter_rows()]
    return "\n".join(lines).encode()


def texts(data: bytes) -> Iterator[str]:
    """Readings of bytes as text, with escapes of JSON, HTML and addresses undone."""
    for encoding in ("utf-8", "gb18030", "utf-16"):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        yield text
        undone = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
        undone = urllib.parse.unquote(html.unescape(undone))
        if undone != text:
            yield undone
        if encoding == "utf-8":
            return
    yield data.decode("latin-1")


class Canaries:
    """What must not be found of the people known to references only."""

    def __init__(self, world: World) -> None:
        self.words = {person[name] for person in world.canaries for name in _FIELDS}
        self.numbers = {person[name] for person in world.canaries for name in ("id_number", "mother_id_number")}
        ids = {person["number"] for person in world.canaries}
        self.sevens = ids | {str(line) for line in world.lines}
        packed = {str(int(number[2:17], 16)) for number in self.numbers}
        self.digits = {number[:17] for number in self.numbers} | self.numbers | packed
        secrets = self.words | {f"{letter}{number}" for number in ids for letter in "WV"} | self.sevens
        self.hashes = {digest(secret.encode(code)).hexdigest() for secret in secrets for code in ("utf-8",) for digest in
                       (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.blake2b)}  # fmt: skip
        self.hashes = {value[:12] for value in self.hashes}
        self.raw = {code: {word.encode(code) for word in self.words} for code in _ENCODINGS}
        # One person of three is enough where every spelling is a search of its own.
        some = sorted({person[name] for person in world.canaries[::3] for name in _FIELDS})
        self.based = [coded for word in some for coded in _base64(word.encode())]
        self.hexed = [word.encode().hex() for word in some]

    def found(self, data: bytes, where: str = "") -> list[str]:
        """Where and how a canary is in these bytes; empty when there is none."""
        hits: list[str] = []
        for place, part in contents(data, where):
            hits += [f"{place}: bytes" for code in _ENCODINGS if self._in_bytes(part, code)]
            for text in texts(part):
                hits += [f"{place}: {kind}" for kind in self._in_text(text)]
        return hits

    def _in_text(self, text: str) -> Iterator[str]:
        if any(marker in text for marker in MARKERS):
            yield "marker"
        if self.sevens & set(re.findall(r"(?<![\w.])[A-Z]?(\d{7})(?![\w.])", text)):
            yield "record id or line"
        if self.digits & {run[:18] for run in re.findall(r"\d{15,20}[Xx]?", text)} or self.digits & {
            run[:17] for run in re.findall(r"\d{15,20}", text)
        }:
            yield "identity number"
        if self.hashes & {run[:12].lower() for run in re.findall(r"[0-9a-fA-F]{12,}", text)}:
            yield "hash"
        solid = "\n".join(re.findall(r"[A-Za-z0-9+/]{8,}", text))
        if any(coded in solid for coded in self.based):
            yield "base64"
        if any(code in solid for code in self.hexed):
            yield "hex"

    def _in_bytes(self, data: bytes, code: str) -> bool:
        """Whether a word stands in bytes that are no text: wherever a canary's first character is, compare the rest."""
        lengths = {len(word) for word in self.raw[code]}
        for marker in MARKERS:
            start, at = marker.encode(code), -1
            while (at := data.find(start, at + 1)) >= 0:
                if any(data[at : at + length] in self.raw[code] for length in lengths):
                    return True
        return False

    def found_in_folder(self, folder: Path) -> list[str]:
        """The same for every file of a folder, their names included."""
        hits: list[str] = []
        done: set[bytes] = set()
        for path in sorted(folder.rglob("*")):
            hits += self.found(str(path.relative_to(folder)).encode(), f"name of {path.name!r}")
            if path.is_file() and (digest := hashlib.sha256(data := path.read_bytes()).digest()) not in done:
                done.add(digest)
                hits += self.found(data, str(path.relative_to(folder)))
        return hits


def _base64(data: bytes) -> Iterator[str]:
    """What a word looks like inside base64 at each of three alignments, without the characters its neighbours share."""
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
        core = coded[(shift * 8 + 5) // 6 : (shift + len(data)) * 8 // 6]
        if len(core) >= 8:
            yield core
