"""The lock of an object store: one holder, told by name; a dead one is followed by the next."""

import itertools
import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from unittest import mock

import pytest

from schemas.errors import ResultsLocked
from tasks.folders import Held
from tasks.folders.lease import NAME, Lease

LONG_AGO = json.dumps({"holder": "process 7 on gone", "token": "x", "since": 0, "renewed": 0})


@dataclass
class Shelf:
    """Objects in memory; `fails` has them out of reach."""

    url: str = "s3://box/results"
    objects: dict[str, bytes] = field(default_factory=dict)
    fails: bool = False

    def create(self, name: str, data: bytes) -> bool:
        """Put an object where there is none."""
        return self.objects.setdefault(name, data) is data

    def put(self, name: str, data: bytes) -> None:
        """Put an object."""
        if self.fails:
            raise OSError(5, "no route to host")
        self.objects[name] = data

    def read(self, name: str) -> bytes:
        """An object."""
        try:
            return self.objects[name]
        except KeyError:
            raise FileNotFoundError(name) from None

    def remove(self, name: str) -> None:
        """Remove an object."""
        self.objects.pop(name, None)


def lease(shelf: Shelf, expires_s: float = 600.0) -> Lease:
    return Lease(shelf, renew_s=0.02, expires_s=expires_s)


def held_on(held: Held) -> None:
    """Go on until it is lost."""
    for _ in range(500):
        held()
        time.sleep(0.01)


def until(shelf: Shelf, other: bytes) -> None:
    """Wait for another content of the lease."""
    for _ in range(500):
        if shelf.objects.get(NAME) != other:
            return
        time.sleep(0.01)
    raise AssertionError(shelf.objects)


def test_one_holds_it() -> None:
    """A second is turned away, and told who has it and since when."""
    shelf = Shelf()

    with (
        lease(shelf).held(0),
        pytest.raises(ResultsLocked, match=r"process \d+ on .*, since 2.*last heard of at 2"),
        lease(shelf).held(0),
    ):
        pass

    assert shelf.objects == {}


def test_a_second_can_wait() -> None:
    """Until the first has ended."""
    shelf = Shelf()
    first = lease(shelf).held(0)
    first.__enter__()

    def end(_s: float) -> None:
        first.__exit__(None, None, None)

    with mock.patch("tasks.folders.lease.time.sleep", end), lease(shelf).held(30) as held:
        held()

    assert shelf.objects == {}


def test_it_is_renewed() -> None:
    """So that others see that its holder lives."""
    shelf = Shelf()

    with lease(shelf).held(0) as held:
        first = json.loads(shelf.objects[NAME])
        until(shelf, shelf.objects[NAME])
        later = json.loads(shelf.objects[NAME])
        held()

    assert later["renewed"] > first["renewed"]
    assert (later["since"], later["token"]) == (
        pytest.approx(first["since"], abs=1),
        first["token"],
    )


@pytest.mark.parametrize("left", [LONG_AGO.encode(), b"not a lease"])
def test_a_dead_holder_is_followed(left: bytes) -> None:
    """Its lease is old, and is not renewed while it is watched."""
    shelf = Shelf(objects={NAME: left})

    with lease(shelf).held(0) as held:
        held()

    assert shelf.objects == {}


def test_a_living_holder_whose_clock_is_wrong_keeps_it() -> None:
    """A lease that looks old and is renewed is not taken."""
    shelf, beats = Shelf(objects={NAME: LONG_AGO.encode()}), iter(range(1, 99))

    def beat(_s: float) -> None:
        said = json.loads(LONG_AGO) | {"renewed": next(beats)}
        shelf.objects[NAME] = json.dumps(said).encode()
        if said["renewed"] == 20:
            shelf.objects[NAME] = json.dumps(said | {"renewed": time.time()}).encode()

    clock = itertools.count(0.0, 0.03)
    with (
        mock.patch("tasks.folders.lease.time.sleep", beat),
        mock.patch("tasks.folders.lease.time.monotonic", side_effect=clock),
        pytest.raises(ResultsLocked, match="process 7 on gone"),
        lease(shelf).held(0),
    ):
        pass


def test_one_that_was_taken_is_missed() -> None:
    """Its holder stops, and leaves the other's alone."""
    shelf = Shelf()

    other = json.dumps(json.loads(LONG_AGO) | {"renewed": time.time()}).encode()
    with lease(shelf).held(0) as held:
        shelf.objects[NAME] = other
        with pytest.raises(ResultsLocked, match="process 7 on gone has it"):
            held_on(held)

    assert shelf.objects == {NAME: other}


def test_a_network_that_fails_for_long_costs_the_lease() -> None:
    """Its holder stops before another may take it."""
    shelf = Shelf()

    with lease(shelf, expires_s=0.1).held(0) as held:
        shelf.fails = True
        with pytest.raises(ResultsLocked, match="could not be renewed: no route to host"):
            held_on(held)


def test_a_network_that_fails_for_short_does_not() -> None:
    """The next renewal mends it."""
    shelf = Shelf()

    with lease(shelf).held(0) as held:
        shelf.fails = True
        time.sleep(0.1)
        shelf.fails = False
        until(shelf, shelf.objects[NAME])
        held()


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_dead_holder_whose_clock_was_set_is_followed(hours: int) -> None:
    """One whose last word is from days to come would else hold it until then."""
    said = json.loads(LONG_AGO) | {"renewed": time.time() + hours * 3600}
    shelf = Shelf(objects={NAME: json.dumps(said).encode()})

    with lease(shelf).held(0) as held:
        held()

    assert shelf.objects == {}


def test_a_holder_of_this_machine_that_is_dead_is_followed_soon() -> None:
    """Its lease need not expire: there is no such process."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    said = {"renewed": time.time(), "host": socket.gethostname(), "pid": ended.pid}
    shelf = Shelf(objects={NAME: json.dumps(json.loads(LONG_AGO) | said).encode()})

    with lease(shelf).held(0) as held:
        held()

    assert shelf.objects == {}


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_jumps_costs_no_lease(hours: int) -> None:
    """A living holder keeps it, and one that waits is turned away, whatever their clocks say."""
    shelf, now = Shelf(), time.time
    with lease(shelf).held(0) as held:
        later = mock.Mock(side_effect=lambda: now() + hours * 3600)
        with mock.patch("tasks.folders.lease.time.time", later):
            until(shelf, shelf.objects[NAME])
        with pytest.raises(ResultsLocked), lease(shelf).held(0):
            pass
        held()
