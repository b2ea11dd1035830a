"""The lock of an object store: an object that names its holder, and that the holder renews.

It is made by a conditional request, which only one of two can win. A holder that dies without a
word stops renewing, and after a while the next run takes its place; soon where it was a process of
this machine, and is no more. Clocks that differ or jump take nothing from a living holder: a
lease that looks expired is watched for two renewals first.
"""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

import psutil  # type: ignore[import-untyped]

from schemas.errors import ResultsLocked

NAME = ".lock"
_LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class Said:
    """What a lease says; times are seconds since 1970."""

    holder: str = "an unknown run"
    token: str = ""
    since: float = 0.0
    renewed: float = 0.0
    host: str = ""
    pid: int = 0

    @classmethod
    def loads(cls, data: bytes) -> "Said":
        """One that cannot be read is of nobody, and long ago."""
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError):
            return cls()


class Shelf(Protocol):
    """What a lease asks of an object store."""

    @property
    def url(self) -> str:
        """Where it is."""

    def create(self, name: str, data: bytes) -> bool:
        """Put an object where there is none; whether that is so."""

    def put(self, name: str, data: bytes) -> None:
        """Put an object, over the one that stands there."""

    def read(self, name: str) -> bytes:
        """An object. Raises `FileNotFoundError`."""

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""


@dataclass
class Lease:
    """A lease on all objects of a shelf."""

    shelf: Shelf
    renew_s: float = 30.0
    """Between two renewals."""
    expires_s: float = 600.0
    """Then another may take it: longer than a network fault that the storage's client, and the
    retries of a task (2, 4 and 8 seconds after failures of up to two minutes each), get over."""
    _token: str = field(default_factory=lambda: uuid4().hex)
    _lost: str = ""

    @contextmanager
    def held(self, timeout_s: float) -> Iterator[Callable[[], None]]:
        """Hold it for the block, which is given a check that it is still held.

        Raises `ResultsLocked` if another holds it after `timeout_s` seconds, or took it meanwhile.
        """
        self._acquire(timeout_s)
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=[ended], name="lease", daemon=True)
        renewing.start()
        try:
            yield self.check
        finally:
            ended.set()
            renewing.join()
            if not self._lost:
                with suppress(OSError):  # it expires
                    self.shelf.remove(NAME)

    def check(self) -> None:
        """Raise `ResultsLocked` if it is no longer ours."""
        if self._lost:
            raise ResultsLocked(
                f"the lease on {self.shelf.url} was lost ({self._lost}): run again; what was "
                "written stands"
            )

    # ── getting it ──────────────────────────────────────────────────────────────────────────────

    def _acquire(self, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        seen, since, renewed = b"", time.monotonic(), False
        while not self.shelf.create(NAME, self._said()):
            found = self._found()
            now = time.monotonic()
            if found != seen:
                seen, since, renewed = found, now, bool(seen)
            silent = now - since >= 2 * self.renew_s
            if self._looks_expired(found) and (silent or not renewed):
                if silent and self._taken_over():
                    return
            elif found and now >= until:
                raise ResultsLocked(self._held_by_another(found))
            time.sleep(min(_LOOK_EVERY_S, self.renew_s))

    def _taken_over(self) -> bool:
        """Whether the place of a dead holder is ours; of several that try, one gets it."""
        self.shelf.remove(NAME)
        if not self.shelf.create(NAME, self._said()):
            return False
        time.sleep(self.renew_s / 10)  # for another's request to remove it that is on its way
        return self._is_ours(self._found())

    def _looks_expired(self, found: bytes) -> bool:
        """Or it is from days to come: then one of the clocks was set."""
        said = Said.loads(found)
        old = abs(time.time() - said.renewed) > self.expires_s
        return bool(found) and (old or _is_dead(said))

    def _held_by_another(self, found: bytes) -> str:
        said = Said.loads(found)
        begun, renewed = (
            datetime.fromtimestamp(when, UTC).isoformat(" ", "seconds")
            for when in (said.since, said.renewed)
        )
        return (
            f"another run is writing {self.shelf.url}: {said.holder}, since {begun}, last heard "
            f"of at {renewed}: wait for it, or let this one wait with run.lock_timeout_s; if it is "
            f"dead, its lease ends {self.expires_s:.0f} s after that, or when you remove "
            f"{self.shelf.url}/{NAME}"
        )

    # ── keeping it ──────────────────────────────────────────────────────────────────────────────

    def _renew(self, ended: threading.Event) -> None:
        since, renewed = time.time(), time.monotonic()
        while not ended.wait(self.renew_s) and not self._lost:
            try:
                found = self._found()
                if not self._is_ours(found):
                    self._lost = f"{Said.loads(found).holder} has it" if found else "it is gone"
                    return
                self.shelf.put(NAME, self._said(since))
                renewed = time.monotonic()
            except OSError as error:
                if time.monotonic() - renewed > self.expires_s - self.renew_s:
                    self._lost = f"it could not be renewed: {error.strerror}"

    def _found(self) -> bytes:
        try:
            return self.shelf.read(NAME)
        except FileNotFoundError:
            return b""

    def _is_ours(self, found: bytes) -> bool:
        return bool(found) and Said.loads(found).token == self._token

    def _said(self, since: float | None = None) -> bytes:
        now, pid, host = time.time(), os.getpid(), socket.gethostname()
        said = Said(f"process {pid} on {host}", self._token, since or now, now, host, pid)
        return json.dumps(asdict(said)).encode()


def _is_dead(said: Said) -> bool:
    """Whether its holder was a process of this machine, and is no more."""
    return said.host == socket.gethostname() and not psutil.pid_exists(said.pid)
