"""One spaCy pipeline for English: parts of speech, lemmas, sentence ends and entities.

Data are the UD English Web Treebank and the Universal NER layer on it, and for entities alone the
tweets of WNUT-17 and the Broad Twitter Corpus: many more names. Four heads share one small
convolutional encoder with hashed features (Honnibal 2017), so that a text is encoded once.
"""

import gzip
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import CorpusError
from schemas.training import TrainingConfig

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.training import Example
    from spacy.vocab import Vocab

Case = Callable[[str], str]
"""How a word is written."""
_WIDTH, _DEPTH = 96, 4
_ROWS = [5000, 1000, 2500, 2500]
"""Rows of the hash tables of norm, prefix, suffix and shape: 4 MB of weights together."""
_SENTENCES = 8
"""Sentences a training document: long enough to learn their ends, short enough to vary."""
_TWEETS = 4
"""Tweets a training document."""
_CASE_SHARE = 0.08
"""Share of training documents shown in lower case, and as many in capitals, as headlines are."""
_TYPES = {
    "PER": "PERSON",
    "ORG": "ORG",
    "LOC": "LOC",
    "person": "PERSON",
    "corporation": "ORG",
    "group": "ORG",
    "location": "LOC",
}
"""Entity types of the data that are learnt; the others count as no entity."""
_ENTITIES_ALONE = ["morphologizer", "senter", "trainable_lemmatizer"]
"""Components that learn nothing from the tweets, whose gold is entities."""
_LISTENER = {
    "@architectures": "spacy.Tok2VecListener.v1",
    "width": _WIDTH,
    "upstream": "*",
}


@dataclass(frozen=True)
class Sentence:
    """A sentence of the treebank with its entities, or a tweet with its entities alone."""

    words: list[str]
    spaces: list[bool]
    lemmas: list[str] = field(default_factory=list)
    pos: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    """BIO tags, a word each; empty where the entities are not known."""


@dataclass(frozen=True)
class Material:
    """What is learnt from, and what is measured on."""

    documents: list[list[Sentence]]
    tweets: list[list[Sentence]]
    dev: "list[Example]"


def train(corpora: Path, out: Path, config: TrainingConfig) -> dict[str, float]:
    """Train, write the pipeline to `out`, and return scores on the dev data, 0 to 1."""
    from thinc.api import fix_random_seed

    fix_random_seed(config.seed)
    shuffle = random.Random(config.seed)  # noqa: S311  # the order of examples
    nlp = _new(config)
    dev = [example(nlp, document) for document in documents(corpora, "dev")]
    material = Material(documents(corpora, "train"), _tweets(corpora), dev)
    nlp.initialize(lambda: [example(nlp, document) for document in material.documents])
    averages = _fit(nlp, material, config, shuffle)
    with nlp.use_params(averages):
        scores = evaluate(nlp, dev)
        nlp.to_disk(out)
    return scores


def evaluate(nlp: "Language", dev: Sequence["Example"]) -> dict[str, float]:
    """Scores on raw text: tokens, tags and sentences are the pipeline's own."""
    found = nlp.evaluate(dev)
    return {
        "ewt_dev_pos_accuracy": found["pos_acc"],
        "ewt_dev_lemma_accuracy": found["lemma_acc"],
        "ewt_dev_sentence_f1": found["sents_f"],
        "uner_ewt_dev_entity_f1": found["ents_f"],
    }


def documents(corpora: Path, split: str) -> list[list[Sentence]]:
    """The treebank's documents, in pieces of a few sentences."""
    tags = _entities(corpora / "ner" / f"uner_ewt.{split}.jsonl.gz")
    pieces: list[list[Sentence]] = []
    for document in _treebank(corpora / "treebank" / f"en_ewt-ud-{split}.conllu.gz", tags):
        pieces += [document[i : i + _SENTENCES] for i in range(0, len(document), _SENTENCES)]
    return pieces


def example(nlp: "Language", document: Sequence[Sentence], case: Case = str) -> "Example":
    """A document as raw text, beside its gold."""
    from spacy.training import Example

    gold = _gold(nlp.vocab, document, case)
    return Example(nlp.make_doc(gold.text), gold)


def _new(config: TrainingConfig) -> "Language":
    """An untrained pipeline."""
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("tok2vec", config={"model": _encoder()})
    nlp.add_pipe("morphologizer", config={"model": _tagger()})
    nlp.add_pipe("senter", config={"model": _tagger()})
    nlp.add_pipe("trainable_lemmatizer", config={"model": _tagger(), "min_tree_freq": 2})
    ner = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "nO": None,
        "tok2vec": _LISTENER,
    }
    nlp.add_pipe("ner", config={"model": ner})
    nlp.meta["name"] = "english"
    nlp.meta["description"] = f"Corpusmill's English pipeline, seed {config.seed}"
    return nlp


def _encoder() -> dict[str, object]:
    return {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": _WIDTH,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE"],
            "rows": _ROWS,
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": _WIDTH,
            "depth": _DEPTH,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    }


def _tagger() -> dict[str, object]:
    return {"@architectures": "spacy.Tagger.v2", "nO": None, "tok2vec": _LISTENER}


def _fit(
    nlp: "Language", material: Material, config: TrainingConfig, shuffle: random.Random
) -> dict[object, object]:
    """Train until the epochs or the time are over; the averaged weights."""
    from prefect.logging import get_logger
    from thinc.api import Adam

    log = get_logger("corpusmill.training")
    optimizer = Adam(config.learning_rate, L2=0.01, grad_clip=1.0, L2_is_weight_decay=True)
    steps = config.epochs * -(-len(material.documents) // config.batch_size)
    started, step = time.monotonic(), 0
    for epoch in range(config.epochs):
        losses: dict[str, float] = {}
        tweets = itertools.cycle(_batches(material.tweets, config.batch_size, shuffle))
        for batch in _batches(material.documents, config.batch_size, shuffle):
            optimizer.learn_rate = config.learning_rate * _slope(step / steps, config)
            for examples, without in ((batch, []), (next(tweets), _ENTITIES_ALONE)):
                gold = [example(nlp, document, _case(shuffle)) for document in examples]
                nlp.update(gold, sgd=optimizer, losses=losses, drop=config.dropout, exclude=without)
            step += 1
            if time.monotonic() - started > config.max_seconds:
                log.warning("stopped in epoch %d at step %d: max_seconds", epoch, step)
                return dict(optimizer.averages)
        with nlp.use_params(optimizer.averages):
            scores = evaluate(nlp, material.dev)
        rounded = {name: round(float(value), 4) for name, value in (losses | scores).items()}
        log.info("epoch %d: %s", epoch, rounded)
    return dict(optimizer.averages)


def _slope(share: float, config: TrainingConfig) -> float:
    """Factor of the learning rate after a share of the steps: up, then down to nothing."""
    if share < config.warmup_share:
        return share / config.warmup_share
    return max(1 - share, 0.0) / (1 - config.warmup_share)


def _batches(
    documents: Sequence[list[Sentence]], size: int, shuffle: random.Random
) -> Iterator[list[list[Sentence]]]:
    order = list(documents)
    shuffle.shuffle(order)
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _case(shuffle: random.Random) -> Case:
    """How a training document is written."""
    draw = shuffle.random()
    if draw < _CASE_SHARE:
        return str.lower
    return str.upper if draw < 2 * _CASE_SHARE else str


def _gold(vocab: "Vocab", document: Sequence[Sentence], case: Case) -> "Doc":
    """The sentences as one annotated document."""
    from spacy.tokens import Doc

    known = all(sentence.tags for sentence in document)
    return Doc(
        vocab,
        words=[case(word) for s in document for word in s.words],
        spaces=[space for s in document for space in s.spaces],
        lemmas=[lemma for s in document for lemma in s.lemmas] or None,
        pos=[pos for s in document for pos in s.pos] or None,
        sent_starts=[i == 0 for s in document for i in range(len(s.words))],
        ents=[_renamed(tag) for s in document for tag in s.tags] if known else None,
    )


def _renamed(tag: str) -> str:
    prefix, dash, kind = tag.partition("-")
    return f"{prefix}-{_TYPES[kind]}" if dash and kind in _TYPES else "O"


def _tweets(corpora: Path) -> list[list[Sentence]]:
    """Tweets with their entities, a few together. A user's handle is no entity."""
    tweets = [
        Sentence(
            words=['"' if word == "'\"'" else word for word in row["tokens"]],
            spaces=[word != "#" for word in row["tokens"]],
            tags=[
                "O" if word.startswith("@") else tag
                for word, tag in zip(row["tokens"], row["tags"], strict=True)
            ],
        )
        for name in ("btc", "wnut17")
        for row in map(json.loads, _lines(corpora / "ner" / f"{name}.train.jsonl.gz"))
    ]
    return [tweets[i : i + _TWEETS] for i in range(0, len(tweets), _TWEETS)]


def _entities(path: Path) -> dict[str, list[str]]:
    """BIO tags of each sentence, by its words."""
    rows = (json.loads(line) for line in _lines(path))
    return {" ".join(row["tokens"]): row["tags"] for row in rows}


def _treebank(path: Path, tags: dict[str, list[str]]) -> Iterator[list[Sentence]]:
    """Documents of a CoNLL-U file."""
    document: list[Sentence] = []
    words: list[list[str]] = []
    for line in [*_lines(path), "\n"]:
        if line.startswith("# newdoc") and document:
            yield document
            document = []
        elif line[:1].isdigit():
            words.append(line.rstrip("\n").split("\t"))
        elif not line.strip() and words:
            document.append(_sentence(words, tags))
            words = []
    if document:
        yield document


def _sentence(rows: Sequence[list[str]], tags: dict[str, list[str]]) -> Sentence:
    """A sentence of CoNLL-U rows; the parts of a contraction stand together, as in the text."""
    together: dict[str, str] = {}
    for row in rows:
        if "-" in row[0]:
            first, last = row[0].split("-")
            together |= {str(i): row[9] for i in range(int(first), int(last) + 1)}
            together[last] = f"end {row[9]}"
    simple = [row for row in rows if row[0].isdigit()]
    misc = [together.get(row[0], f"end {row[9]}") for row in simple]
    words = [row[1] for row in simple]
    return Sentence(
        words=words,
        spaces=[m.startswith("end ") and "SpaceAfter=No" not in m for m in misc],
        lemmas=[row[2] for row in simple],
        pos=[row[3] for row in simple],
        tags=tags.get(" ".join(words), []),
    )


def _lines(path: Path) -> list[str]:
    if not path.exists():
        raise CorpusError(f"{path} is missing: give the folder that holds it with --corpora")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(lines)
