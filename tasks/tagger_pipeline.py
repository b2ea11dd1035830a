"""The spaCy pipeline that is trained: its tokenizer, encoder and heads.

Hashed features and a convolutional encoder (Honnibal 2017), shared by all heads: a text is encoded
once.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from schemas.training import TaggerTraining
from tasks import word_vectors

if TYPE_CHECKING:
    from spacy.language import Language

TAGGER = ("tok2vec", "morphologizer", "senter", "trainable_lemmatizer")
_ROWS = [5000, 1000, 2500, 2500]
"""Rows of the hash tables of norm, prefix, suffix and shape, as in spaCy's own small models."""
_RUNS = (
    *(rf"{re.escape(mark)}{{2,}}" for mark in "=_*~<>#+-"),
    r"[!?]{2,}",
    *(rf"{re.escape(mark)}{{4,}}" for mark in "()[]{}\"'`"),
)
"""Runs of one mark are one token, as in the treebanks: and linear to cut, which spaCy's are not."""
_WHOLE = ("e-mail", "E-mail", "e-Mail", "E-Mail", "e-mails", "E-mails", "Ft.", "No.")
"""Words that the treebanks keep whole and spaCy's rules cut."""
_CUT = ("and/or", "And/or")
"""Words that the treebanks cut and spaCy's rules keep whole."""
_PHONE = re.compile(r"(\(?\d{3}\)?-)?\d{3}-\d{4}")


def new_pipeline(config: TaggerTraining, words: Iterable[str]) -> "Language":
    """The untrained pipeline; `words` are those that get a vector, if there are vectors."""
    import spacy

    nlp = spacy.blank("en", meta={"name": "english"})
    _tokenizer(nlp)
    if config.vectors:
        known = word_vectors.words_of(words)
        word_vectors.add_to(nlp, known, word_vectors.distilled(known, config.vectors))
    nlp.add_pipe("tok2vec", config={"model": _encoder(config)})
    nlp.add_pipe("morphologizer", config={"model": _head(config)})
    nlp.add_pipe("senter", config={"model": _head(config)})
    nlp.add_pipe("trainable_lemmatizer", config={"model": _head(config), "min_tree_freq": 2})
    return nlp


def save(nlp: "Language", out: Path) -> "Language":
    """Write the pipeline to a directory that `spacy.load` takes; as it is when loaded from there.

    Of the words of the training data it keeps only those that its lemmas and rules are made of.
    """
    import spacy
    import srsly

    kept = [nlp.vocab.strings[key] for key in sorted(_edits(nlp))]
    _write(nlp, out)
    srsly.write_json(out / "vocab" / "strings.json", kept)
    loaded = spacy.load(out)
    _write(loaded, out)
    return loaded


def _write(nlp: "Language", out: Path) -> None:
    """Write it, and by which form of a word its vectors are found, which spaCy 3.8 forgets."""
    import srsly

    nlp.to_disk(out)
    path = out / "vocab" / "vectors.cfg"
    srsly.write_json(path, srsly.read_json(path) | {"attr": nlp.vocab.vectors.attr})


def _edits(nlp: "Language") -> set[int]:
    """Hashes of the pieces of words that the lemmatizer takes away and puts in their place."""
    import srsly
    from spacy.pipeline import EditTreeLemmatizer

    lemmatizer = cast(EditTreeLemmatizer, nlp.get_pipe("trainable_lemmatizer"))
    trees = srsly.msgpack_loads(lemmatizer.trees.to_bytes())["trees"]
    return {tree[part] for tree in trees for part in ("orig", "subst") if tree.get(part)}


def _tokenizer(nlp: "Language") -> None:
    """Cut words as the English treebanks do, where spaCy's rules differ often."""
    from spacy.symbols import ORTH
    from spacy.tokenizer import Tokenizer
    from spacy.util import compile_prefix_regex, compile_suffix_regex

    cut = cast(Tokenizer, nlp.tokenizer)
    prefixes, suffixes = nlp.Defaults.prefixes or (), nlp.Defaults.suffixes or ()
    cut.prefix_search = compile_prefix_regex([*_RUNS, *prefixes]).search
    cut.suffix_search = compile_suffix_regex([*_RUNS, *suffixes]).search
    cut.token_match = _PHONE.fullmatch
    rules = {word: parts for word, parts in cut.rules.items() if word not in _CUT}
    cut.rules = rules | {word: [{ORTH: word}] for word in _WHOLE}


def _encoder(config: TaggerTraining) -> dict[str, object]:
    return {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": config.width,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": _ROWS,
            "include_static_vectors": config.vectors > 0,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": config.width,
            "depth": config.depth,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    }


def _head(config: TaggerTraining) -> dict[str, object]:
    listener = {
        "@architectures": "spacy.Tok2VecListener.v1",
        "width": config.width,
        "upstream": "*",
    }
    return {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": listener}
