"""What mends an error of the system: said wherever one ends a run."""

import errno

from schemas.errors import WorkerLost

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FINAL = FULL | {errno.EPERM, errno.EACCES, errno.EROFS}
"""Errors that waiting does not mend."""


def remedy(error: OSError) -> str:
    """What to do about an error, in a few words."""
    if isinstance(error, WorkerLost):
        return "see the system's log for what ended it, and run again: what was done stands"
    if error.errno in FULL:
        what = "free space on that disk"
    elif error.errno in FINAL:
        what = "mend its permissions, or mount it for writing"
    elif isinstance(error, ConnectionError | TimeoutError):
        what = "check the network and the storage"
    elif error.errno == errno.EIO:
        what = "check that disk or storage"
    else:
        what = "mend that"
    return f"{what}, and run again: what was written before stands"
