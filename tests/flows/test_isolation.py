"""Who is to blame, and what is done again, when a worker comes to its end."""

import pytest

from flows.isolation import Isolation, Stopped
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
