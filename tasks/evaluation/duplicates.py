"""Near-duplicates beside those that comparing whole sets of shingles finds."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from schemas.config import IngestConfig
from tasks.evaluation.corpora import Corpora
from tasks.evaluation.results import Result, f1, timed
from tasks.near_duplicates import enough, originals, shingled, signature

TASK = "duplicates"
DATA, FILE = "Reuters-21578", "corpus/reuters21578.jsonl.gz"
Original = tuple[int, float]
"""The document that one nearly repeats, and how alike the two are; -1 and 0 where there is none."""


def results(corpora: Corpora, config: IngestConfig) -> Iterator[Result]:
    """Signatures, and texts that are the same but for case and punctuation.

    Texts that are the same to the letter count once. Raises `CorpusError` where the set is missing.
    """
    rows = corpora.rows(FILE, "body")
    texts = list(dict.fromkeys(str(row["body"]) for row in rows if row["body"]))
    gold = by_shingles(texts, config)
    by_signature([texts[0]], config)
    for name, baseline, system in (
        ("MinHash", False, by_signature),
        ("same words", True, by_words),
    ):
        found, seconds = timed(partial(system, texts, config))
        yield Result(TASK, DATA, name, baseline, scores(found, gold), len(texts), seconds)


def by_signature(texts: Sequence[str], config: IngestConfig) -> list[Original]:
    """What the stage ingest finds."""
    made = [signature(text, config) for text in texts]
    return originals(made, config.near_duplicate_threshold)


def by_words(texts: Sequence[str], config: IngestConfig) -> list[Original]:
    """Documents that have all shingles of an earlier one, and no others."""
    first: dict[frozenset[str], int] = {}
    found = []
    for number, text in enumerate(texts):
        shingles = frozenset(shingled(text, config.shingle_words))
        head = first.setdefault(shingles, number) if enough(shingles) else number
        found.append((head, 1.0) if head != number else (-1, 0.0))
    return found


def by_shingles(texts: Sequence[str], config: IngestConfig) -> list[Original]:
    """What is to be found: the rule of `originals` with the exact Jaccard index."""
    sets = [shingled(text, config.shingle_words) for text in texts]
    heads: dict[str, list[int]] = {}
    found = [(-1, 0.0)] * len(texts)
    for number, own in enumerate(sets):
        if not enough(own):
            continue
        common = Counter(head for shingle in own for head in heads.get(shingle, ()))
        alike = {h: n / (len(own) + len(sets[h]) - n) for h, n in sorted(common.items())}
        best = max(alike, key=alike.__getitem__, default=-1)
        if best >= 0 and alike[best] >= config.near_duplicate_threshold:
            found[number] = best, alike[best]
            continue
        for shingle in own:
            heads.setdefault(shingle, []).append(number)
    return found


def scores(found: Sequence[Original], gold: Sequence[Original]) -> Mapping[str, float]:
    """Precision, recall and F1 of the documents that are marked, and how far estimates are off.

    The last is the mean over documents that both mark as repeating the same one.
    """
    ours = {number for number, (head, _) in enumerate(found) if head >= 0}
    theirs = {number for number, (head, _) in enumerate(gold) if head >= 0}
    same = [number for number in ours & theirs if found[number][0] == gold[number][0]]
    off = sum(abs(found[number][1] - gold[number][1]) for number in same)
    hits = len(ours & theirs)
    return {
        "precision": hits / max(len(ours), 1),
        "recall": hits / max(len(theirs), 1),
        "f1": f1(hits, len(ours), len(theirs)),
        "off_by": off / max(len(same), 1),
    }
