"""Ids that sort by the time they were made."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """RFC 9562 5.7: 48 bits of milliseconds since 1970, then 74 random bits."""
    random = int.from_bytes(os.urandom(10))
    value = time.time_ns() // 1_000_000 << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
