"""PDFs made for tests."""

import io
import re
from collections.abc import Callable, Sequence

from reportlab.pdfgen.canvas import Canvas

SIZE, LEADING, TOP = 11, 14, 760
WORDS = tuple(
    re.findall(
        "[a-z]+",
        "the council met in town and talked about a bridge over the river that cost far more than "
        "anyone had thought when the first plans were drawn by hand and shown to all",
    )
)


def pdf(*pages: Callable[[Canvas], object], **about: str) -> bytes:
    """A file of pages that are drawn on a canvas; `about` is title, author and such."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for name, value in about.items():
        getattr(canvas, f"set{name.capitalize()}")(value)
    for draw in pages:
        canvas.setFont("Helvetica", SIZE)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def column(lines: Sequence[str], left: float = 72, top: float = TOP) -> Callable[[Canvas], object]:
    """Draws lines one under the other."""

    def draw(canvas: Canvas) -> None:
        for number, line in enumerate(lines):
            canvas.drawString(left, top - LEADING * number, line)

    return draw


def prose(mark: str, count: int, width: int = 40) -> list[str]:
    """Lines of about so many characters, each begun with its mark and number."""
    lines = []
    at = 0
    for number in range(count):
        line = f"{mark}{number}"
        while len(line) + len(WORDS[at % len(WORDS)]) < width:
            line += " " + WORDS[at % len(WORDS)]
            at += 1
        lines.append(line)
    return lines


def raw(objects: Sequence[bytes]) -> bytes:
    """A file of these objects, numbered from 1, the first of them its catalog."""
    data = b"%PDF-1.7\n"
    offsets = []
    for number, item in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return data + head + table + tail % (len(objects) + 1, len(data))


def stream(data: bytes) -> bytes:
    """A stream object."""
    return b"<</Length %d>>stream\n%b\nendstream" % (len(data), data)
