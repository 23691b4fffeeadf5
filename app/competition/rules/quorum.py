"""Whether enough of the panel are there to decide, and to sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FEWEST_SIGNERS: Final = 2  # nobody alone makes a result


@dataclass(frozen=True, slots=True)
class Quorum:
    """Of ``panel`` members that may decide, ``present`` are there and ``needed`` have to be."""

    panel: int
    present: int

    @property
    def needed(self) -> int:
        """More than half of the panel, and two at least."""
        return max(FEWEST_SIGNERS, self.panel // 2 + 1)

    @property
    def reached(self) -> bool:
        """Whether they may decide."""
        return self.present >= self.needed


def quorum(panel: int, present: int) -> Quorum:
    """Raises ValueError where more are present than belong to the panel."""
    if not 0 <= present <= panel:
        raise ValueError("who is present belongs to the panel")
    return Quorum(panel, present)
