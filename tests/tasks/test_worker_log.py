"""What workers log, heard by the process that watches them."""

import json
import logging
import multiprocessing
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tasks import heartbeat, worker_log
from tasks.worker_log import Ear, Line


@pytest.fixture
def here() -> Iterator[None]:
    """A process that logs to nobody, as a worker; afterwards it is as it was."""
    root, own = logging.getLogger(), logging.getLogger("corpusmill")
    before = root.handlers, own.handlers, own.level
    root.handlers, own.handlers = [], []  # Prefect's, where another test has imported it
    yield
    root.handlers, own.handlers, own.level = before
    logging.captureWarnings(capture=False)


@contextmanager
def heard() -> Iterator[list[Line]]:
    """The lines of a worker that is this process; complete at the end of the block."""
    lines: list[Line] = []
    ear = Ear(lines.append)
    worker_log.join(ear.mouth)
    yield lines
    ear.close()


@pytest.mark.usefixtures("here")
def test_warnings_are_heard() -> None:
    """Of any logger, in one line each; with the error that they tell of."""
    log = logging.getLogger("somewhere.deep")

    with heard() as lines:
        log.warning("a %s\n  problem", "small")
        log.error("it failed", exc_info=ValueError("odd"))

    assert lines == [
        Line(heartbeat.NOTHING, logging.WARNING, "somewhere.deep: a small problem"),
        Line(heartbeat.NOTHING, logging.ERROR, "somewhere.deep: it failed (ValueError('odd'))"),
    ]


@pytest.mark.usefixtures("here")
def test_information_is_heard_of_our_own_loggers_only() -> None:
    """Libraries tell too much of it."""
    with heard() as lines:
        logging.getLogger("corpusmill.training").info("epoch 1")
        logging.getLogger("somewhere").info("I am here")

    assert [line.text for line in lines] == ["corpusmill.training: epoch 1"]


@pytest.mark.usefixtures("here")
def test_what_libraries_warn_of_is_heard() -> None:
    """Python's warnings are logged."""
    with heard() as lines, warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("will be removed", FutureWarning, stacklevel=1)

    assert "FutureWarning: will be removed" in lines[0].text


@pytest.mark.usefixtures("here")
def test_a_line_names_the_job() -> None:
    """By its place on the board."""
    board = heartbeat.board(8, multiprocessing.get_context("spawn"))
    heartbeat.join(board)

    with heard() as lines:
        heartbeat.told(5, logging.getLogger("x").warning, "here")

    assert lines == [Line(5, logging.WARNING, "x: here")]


@pytest.mark.usefixtures("here")
def test_a_long_line_is_cut() -> None:
    """A library may quote a whole document."""
    with heard() as lines:
        logging.getLogger("x").warning("word " * 100_000)

    assert len(lines[0].text) < 300


@pytest.mark.usefixtures("here")
def test_a_full_socket_holds_nobody_up() -> None:
    """A worker goes on, whether it is heard or not."""
    deaf, mouth = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    worker_log.join(mouth)

    for number in range(5000):
        logging.getLogger("x").warning("line %d", number)

    assert json.loads(deaf.recv(8192)) == [heartbeat.NOTHING, logging.WARNING, "x: line 0"]
    deaf.close()
    mouth.close()
