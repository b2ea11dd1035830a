"""Feeds and other XML."""

from datetime import UTC, datetime

import pytest

from schemas.config import IngestConfig
from tasks.readers import Record, Rejected, read

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Channel</title>
<item><title>One</title><link>http://a/1</link><guid>id-1</guid><dc:creator>Ada</dc:creator>
<pubDate>Mon, 06 May 2024 07:08:00 +0200</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>Long &amp; <b>full</b>.</p><p>Second&nbsp;one.</p>]]></content:encoded>
</item><item><title>Two &eacute;</title><link>http://a/2</link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:1</id><title>One</title>
<author><name>Ada</name></author><published>2024-05-06T05:08:00Z</published>
<link href="http://a/1"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Long &amp; full.</p></div></content></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<item rdf:about="http://a/1"><title>One</title><link>http://a/1</link>
<dc:date>2024-05-06T05:08:00Z</dc:date><dc:creator>Ada</dc:creator>
<description>Long &lt;i&gt;full&lt;/i&gt;.</description></item></rdf:RDF>"""


def records(feed: str, name: str = "a.xml") -> list[Record]:
    found = list(read(feed.encode(), name, IngestConfig()))
    assert not any(isinstance(item, Rejected) for item in found)
    return [item for item in found if isinstance(item, Record)]


@pytest.mark.parametrize(
    ("feed", "name", "text"),
    [
        (RSS, "id-1", "Long & full.\nSecond one."),
        (ATOM, "tag:1", "Long & full."),
        (RDF, "http://a/1", "Long full."),
    ],
)
def test_an_entry_is_a_record(feed: str, name: str, text: str) -> None:
    """Its id or link names it; the fullest content is its text, and the date its own."""
    entry = records(feed)[0]

    assert (entry.record, entry.title, entry.author) == (name, "One", "Ada")
    assert entry.text == text
    assert entry.published_at == datetime(2024, 5, 6, 5, 8, tzinfo=UTC)
    assert entry.published_from == "metadata"
    assert entry.metadata["url"] == "http://a/1"


def test_an_entry_without_content_has_its_title() -> None:
    """A name of HTML, which XML does not know, is read as the letter it stands for."""
    assert records(RSS)[1].text == "Two é"


def test_a_name_that_comes_again_gets_a_number() -> None:
    """Two entries of one feed are two documents."""
    item = "<item><guid>x</guid><title>t</title></item>"

    assert [each.record for each in records(f"<rss>{item}{item}</rss>")] == ["x", "x#2"]


def test_a_cut_feed_gives_what_it_holds() -> None:
    """The entries before the damage are whole."""
    assert records(RSS[: RSS.index("<item><title>Two")])[0].record == "id-1"


def test_other_xml_gives_its_text() -> None:
    """An element is a line; comments and tags are none."""
    (found,) = records("<a><b>One</b><!-- no --><c>Two <d>three</d></c></a>")

    assert found.text == "One\nTwo\nthree"
