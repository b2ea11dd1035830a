"""What is logged in a worker process, carried to the process that watches it.

A line is one datagram on a local socket, so nothing is locked: a worker that is killed at any
moment keeps no other from speaking. A line that finds the socket full is dropped. Lines are JSON:
what comes from a process that reads strange files is never unpickled.
"""

import json
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from tasks import heartbeat

_LONGEST = 240
"""Characters of a line that are kept; libraries may quote the document."""
_MOST_BYTES = 8192
_OWN = "corpusmill"
"""The parent of our own loggers: of these information is carried too, of others warnings."""


class Line(NamedTuple):
    """One line of a worker's log."""

    place: int
    """The job's place on the board; -1 of a worker that is at none."""
    level: int
    text: str
    """The logger's name and what it said."""


def join(mouth: socket.socket) -> None:
    """Send what is logged in this process, and the warnings of libraries, from now on."""
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.addHandler(_Sender(mouth))
    logging.getLogger(_OWN).setLevel(logging.INFO)


class _Sender(logging.Handler):
    """Sends each record as a datagram, or drops it."""

    def __init__(self, mouth: socket.socket) -> None:
        super().__init__()
        self._mouth = mouth

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, ValueError, TypeError):  # what cannot be said is not worth a run
            text = f"{record.name}: {' '.join(record.getMessage().split())}"
            if record.exc_info and record.exc_info[1] is not None:
                text += f" ({record.exc_info[1]!r})"
            line = Line(heartbeat.number(), record.levelno, text[:_LONGEST])
            self._mouth.send(json.dumps(line).encode(), socket.MSG_DONTWAIT)


class Ear:
    """Hears the workers that were given its `mouth`, in a thread of its own.

    `heard` is called with each line, from that thread.
    """

    def __init__(self, heard: Callable[[Line], object]) -> None:
        self._socket, self.mouth = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._heard = heard
        self._thread = threading.Thread(target=self._listen, name="worker-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear what was sent so far, and no more."""
        self.mouth.send(b"null")
        self._thread.join()
        self._socket.close()
        self.mouth.close()

    def _listen(self) -> None:
        while (said := json.loads(self._socket.recv(_MOST_BYTES))) is not None:
            self._heard(Line(*said))
