"""E-mail addresses, URLs and phone numbers."""

import pytest

from tasks.addresses import find, normal_url
from tasks.mentions import Habits, kept


def found(text: str, region: str = "US") -> list[tuple[str, str, str]]:
    """What is found, the longest of those that overlap, with its form to count by."""
    mentions = kept(find(text, Habits(region=region)), len(text))
    return [(text[m.start : m.end], m.label, m.canonical) for m in mentions]


@pytest.mark.parametrize(
    ("written", "label", "canonical"),
    [
        ("Bob.Smith@Example.COM", "EMAIL", "bob.smith@example.com"),
        ("https://Example.com/Path/", "URL", "https://example.com/Path"),
        ("www.foo.org/x?q=A", "URL", "http://www.foo.org/x?q=A"),
        ("bbc.co.uk", "URL", "http://bbc.co.uk"),
        ("+44 20 7946 0958", "PHONE", "+442079460958"),
        ("(212) 555-0187", "PHONE", "+12125550187"),
    ],
)
def test_addresses_are_found(written: str, label: str, canonical: str) -> None:
    """Without the brackets and full stops around them."""
    assert found(f"See [{written}].") == [(written, label, canonical)]


@pytest.mark.parametrize("text", ["main.py", "end.In", "10.0.0.1", "2025-03-04", "12,345,678"])
def test_what_is_no_address(text: str) -> None:
    """File names, sentences without a blank between, dates and sums."""
    assert found(text) == []


def test_a_phone_number_without_country_code_is_of_the_region() -> None:
    """The region is a setting."""
    assert found("0431 123456", "DE") == [("0431 123456", "PHONE", "+49431123456")]


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://A.com/", "http://a.com"),
        ("http://a.com/B/?c=/", "http://a.com/B?c=/"),
        ("http://[x/", "http://[x/"),
    ],
)
def test_urls_have_a_normal_form(url: str, normal: str) -> None:
    """Scheme and host in lower case, no slash at the end of the path."""
    assert normal_url(url) == normal
