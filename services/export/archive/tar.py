"""The archive as TAR (POSIX.1-2001, pax): a header before each file, zeros behind it up to a block's end.

No times, no owners: the same files are the same bytes. Headers have one length for one name and size, so every offset
is a sum.
"""

import tarfile

from services.export.archive.zip import Entry

BLOCK = 512
# Two empty blocks end an archive.
TAR_END = bytes(2 * BLOCK)


def tar_header(entry: Entry) -> bytes:
    """What stands before a file's bytes; a name or a size that is too long for it brings a pax header along."""
    info = tarfile.TarInfo(entry.name)
    info.size, info.mode = entry.size, 0o644
    return info.tobuf(tarfile.PAX_FORMAT)


def tar_padding(entry: Entry) -> bytes:
    """What stands behind a file's bytes."""
    return bytes(-entry.size % BLOCK)


def tar_length(entry: Entry) -> int:
    """Header, file and padding."""
    return len(tar_header(entry)) + entry.size + len(tar_padding(entry))
