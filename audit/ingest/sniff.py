"""What a file really is, by its first bytes; its ending is not believed."""

from typing import Literal

Kind = Literal["zip", "ole", "parquet", "markup", "pdf", "image", "rtf", "gzip", "rar", "dbf", "sav", "dta", "text", "empty"]

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"PAR1", "parquet"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"{\\rtf", "rtf"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "rar"),
    (b"$FL2", "sav"),
    (b"$FL3", "sav"),
    (b"<stata_dta>", "dta"),
)


def sniff(data: bytes, ending: str = "") -> Kind:
    """The kind of a file.

    Args:
        data: its bytes.
        ending: of its name, in lower case with the dot; only .dbf and old .dta need it, having no mark of their own.
    """
    if not data.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        return "empty"
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if ending == ".dbf" and data[0] in (0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x83, 0x8B, 0x8E, 0xF5):
        return "dbf"
    if ending == ".dta" and data[0] in (0x69, 0x6C, 0x6E, 0x71, 0x72, 0x73):
        return "dta"
    head = data[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\x00", b"").lower()
    return (
        "markup"
        if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<style", b"<div"))
        else "text"
    )
