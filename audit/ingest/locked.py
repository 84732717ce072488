"""Files inside files: a workbook behind a password, a zip of one table. Both are opened in memory, never on disk (DESIGN C4)."""

import io
import os
import zipfile
from typing import Final, NoReturn

from audit.ingest.spec import FileSpec
from expectations.errors import Problems, ReadError

_PASSWORD: Final = "HECHA_PASSWORD"  # never in TOML, argv, log or record
_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_NOISE: Final = ("__MACOSX/", ".DS_Store", "Thumbs.db")


def unlock(data: bytes, spec: FileSpec) -> bytes:
    """A workbook without its password; as it is when it has none.

    Raises:
        Problems: a password is needed, is wrong, or the extra ``office`` is not installed.
    """
    if _PACKAGE not in data and not _old_and_locked(data):
        return data
    password = os.environ.get(_PASSWORD)
    if not password:
        _fail("E-READ-009", spec)
    try:
        import msoffcrypto
    except ImportError:
        _fail("E-READ-023", spec, extra="office")
    out = io.BytesIO()
    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        file.load_key(password=password)
        file.decrypt(out)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # its messages are not ours to pass on; most often the password is wrong
        _fail("E-READ-022", spec)
    return out.getvalue()


def _old_and_locked(data: bytes) -> bool:
    """Whether a BIFF workbook has a FILEPASS record: looked for where its stream begins, in the first sectors."""
    at = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")  # BOF of BIFF8's globals
    position = at + 20
    for _ in range(8):
        if at < 0 or position + 4 > len(data):
            return False
        kind, size = (
            int.from_bytes(data[position : position + 2], "little"),
            int.from_bytes(data[position + 2 : position + 4], "little"),
        )
        if kind == 0x2F:
            return True
        position += 4 + size
    return False


def only_member(archive: zipfile.ZipFile, spec: FileSpec) -> tuple[str, bytes]:
    """The one file in a zip: its base name and bytes. Where the zip says that it belongs is of no interest.

    Raises:
        Problems: it holds no file or several, or one behind a password or damaged.
    """
    members = [item for item in archive.infolist() if not item.is_dir() and not any(noise in item.filename for noise in _NOISE)]
    if len(members) != 1:
        _fail("E-READ-024", spec, n=len(members))
    if members[0].flag_bits & 1:
        _fail("E-READ-009", spec)
    try:
        return members[0].filename.replace("\\", "/").rsplit("/", 1)[-1], archive.read(members[0])
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # a wrong checksum, an unknown packing, a cut
        _fail("E-READ-015", spec)


def _fail(code: str, spec: FileSpec, **params: object) -> NoReturn:
    raise Problems([ReadError(code, file=spec.file, params=params)]) from None
