"""Other libraries that read the same formats: each gives the plain text of a file.

All have permissive licences (pypdf, python-pptx, striprtf: BSD-3 and MIT; pdfminer.six, docx2txt,
openpyxl: MIT; mammoth: BSD-2; odfpy: Apache-2.0 among others; inscriptis: Apache-2.0). They are
measured, not used: none is needed for a run.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from types import MappingProxyType

Reader = Callable[[bytes], str]


@dataclass(frozen=True)
class Library:
    """A way to read a format."""

    name: str
    """As its package is called, with what is done by it where that says more."""
    module: str
    """What is imported."""
    read: Reader
    """The text of a file's bytes; raises what the library raises."""

    @property
    def installed(self) -> bool:
        """Whether it can be measured here."""
        return find_spec(self.module) is not None


def _pypdf(data: bytes) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def _pdfminer(data: bytes) -> str:
    from pdfminer.high_level import extract_text

    return str(extract_text(io.BytesIO(data)))


def _pdfium(data: bytes) -> str:
    from pypdfium2 import PdfDocument

    with PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def _docx2txt(data: bytes) -> str:
    from docx2txt import process

    return str(process(io.BytesIO(data)))


def _mammoth(data: bytes) -> str:
    from mammoth import extract_raw_text

    return str(extract_raw_text(io.BytesIO(data)).value)


def _pptx(data: bytes) -> str:
    from pptx import Presentation

    slides = Presentation(io.BytesIO(data)).slides
    shapes = [shape for slide in slides for shape in slide.shapes]
    return "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)


def _odf(data: bytes) -> str:
    from odf.opendocument import load
    from odf.teletype import extractText

    return str(extractText(load(io.BytesIO(data)).body))


def _striprtf(data: bytes) -> str:
    from striprtf.striprtf import rtf_to_text

    plain: Callable[[str], str] = rtf_to_text  # which has no types
    return plain(data.decode("latin-1"))


def _openpyxl(data: bytes) -> str:
    from openpyxl import load_workbook

    sheets = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    rows = (row for sheet in sheets for row in sheet.iter_rows(values_only=True))
    return "\n".join(" ".join(str(cell) for cell in row if cell is not None) for row in rows)


def _inscriptis(data: bytes) -> str:
    from inscriptis import get_text

    return str(get_text(guessed(data)))


def _trafilatura(data: bytes) -> str:
    from trafilatura import extract

    return str(extract(data) or "")


def _markup(data: bytes) -> str:
    from lxml.etree import XMLParser, fromstring

    parser = XMLParser(resolve_entities=False, no_network=True, recover=True)
    return " ".join(fromstring(data, parser).itertext())


def _mail(data: bytes) -> str:
    from email import message_from_bytes, policy

    body = message_from_bytes(data, policy=policy.default).get_body(("plain", "html"))
    return str(body.get_content()) if body else ""


def _notebook(data: bytes) -> str:
    import json

    cells = json.loads(data)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def _table(data: bytes, separator: str = ",") -> str:
    from pandas import read_csv

    rows = read_csv(io.BytesIO(data), dtype=str, keep_default_na=False, sep=separator)
    return "\n".join(" ".join(row) for row in rows.to_numpy())


def _columns(data: bytes) -> str:
    from pandas import read_parquet

    rows = read_parquet(io.BytesIO(data)).astype(str)
    return "\n".join(" ".join(row) for row in rows.to_numpy())


def _objects(data: bytes) -> str:
    import json

    return "\n".join(" ".join(map(str, row.values())) for row in json.loads(data))


def _lines_of_json(data: bytes) -> str:
    import json

    rows = (json.loads(line) for line in data.splitlines() if line.strip())
    return "\n".join(" ".join(map(str, row.values())) for row in rows)


def _mailbox(data: bytes) -> str:
    import mailbox
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return "\n".join(_mail(message.as_bytes()) for message in mailbox.mbox(file.name))


def guessed(data: bytes) -> str:
    """The text as charset-normalizer takes it."""
    from charset_normalizer import from_bytes

    return str(from_bytes(data).best() or "")


LIBRARIES: Mapping[str, Sequence[Library]] = MappingProxyType(
    {
        "pdf": (
            Library("pypdf", "pypdf", _pypdf),
            Library("pdfminer.six", "pdfminer", _pdfminer),
            Library("pypdfium2 alone", "pypdfium2", _pdfium),
        ),
        "docx": (
            Library("docx2txt", "docx2txt", _docx2txt),
            Library("mammoth", "mammoth", _mammoth),
        ),
        "pptx": (Library("python-pptx alone", "pptx", _pptx),),
        **dict.fromkeys(("odt", "odp", "ods"), (Library("odfpy", "odf", _odf),)),
        "rtf": (Library("striprtf alone", "striprtf", _striprtf),),
        "xlsx": (Library("openpyxl alone", "openpyxl", _openpyxl),),
        "html": (
            Library("trafilatura alone", "trafilatura", _trafilatura),
            Library("inscriptis", "inscriptis", _inscriptis),
        ),
        "xml": (Library("lxml", "lxml", _markup),),
        "eml": (Library("email", "email", _mail),),
        "mbox": (Library("mailbox", "mailbox", _mailbox),),
        "ipynb": (Library("json", "json", _notebook),),
        "csv": (Library("pandas", "pandas", _table),),
        "tsv": (Library("pandas", "pandas", partial(_table, separator="\t")),),
        "parquet": (Library("pandas", "pandas", _columns),),
        "json": (Library("json", "json", _objects),),
        **dict.fromkeys(("jsonl", "ndjson"), (Library("json", "json", _lines_of_json),)),
        "txt": (Library("charset-normalizer", "charset_normalizer", guessed),),
        "md": (Library("charset-normalizer", "charset_normalizer", guessed),),
        "rst": (Library("charset-normalizer", "charset_normalizer", guessed),),
    }
)
"""The libraries of each format, by its usual extension."""
