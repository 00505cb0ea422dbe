"""What a check of the machine has found."""

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. Polate cannot play if a finding is ``needed`` and not ``good``."""

    good: bool
    needed: bool
    text: str
