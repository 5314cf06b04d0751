"""How much is tried: enough for every change, or with NIGHTLY=1 what a night has time for."""

from __future__ import annotations

import os
from typing import Any, TypeVar

from checker.budget import Budget

NIGHTLY = bool(os.environ.get("NIGHTLY"))

T = TypeVar("T")


def effort(usual: T, nightly: T) -> T:
    """What is tried for every change, and what at night."""
    return nightly if NIGHTLY else usual


def busy(seconds: float, **limits: Any) -> Budget:
    """So many seconds of processor time, beside other limits: others who use the processors change
    nothing."""
    return Budget(**limits).busy_part(seconds)
