"""Resource quantities such as `100m`, `1.5` and `16Gi`, exactly.

A quantity is held as an integer number of nanos, the finest that upstream keeps; anything finer
rounds away from zero. No floating point is involved.

Source: apimachinery v0.36 `pkg/api/resource/quantity.go` (ParseQuantity, UnmarshalJSON, Value,
MilliValue) and
`suffix.go`.
"""

from __future__ import annotations

import re

NANOS = 10**9
#: Upstream caps what is larger at the largest 64-bit integer.
MAX_NANOS = (2**63 - 1) * NANOS

_PATTERN = re.compile(
    r"([+-]?)([0-9]*)(?:\.([0-9]*))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]+)?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
#: Far beyond the cap on both sides, small enough to compute with.
_MAX_EXPONENT = 400
_MAX_LENGTH = 200


def parse(text: str) -> int | None:
    """Nanos, or None when the text is not a quantity.

    A suffix or a sign without digits is 0 upstream, odd as it is, unless the suffix is one of those
    that its shorter way of parsing does not cover.
    """
    match = _PATTERN.fullmatch(text) if 0 < len(text) <= _MAX_LENGTH else None
    if match is None:
        return None
    sign, whole, fraction, suffix = match.groups(default="")
    if not whole and not fraction and not _covered(suffix):
        return None
    digits, scale, exponent = int(whole + fraction or "0"), NANOS, -len(fraction)
    if suffix in _BINARY:
        scale <<= _BINARY[suffix]
    elif suffix in _DECIMAL:
        exponent += _DECIMAL[suffix]
    elif suffix:
        exponent += max(-_MAX_EXPONENT, min(_MAX_EXPONENT, int(suffix[1:])))
    if exponent >= 0:
        nanos = digits * scale * int(10**exponent)
    else:
        nanos = -(-digits * scale // int(10**-exponent))
    nanos = min(nanos, MAX_NANOS)
    return -nanos if sign == "-" else nanos


def _covered(suffix: str) -> bool:
    if suffix in _BINARY:
        return suffix not in ("Pi", "Ei")
    return suffix in _DECIMAL or not suffix or int(suffix[1:]) >= -9


def units(resource: str, nanos: int) -> int:
    """Integer units as the scheduler counts them, rounded up: cpu in millicores, others whole.

    Source: kubernetes 1.36 `pkg/scheduler/framework/types.go`, Resource.Add.
    """
    return ceil(nanos, NANOS // 1000 if resource == "cpu" else NANOS)


def ceil(nanos: int, unit: int) -> int:
    """`nanos / unit` rounded away from zero, as upstream's Value and MilliValue round."""
    rounded = -(-abs(nanos) // unit)
    return rounded if nanos >= 0 else -rounded


def canonical(text: str) -> str:
    """An amount of a resource as the API server keeps it: in whole thousandths, with the largest
    suffix of its kind that leaves a whole number; the text itself if it is none, or is written with
    an exponent."""
    nanos, match = parse(text), _PATTERN.fullmatch(text)
    suffix = match[4] or "" if match else "e"
    if nanos is None or (suffix[:1] in ("e", "E") and suffix not in ("E", "Ei")):
        return text
    nanos = ceil(nanos, NANOS // 1000) * (NANOS // 1000)
    if nanos == 0:
        return "0"
    whole, rest = divmod(nanos, NANOS)
    if suffix in _BINARY and not rest and abs(whole) >= 1024:
        powers = ((name, whole, 1 << power) for name, power in reversed(_BINARY.items()))
        found = (f"{number // unit}{name}" for name, number, unit in powers if not number % unit)
        return next(found, str(whole))
    scales = {**_DECIMAL, "": 0}
    for name, power in sorted(scales.items(), key=lambda each: -each[1]):
        if nanos % 10 ** (power + 9) == 0:
            return f"{nanos // 10 ** (power + 9)}{name}"
    return text


def show(resource: str, amount: int) -> str:
    """Units as a person would write them: `4`, `1500m`, `16Gi`."""
    if resource == "cpu":
        return str(amount // 1000) if amount % 1000 == 0 else f"{amount}m"
    if resource in ("memory", "ephemeral-storage") or resource.startswith("hugepages-"):
        units = {suffix: 1 << _BINARY[suffix] for suffix in ("Ti", "Gi", "Mi", "Ki")}
        units |= {suffix: int(10 ** _DECIMAL[suffix]) for suffix in ("G", "M")}
        whole = [f"{amount // unit}{s}" for s, unit in units.items() if amount % unit == 0]
        if amount and whole:
            return min(whole, key=len)
    return str(amount)
