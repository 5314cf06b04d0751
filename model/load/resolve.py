"""What a plain YAML scalar stands for, as kubectl sees it.

kubectl reads YAML with sigs.k8s.io/yaml v1.6, which turns it into JSON with the YAML 1.1 rules of
go-yaml v2 (`goyaml.v2/resolve.go`): `y`, `n`, `on` and `off` are booleans, a leading 0 is octal,
underscores may part digits, base-60 numbers are strings, and so are timestamps.
"""

from __future__ import annotations

import re

from model.load.tree import Plain

_WORDS: dict[str, Plain] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_INTEGER = re.compile(r"([-+]?)(?:(0[bB][01]+)|(0[xX][0-9a-fA-F]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
#: Longer runs of digits are not numbers that any field could hold.
_MAX_DIGITS = 400


def resolve(text: str) -> Plain:
    """The value of an unquoted scalar without a tag."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-." or len(text) > _MAX_DIGITS:
        return text
    plain = text.replace("_", "") if text[0] != "." else text
    number = _INTEGER.fullmatch(plain)
    if number:
        sign, binary, hexadecimal, octal, decimal = number.groups()
        for digits, base in ((binary, 2), (hexadecimal, 16), (octal, 8), (decimal, 10)):
            if digits:
                return -int(digits, base) if sign == "-" else int(digits, base)
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        # A float too large for 64 bits is not a number upstream either.
        return text if value in (float("inf"), float("-inf")) else value
    return text
