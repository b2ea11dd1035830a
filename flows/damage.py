"""Parts that fail a check: set aside, so that they count as absent and are computed again."""

import logging

from flows.run_log import speaker
from schemas.errors import DamagedPart
from tasks.store import Store


def set_aside(store: Store, part: DamagedPart) -> None:
    """Take a part out of the readers' sight, and say so."""
    speaker()(f"{part}; it is set aside and computed again", logging.WARNING)
    store.set_aside(part)


def look_for(store: Store) -> None:
    """Read all that stands, and set aside what fails a check."""
    for part in store.damaged():
        set_aside(store, part)
