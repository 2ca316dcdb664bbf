"""Addresses: which IP addresses anybody may have, and which lead inside."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# They carry an IPv4 address inside, which a translator on the way would take out again.
_TRANSLATED = tuple(
    IPv6Network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one that anybody on the Internet may have."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def is_loopback(address: str) -> bool:
    """Tell whether an IP address is this machine itself."""
    try:
        return ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
