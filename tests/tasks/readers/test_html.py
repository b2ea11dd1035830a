"""Web pages of all kinds: small, torn, endless."""

import pytest

from schemas.config import IngestConfig
from tasks.readers import Record, html, read

SENTENCE = "The council met and talked about the bridge for a long time, said the mayor. "
ARTICLE = f"<article><h1>The bridge</h1><p>{SENTENCE * 6}</p></article>"


def text_of(page: str) -> str:
    """The text of a page as `read` gives it."""
    (item,) = read(page.encode(), "a.html", IngestConfig())
    assert isinstance(item, Record), item
    return item.text


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>Hi there</p>", "Hi there"),
        ("just a text", "just a text"),
        ("<b>Bold</b> move", "Bold move"),
        ("<html><body>Three words here</body></html>", "Three words here"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a\tb\nc\td"),
        ("<frameset><noframes>No frames</noframes></frameset>", "No frames"),
        ('<?xml version="1.0" encoding="utf-8"?><html><body><p>One</p></body></html>', "One"),
        ("<p>a &lt;b&gt; c</p>", "a <b> c"),
        ("<p>Donau\u00addampf&shy;schiff</p>", "Donaudampfschiff"),
        ("<script>var a = 1</script><style>p {}</style><p>seen</p>", "seen"),
    ],
)
def test_a_small_page_or_a_piece_gives_its_text(page: str, expected: str) -> None:
    """Where there is no main content to find, all of it is."""
    assert text_of(page) == expected


def test_main_content() -> None:
    """Not what stands around it; with title, author and date."""
    page = (
        "<html><head><title>The bridge | Daily</title><meta name='author' content='Ann Lee'>"
        "<meta property='article:published_time' content='2025-03-04T10:00:00+02:00'></head>"
        f"<body><nav><a href='/'>Home</a><a href='/s'>Sport</a></nav>{ARTICLE}"
        "<footer>Imprint</footer></body></html>"
    )

    found = html.extract(page)

    assert SENTENCE.strip() in found.text
    assert "Sport" not in found.text
    assert "Imprint" not in found.text
    assert (found.title, found.author) == ("The bridge", "Ann Lee")
    assert str(found.published_at) == "2025-03-04 00:00:00+00:00"
    assert found.published_from == "html"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<div>" * 100_000 + "deep words" + "</div>" * 100_000, 2),
        ("<div>word " * 20_000, 20_000),
        ("<b>word " * 20_000, 20_000),
        ("<table><tr><td>cell " * 3_000, 3_000),
        ("<ul><li>item " * 5_000, 5_000),
        ("<p>and so on</p>" * 150_000, 450_000),
        ("<table>" + "<tr><td>a<td>b" * 70_000 + "</table>", 140_000),
        ("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">two words</p>", 2),
        ("<p><" + "a" * 1_000_000 + ">two words</p>", 2),
        ("<br>" * 300_000 + "two words", 2),
    ],
    ids=["deep", "open", "inline", "tables", "lists", "long", "rows", "attributes", "name", "br"],
)
@pytest.mark.timeout(60)
def test_an_endless_page_is_read_whole(page: str, words: int) -> None:
    """None of its words is lost, and none is waited for: work that is not linear takes minutes."""
    found = html.extract(page)

    assert len(found.text.split()) == words


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Ann Lee", "Ann Lee"),
        ("www.daily.com", ""),
        ("Daily Com", ""),
        ("The Daily", "The Daily"),
        ("The Daily; Ann Lee", "Ann Lee"),
    ],
)
def test_the_site_is_no_author(author: str, expected: str) -> None:
    """Its host never; its name only where no one else is named."""
    page = (
        f"<head><title>The bridge</title><meta name='author' content='{author}'>"
        "<meta property='og:site_name' content='The Daily'>"
        f"<link rel='canonical' href='https://www.daily.com/bridge'></head><body>{ARTICLE}"
    )

    assert html.extract(page).author == expected


def test_text_that_is_hidden_for_good_is_left_out() -> None:
    """Unless there is no other."""
    hidden = f"<div hidden><p>Secret. {SENTENCE * 6}</p></div>"

    assert "Secret" not in text_of(f"<body>{ARTICLE}{hidden}")
    assert "Secret" in text_of(f"<body>{hidden}")


def test_the_lead_is_part_of_the_text() -> None:
    """It stands beside the heading, outside of the element of the article."""
    lead = "A town wants a new bridge, and its council has had to say what that may cost."
    page = (
        f"<body><div class='top'><h1>The bridge</h1><p>{lead}</p></div>"
        f"<div class='article-body'>{f'<p>{SENTENCE * 3}</p>' * 5}</div>"
    )

    assert text_of(page).count(lead) == 1


def test_a_page_too_large_to_look_into_keeps_its_title() -> None:
    """All its text is given."""
    page = "<title>Log</title><body><nav>Home</nav>" + "<p>a</p>" * html.MAX_TAGS

    found = html.extract(page)

    assert found.title == "Log"
    assert found.text.startswith("Home\na\n")


@pytest.mark.parametrize(
    ("head", "codec", "expected"),
    [
        ('<meta charset="iso-8859-1">', "cp1252", "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gb18030",
         "gb18030"),
        ('<?xml version="1.0" encoding="shift_jis"?>', "cp932", "cp932"),
        ('<meta charset="utf-8">', "cp1251", "cp1251"),
        ("", "utf-16", "utf-16"),
    ],
)  # fmt: skip
def test_encodings(head: str, codec: str, expected: str) -> None:
    """As declared, in the larger encoding that is meant; a false declaration does not count."""
    words = {
        "cp1252": "“déjà vu”",
        "gb18030": "會議在星期四",
        "cp932": "①会議は木曜日",
        "cp1251": "Городской совет принял новый бюджет",
        "utf-16": "Городской совет",
    }[codec]

    (found,) = read(f"{head}<html><body><p>{words}</p>".encode(codec), "a.html", IngestConfig())

    assert isinstance(found, Record)
    assert (found.text, found.encoding) == (words, expected)
