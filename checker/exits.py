"""Exit codes of the command line, the same for every format."""

from __future__ import annotations

#: Every checked property is proved or holds up to its bound.
PASSED = 0
#: At least one property is violated.
VIOLATED = 1
#: The input or the usage is wrong.
MISTAKE = 2
#: None is violated, but at least one has no answer (time, memory, interrupted).
UNDECIDED = 3
#: The program itself is wrong; standard error says what to report.
INTERNAL_ERROR = 4
