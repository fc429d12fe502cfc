"""Deflated data sets (PS3.5 A.5) are inflated step by step, so a bomb is met with a refusal and not with memory."""

import zlib

from imaging.elements import Limits
from imaging.refusal import Refusal, RefusalCode

_STEP = 1 << 20


def inflate(deflated: memoryview, limits: Limits) -> tuple[bytearray, int]:
    """The whole data set, and how many bytes follow it; raises Refusal when it is cut, broken, or grows too much.

    Holds at most the limit and one step: 100 times what came in, or 1 GiB.
    """
    try:
        return _inflate(deflated, min(limits.inflate_bytes, limits.inflate_ratio * len(deflated)))
    except zlib.error as error:
        raise Refusal(RefusalCode.BAD_DEFLATE, "The deflated data set cannot be inflated.") from error


def _inflate(deflated: memoryview, most: int) -> tuple[bytearray, int]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated, end = bytearray(), 0
    while end < len(deflated) and not inflater.eof:
        start, end = end, min(end + _STEP, len(deflated))
        waiting: bytes | memoryview = deflated[start:end]
        while waiting and not inflater.eof:
            inflated += inflater.decompress(waiting, _STEP)
            if len(inflated) > most:
                raise Refusal(RefusalCode.INFLATES_TOO_MUCH, f"The deflated data set grows beyond {most} bytes.")
            waiting = inflater.unconsumed_tail
    inflated += inflater.flush()
    if not inflater.eof:
        raise Refusal(RefusalCode.TRUNCATED, "The deflated data set ends before its last block.", len(inflated))
    return inflated, len(deflated) - end + len(inflater.unused_data)
