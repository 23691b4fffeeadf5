"""The modules of a ticket's QR code, by table: ISO/IEC 18004, version 5, level M, mask 2, alphanumeric.

A ticket page draws up to twenty codes, and the general package takes 0.7 ms for each. Only one shape is needed,
so all that does not depend on the text is worked out once; tests hold the result against the package's.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Final

from app.core.codes import BASE45_ALPHABET  # the same 45 characters as QR alphanumeric mode, on purpose

SIDE: Final = 37  # modules
MOST_CHARACTERS: Final = 122

# What every code of this shape has in common: # dark, . light, - for the modules that carry the text.
_FRAME: Final = """\
#######..--------------------.#######
#.....#..--------------------.#.....#
#.###.#.#--------------------.#.###.#
#.###.#.#--------------------.#.###.#
#.###.#.#--------------------.#.###.#
#.....#.#--------------------.#.....#
#######.#.#.#.#.#.#.#.#.#.#.#.#######
........#--------------------........
#.#####..--------------------.#####..
------.------------------------------
------#------------------------------
------.------------------------------
------#------------------------------
------.------------------------------
------#------------------------------
------.------------------------------
------#------------------------------
------.------------------------------
------#------------------------------
------.------------------------------
------#------------------------------
------.------------------------------
------#------------------------------
------.------------------------------
------#------------------------------
------.------------------------------
------#------------------------------
------.------------------------------
------#---------------------#####----
........#-------------------#...#----
#######..-------------------#.#.#----
#.....#.#-------------------#...#----
#.###.#.#-------------------#####----
#.###.#.#----------------------------
#.###.#.#----------------------------
#.....#..----------------------------
#######.#----------------------------
"""

_DATA_BYTES: Final = 86  # table 7: two blocks of 43, each followed by 24 for correction
_BLOCK: Final = 43
_CHECK_BYTES: Final = 24
_LEFT_OVER: Final = 7  # modules that no byte falls on
_DATA_BITS: Final = 8 * _DATA_BYTES
_ALL_BITS: Final = 8 * 2 * (_BLOCK + _CHECK_BYTES) + _LEFT_OVER
_PADDING: Final = "1110110000010001" * (_DATA_BYTES // 2)  # 7.4.10
_FIELD: Final = 0x11D  # the polynomial of the field of 256 elements, 7.5.2

_PAIRS: Final = {
    a + b: f"{45 * first + second:011b}"
    for first, a in enumerate(BASE45_ALPHABET)
    for second, b in enumerate(BASE45_ALPHABET)
}
_SINGLES: Final = {character: f"{value:06b}" for value, character in enumerate(BASE45_ALPHABET)}


def _times(a: int, b: int) -> int:
    """The product of two elements of the field."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a, b = a << 1, b >> 1
        a ^= _FIELD if a & 0x100 else 0
    return product


def _check_table() -> list[int]:
    """What a byte that leaves the division changes in the 24 behind it: its multiple of the divisor."""
    divisor, root = [1], 1  # the product of (x - 2^0) to (x - 2^23), highest power first
    for _ in range(_CHECK_BYTES):
        lower = [0, *(_times(factor, root) for factor in divisor)]
        divisor = [a ^ b for a, b in zip([*divisor, 0], lower, strict=True)]
        root = _times(root, 2)
    table = [0]
    for bit in range(8):  # the product is linear: the eight bits make up all bytes
        row = int.from_bytes(bytes(_times(factor, 1 << bit) for factor in divisor[1:]))
        table += [row ^ other for other in table]
    return table


def _sources() -> list[int]:
    """For each character of the picture where it comes from in bits + opposite bits + ``01`` and a line end."""
    lines = _FRAME.splitlines()
    free = [(row, column) for row, column in _path() if lines[row][column] == "-"]
    # the mask turns every third column over
    carried = {at: n + (0 if at[1] % 3 else _ALL_BITS) for n, at in enumerate(free)}
    light, dark, line_end = range(2 * _ALL_BITS, 2 * _ALL_BITS + 3)
    found: list[int] = []
    for row in range(SIDE):
        for column in range(SIDE):
            found.append(carried.get((row, column), dark if lines[row][column] == "#" else light))
        found.append(line_end)
    return found


def _path() -> list[tuple[int, int]]:
    """Modules in the order that the bits are laid in: pairs of columns from the right, up and down in turn."""
    columns = [column for column in range(SIDE - 1, -1, -1) if column != 6]  # the 6th holds the timing pattern
    found: list[tuple[int, int]] = []
    for turn in range(0, len(columns), 2):
        rows = range(SIDE) if turn % 4 else range(SIDE - 1, -1, -1)
        found += [(row, column) for row in rows for column in columns[turn : turn + 2]]
    return found


_CHECK_TABLE: Final = _check_table()
_PICK: Final = itemgetter(*_sources())
_TURNED: Final = str.maketrans("01", "10")
_KEEP: Final = (1 << 8 * (_CHECK_BYTES - 1)) - 1
_TOP: Final = 8 * (_CHECK_BYTES - 1)


def picture(text: str) -> str:
    """The code as 37 lines, each ended, of 37 characters: ``1`` for dark, ``0`` for light, without quiet zone.

    Raises:
        ValueError: empty, longer than 122 characters, or not alphanumeric in the sense of QR (no lower case).
    """
    data = _data(text)
    first, second = data[:_BLOCK], data[_BLOCK:]
    whole = bytearray(2 * (_BLOCK + _CHECK_BYTES))  # the two blocks byte by byte in turn, 7.6
    whole[0:_DATA_BYTES:2], whole[1:_DATA_BYTES:2] = first, second
    whole[_DATA_BYTES::2], whole[_DATA_BYTES + 1 :: 2] = _check_bytes(first), _check_bytes(second)
    bits = f"{int.from_bytes(whole) << _LEFT_OVER:0{_ALL_BITS}b}"
    return "".join(_PICK(f"{bits}{bits.translate(_TURNED)}01\n"))


def _data(text: str) -> bytes:
    """The 86 bytes that hold the text: mode, length, characters in pairs, an end, padding (7.4)."""
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise ValueError("a ticket QR code takes 1 to 122 characters")
    odd = len(text) % 2
    try:
        bits = "".join([_PAIRS[text[n : n + 2]] for n in range(0, len(text) - odd, 2)])
        bits = f"0010{len(text):09b}{bits}{_SINGLES[text[-1]] if odd else ''}"
    except KeyError:
        raise ValueError("a ticket QR code takes only the QR alphanumeric characters") from None
    bits += "0" * min(4, _DATA_BITS - len(bits))
    bits += "0" * (-len(bits) % 8)
    return int(bits + _PADDING[: _DATA_BITS - len(bits)], 2).to_bytes(_DATA_BYTES)


def _check_bytes(block: bytes) -> bytes:
    """The Reed-Solomon bytes of a block: what is left of it after the division."""
    left = 0
    for byte in block:
        left = ((left & _KEEP) << 8) ^ _CHECK_TABLE[byte ^ (left >> _TOP)]
    return left.to_bytes(_CHECK_BYTES)
