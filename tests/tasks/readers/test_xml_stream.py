"""XML read piece by piece."""

import pytest

from schemas.config import IngestConfig
from schemas.errors import DocumentRejected
from tasks.readers import Record, Rejected, office, read, xml_stream

LARGE = office.MAX_PART_BYTES + 1


def test_lines_end_at_tags_comments_and_instructions() -> None:
    text = "<a> one\n two <b>three &amp;<![CDATA[ <four>]]></b>five<!-- no -->six<?no no?>seven</a>"

    assert xml_stream.lines(text) == ["one two", "three & <four>", "five", "six", "seven"]


@pytest.mark.parametrize("text", ["<a><b></a>", "no", "<a>&none;</a>", "<a>" * 300 + "</a>" * 300])
def test_unsound_xml_is_refused(text: str) -> None:
    with pytest.raises(DocumentRejected) as refused:
        xml_stream.lines(text)

    assert refused.value.reason == "broken"


def test_declared_entities_are_refused() -> None:
    """In what is read piece by piece as in a tree."""
    text = '<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'

    with pytest.raises(DocumentRejected, match="entities"):
        xml_stream.lines(text)
    with pytest.raises(DocumentRejected, match="entities"):
        list(xml_stream.elements(text, lambda each: each.tag == "a"))


def test_elements_are_whole_and_the_others_are_let_go() -> None:
    """Of what is not wanted nothing is left in the tree once it has ended."""
    others = "<other><c>text</c></other>" * 3
    text = f"<?x y?><r>{others}<e><t>one</t></e>{others}<e><t>two</t></e></r>"

    found = [
        (
            each.findtext("t"),
            [(beside.tag, len(beside)) for beside in each.itersiblings(preceding=True)],
        )
        for each in xml_stream.elements(text, lambda each: each.tag == "e")
    ]

    assert found == [("one", [("other", 0)]), ("two", [("other", 0)])]


def test_an_element_as_large_as_a_memory_is_refused() -> None:
    """Only what is read as a tree is held to the size of one."""
    text = f"<rss><item><title>{'word ' * (LARGE // 5 + 2**14)}</title></item></rss>"

    with pytest.raises(DocumentRejected, match="an entry of more than"):
        list(xml_stream.elements(text, lambda each: each.tag == "item"))


def test_large_xml_is_read() -> None:
    """A file has the limit of all files, whatever it takes as a tree."""
    filler = f"<x>{' ' * 4000}</x>" * (LARGE // 4000)
    text = f"<rss>{filler}<item><title>last</title></item></rss>"
    config = IngestConfig()

    (entry,) = read(text.encode(), "a.xml", config)
    (whole,) = read(text.replace("rss>", "root>").encode(), "b.xml", config)

    assert isinstance(entry, Record)
    assert isinstance(whole, Record)
    assert (entry.text, whole.text) == ("last", "last")


def test_xml_beyond_the_limit_of_files_is_refused() -> None:
    (found,) = read(b"<a>long</a>", "a.xml", IngestConfig(max_bytes=5))

    assert isinstance(found, Rejected)
    assert found.reason == "too_large"
