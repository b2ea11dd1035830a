"""Word, Excel and PowerPoint files from before 2007."""

from collections.abc import Iterator
from io import BufferedReader

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers.record import Record


def read(_stream: BufferedReader, _config: IngestConfig) -> Iterator[Record]:
    """No record: no permissive library reads these binary formats."""
    message = (
        "a binary office file (doc, xls, ppt) from before 2007; convert it, for instance with "
        "`soffice --headless --convert-to docx` (xlsx, pptx)"
    )
    raise DocumentRejected("unknown_format", message)
