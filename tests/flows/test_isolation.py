"""Who is to blame, and what is done again, when a worker comes to its end."""

import pytest

from flows.isolation import MOST_PARTS, Isolation, Stopped
from schemas.receipts import Refusal

WHY = Refusal("crashed", "it died")


class Attempts:
    """Does letters; those in `deadly` stop it always, those in `once` only among others."""

    def __init__(self, deadly: str, once: str, together: int) -> None:
        self.deadly, self.once, self.together = deadly, once, together
        self.begun = ""
        self.alone: list[str] = []

    def __call__(self, some: tuple[str, ...], alone: bool) -> str:  # noqa: FBT001  # by position
        """The letters, unless one of them stops it."""
        step = 1 if alone else self.together
        if alone:
            self.alone.append("".join(some))
        for first in range(0, len(some), step):
            for letter in some[first : first + step]:
                self.begun += letter
                if letter in self.deadly or (letter in self.once and not alone):
                    raise Stopped(first, WHY)
        return "".join(some)


@pytest.mark.parametrize("together", [1, 3])
@pytest.mark.parametrize(
    ("items", "deadly", "once"),
    [
        ("abcdefg", "", ""),
        ("abcdefg", "a", ""),
        ("abcdefg", "d", ""),
        ("abcdefg", "g", ""),
        ("abcdefg", "ab", ""),
        ("abcdefg", "abcdefg", ""),
        ("abcdefg", "bdf", "c"),
        ("abcdefg", "", "ag"),
        ("", "", ""),
    ],
)
def test_only_those_to_blame_are_refused(items: str, deadly: str, once: str, together: int) -> None:
    """All others are done, each once; one that is well when alone is done too."""
    isolation = Isolation(Attempts(deadly, once, together), together)

    done = sorted("".join(isolation.results(items)))

    assert done == [item for item in items if item not in deadly]
    assert isolation.refused == dict.fromkeys(deadly, WHY)


@pytest.mark.parametrize("deadly", ["a", "bdfhj", "abcdefghij", "j"])
def test_work_at_most_doubles(deadly: str) -> None:
    """However many there are to blame, no item is begun more than twice."""
    attempts = Attempts(deadly, "", 1)

    list(Isolation(attempts).results("abcdefghij"))

    assert max(map(attempts.begun.count, "abcdefghij")) == 2


def test_those_that_were_done_at_once_are_tried_one_by_one() -> None:
    """The worker says no more than where they begin."""
    attempts = Attempts("e", "", 3)

    list(Isolation(attempts, 3).results("abcdefghi"))

    assert attempts.alone == ["def", "f"]


class Containers:
    """Does words, each a container of letters; those in `deadly` stop it within themselves."""

    def __init__(self, deadly: str) -> None:
        self.deadly = deadly
        self.isolation: Isolation[str, str] = Isolation(self)
        self.begun = ""

    def __call__(self, some: tuple[str, ...], _alone: bool) -> str:  # noqa: FBT001  # by position
        """The letters of the words, without those that are refused."""
        done = ""
        for number, word in enumerate(some):
            for letter in word:
                if ord(letter) in self.isolation.parts.get(word, {}):
                    continue
                self.begun += letter
                if letter in self.deadly:
                    raise Stopped(number, Refusal("crashed", f"{letter} died"), ord(letter))
                done += letter
        return done


@pytest.mark.parametrize("deadly", ["", "d", "f", "dg", "defg", "abcdefgh"])
def test_only_parts_to_blame_are_refused(deadly: str) -> None:
    """All other parts are done, of that container and of those beside it."""
    containers = Containers(deadly)

    done = "".join(containers.isolation.results(["abc", "defg", "h"]))

    assert sorted(done) == [letter for letter in "abcdefgh" if letter not in deadly]
    assert containers.isolation.refused == {}
    refused = {
        chr(part): why for f in containers.isolation.parts.values() for part, why in f.items()
    }
    assert refused == {letter: Refusal("crashed", f"{letter} died") for letter in deadly}


@pytest.mark.parametrize("bad", [MOST_PARTS, MOST_PARTS + 1, 20])
def test_too_many_bad_parts_cost_their_container(bad: int) -> None:
    """A part is tried twice, and the container ends so many workers and no more."""
    letters = "abcdefghijklmnopqrst"
    containers = Containers(letters[:bad])

    done = list(containers.isolation.results(["xyz", f"{letters}z", "z"]))

    refused = containers.isolation.refused
    ends = sum(map(containers.begun.count, letters[:bad]))
    if bad == MOST_PARTS:
        assert (refused, ends) == ({}, 2 * MOST_PARTS)
        assert f"{letters[bad:]}z" in done
    else:
        assert [*refused] == [f"{letters}z"]
        assert refused[f"{letters}z"].reason == "crashed"
        assert f"more than {MOST_PARTS} of its parts" in refused[f"{letters}z"].message
        assert ends == 2 * MOST_PARTS + 1
    assert {"xyz", "z"} <= {*done}
