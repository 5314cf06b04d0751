"""Exit codes of the command line, the same for every format."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

#: Every checked property is proved, holds up to its bound, or is suppressed.
PASSED = 0
#: At least one property is violated, and not suppressed.
VIOLATED = 1
#: The input or the usage is wrong.
MISTAKE = 2
#: None is violated, but at least one has no answer (time, memory, interrupted), or there was
#: nothing to check.
UNDECIDED = 3
#: The program itself is wrong; standard error says what to report.
INTERNAL_ERROR = 4

#: The worst first, of jobs that look at one file after the other.
_ORDER = (MISTAKE, VIOLATED, UNDECIDED, PASSED)


def worst(codes: Collection[int]) -> int:
    """What several files together come to."""
    return next(code for code in _ORDER if code in codes)


#: What makes a run end with other than PASSED: a violation; also what has no answer; nothing but
#: mistakes and internal errors.
FailOn = Literal["violated", "unknown", "never"]
FAIL_ON: tuple[FailOn, ...] = get_args(FailOn)
