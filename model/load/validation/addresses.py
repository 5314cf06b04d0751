"""IP addresses and networks, as the API server takes them in new objects.

Source: apimachinery v0.36 `pkg/util/validation/ip.go` (IsValidIP, IsValidCIDR), kubernetes 1.36
`pkg/apis/core/validation/validation.go` (ValidateEndpointIP).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ipaddress

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed(text: str) -> Address | None:
    """An address without leading zeros or a zone, and not IPv4 in the form of IPv6."""
    import ipaddress  # few manifests have addresses

    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and (found.scope_id or found.ipv4_mapped):
        return None
    return found


def is_ip(text: str) -> bool:
    return parsed(text) is not None


def version(text: str) -> int:
    """4 or 6; 0 for what is no address or network."""
    found = parsed(text.partition("/")[0])
    return 0 if found is None else found.version


def is_network(text: str) -> bool:
    """Whether a text is a network such as 10.0.0.0/8, without bits beyond its prefix."""
    import ipaddress

    address, slash, bits = text.partition("/")
    if not slash or not is_ip(address) or not re.fullmatch("0|[1-9][0-9]{0,2}", bits):
        return False
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def special(text: str) -> str:
    """What an address is that no endpoint may have; "" for others."""
    found = parsed(text)
    if found is None:
        return ""
    if found.is_unspecified:
        return "the unspecified address"
    if found.is_loopback:
        return "a loopback address"
    local = found.is_link_local or (found.is_multicast and text.startswith(("224.0.0.", "ff02:")))
    return "a link-local address" if local else ""
