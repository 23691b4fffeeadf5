"""Addresses that came with a request and may be gone to."""

from __future__ import annotations


def local_path(target: str | None) -> str | None:
    """The target when it is a path of this site, else None: a ``next`` must not lead anywhere else.

    Browsers drop tabs and line ends inside an address and read a backslash as a slash, so ``/\\evil`` and
    ``/<tab>/evil`` lead as far away as ``//evil`` does (WHATWG URL standard, 4.4).
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(character) <= 0x20 or ord(character) == 0x7F for character in target):
        return None
    return target
