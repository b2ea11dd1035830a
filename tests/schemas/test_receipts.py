"""Books and receipts."""

import pytest

from schemas.errors import BooksDoNotBalance
from schemas.receipts import Books, Outcome, Receipt


def test_books_count_outcomes() -> None:
    """Documents that stood before are reused, the other done ones are done."""
    outcomes = [Outcome.DONE] * 4 + [Outcome.REJECTED, Outcome.SKIPPED, Outcome.DUPLICATE]

    books = Books.of(7, outcomes, reused=3)

    assert books == Books(7, 1, 3, 1, 1, 1)
    books.check("ingest")


def test_a_document_computed_twice_counts_once() -> None:
    """As when its part proved damaged: more was done than stands, and nothing is reused."""
    books = Books.of(2, [Outcome.DONE] * 2, reused=-1)

    assert books == Books(found=2, done=2)
    books.check("ingest")


@pytest.mark.parametrize(
    "books",
    [
        Books(found=3, done=2),
        Books(found=1, done=-1, reused=2),
        Books(found=1, done=2, reused=-1),
    ],
)
def test_books_that_do_not_balance_are_refused(books: Books) -> None:
    """An item without an outcome, or done before it began, is a defect."""
    with pytest.raises(BooksDoNotBalance, match=r"topics: found \d"):
        books.check("topics")


def test_books_add_up() -> None:
    """The books of two partitions are the sum."""
    assert Books(2, 1, 1) + Books(3, 0, 1, 2) == Books(5, 1, 2, 2)


def test_receipts_add_up() -> None:
    """Counts and seconds add, the memory is the larger."""
    one = Receipt("topics", 0, done=1, seconds=0.5, peak_bytes=10, written=("a",), notes=("x",))
    two = Receipt("topics", 0, done=2, seconds=1.0, peak_bytes=7, written=("b",))

    assert one + two == Receipt("topics", 0, 3, 1.5, 10, ("a", "b"), ("x",))


def test_a_receipt_without_files_is_reuse() -> None:
    """Nothing written means that nothing had to be done."""
    assert Receipt("topics", 0).reused
    assert not Receipt("topics", 0, written=("a",)).reused
