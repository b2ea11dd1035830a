"""Text that was once read in a wrong encoding, mended where that is certain.

Certain it is where ftfy (Speer 2019) takes the text for mojibake, all of it goes back to the bytes
of one wrong encoding, those are sound UTF-8, and nothing that looks wrong is left. A text of which
only a part looks wrong may well speak of it, and stays.
"""


def mended(text: str) -> tuple[str, str]:
    """The text as it was meant, and the encoding in which it was read wrongly; or nothing.

    >>> mended("cafÃ©")
    ('café', 'latin-1')
    """
    if text.isascii():
        return text, ""
    from ftfy import TextFixerConfig, fix_encoding_and_explain
    from ftfy.badness import is_bad

    if not is_bad(text):
        return text, ""
    whole_text_only = TextFixerConfig(
        decode_inconsistent_utf8=False, replace_lossy_sequences=False, fix_c1_controls=False
    )
    found, steps = fix_encoding_and_explain(text, whole_text_only)
    if not steps or is_bad(found):
        return text, ""
    return found, steps[0].parameter.removeprefix("sloppy-").replace("windows-", "cp")
