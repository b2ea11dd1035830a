"""Languages that no model reads: words, stop words and sentences."""

import pytest

from tasks.blank_pipelines import blank_pipeline, stop_words

TWO_SENTENCES = {
    "de": ("Der Rat tagte am Montag. Es gab Streit.", ["Der", "am", "Es", "gab"]),
    "fr": ("Le conseil a voté jeudi. Il pleuvait.", ["Le", "a", "Il"]),
    "ru": ("Совет принял бюджет. Мэр был доволен.", ["был"]),
    "uk": ("Рада ухвалила бюджет. Мер був радий.", ["був"]),
    "ar": ("وافق المجلس على الميزانية. هل هذا صحيح؟", ["على", "هل", "هذا"]),
    "hi": ("परिषद ने बजट पारित किया। महापौर खुश थे।", ["ने", "किया", "थे"]),
    "tr": ("Meclis bütçeyi kabul etti. Başkan mutlu.", ["etti"]),
    "no": ("Rådet møttes på mandag. Det regnet.", ["på", "Det"]),
    "ko": ("의회는 예산안을 통과시켰다. 시장은 기뻤다.", []),
    "vi": ("Hội đồng họp vào thứ năm. Và trời mưa.", ["vào", "thứ", "năm", "Và"]),
    "ja": ("市議会は予算を可決した。市長は満足した。", ["は", "を", "た", "は", "た"]),
    "zh": ("市议会通过了预算。市长很满意。", ["通过", "了", "。", "很", "。"]),
    "sw": ("Baraza lilikutana Jumatatu. Mvua ilinyesha.", []),
    "und": ("Foo bar baz. Qux.", []),
}


@pytest.mark.parametrize("language", TWO_SENTENCES)
def test_every_language_has_words_stop_words_and_sentences(language: str) -> None:
    """Whether spaCy knows it, needs more packages for it, or has never heard of it."""
    text, stops = TWO_SENTENCES[language]

    doc = blank_pipeline(language)(text)

    assert doc.text == text
    assert len(list(doc.sents)) == 2
    assert [token.text for token in doc if token.is_stop] == stops


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("ja", "新しいCDを、三枚買った。", "新し い CD を 、 三枚 買っ た 。"),
        ("zh", "他说2025年会更好，是吗？", "他 说 2025 年 会 更 好 ， 是 吗 ？"),
        ("yue", "「預算」通過了！", "「 預算 」 通過 了 ！"),
        ("th", "สภาเมืองผ่านงบประมาณ (ปี 2025)", "สภาเมือง ผ่านงบประมาณ ( ปี 2025 )"),
    ],
)
def test_words_without_blanks_are_told_apart(language: str, text: str, words: str) -> None:
    """Among them numbers, other scripts and punctuation."""
    doc = blank_pipeline(language)(text)

    assert [token.text for token in doc] == words.split()
    assert doc.text == text


@pytest.mark.parametrize("text", ["", " ", "\n\n市。\n", "a  市 b", "😀市😀", "ไ", "々"])
def test_no_character_is_lost(text: str) -> None:
    """Offsets are those of the text."""
    for language in ("zh", "ja", "th"):
        assert blank_pipeline(language)(text).text == text


def test_a_language_that_is_not_known_has_no_stop_words() -> None:
    """Nothing is guessed."""
    assert stop_words("xq") == frozenset()
