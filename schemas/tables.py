"""Every table that Corpusmill writes: its name, its columns, and what each of them means.

A table lives in `results/<name>/part-NNNNN.parquet`. Offsets (`start`, `end`) are Unicode code
points into `documents.text`, `end` excluded. Times are UTC.
"""

from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa

LABEL = pa.dictionary(pa.int32(), pa.string())
TIME = pa.timestamp("us", tz="UTC")
INT = pa.int32()
SCORE = pa.float32()
TEXT = pa.string()

_DOC_ID = ("doc_id", TEXT, "Identity of the document: stable for a source and record across edits.")
_START = ("start", INT, "First code point in documents.text.")
_END = ("end", INT, "Code point after the last in documents.text.")
_UID = ("topic_uid", TEXT, "Identity of the topic; a new fit keeps that of each that goes on.")


def _table(*columns: tuple[str, pa.DataType, str], nullable: tuple[str, ...] = ()) -> pa.Schema:
    """An Arrow schema with a description on every field; fields are required unless listed."""
    return pa.schema(
        pa.field(name, kind, nullable=name in nullable, metadata={"description": description})
        for name, kind, description in columns
    )


TABLES: Mapping[str, pa.Schema] = MappingProxyType(
    {
        "sources": _table(
            ("source", TEXT, "Path of the file; of a part of another, that file's, # and its own."),
            ("size", pa.int64(), "Bytes."),
            ("modified", TIME, "The file's own time; never taken for a publication date."),
            ("source_sha256", TEXT, "SHA-256 of the bytes, hexadecimal; empty where not read."),
            ("version", TEXT, "Instead, a storage's ETag, or a large file's inode and times."),
            ("container", TEXT, "The file it lies in; its own path unless it is part of another."),
            ("media_type", LABEL, "Kind of content, sniffed from the bytes."),
            (
                "outcome",
                LABEL,
                "done, duplicate, rejected or skipped; a container that was read is done.",
            ),
            ("reason", LABEL, "Why it was rejected or skipped; empty where done."),
            (
                "records",
                INT,
                "Records found in it: 1 for a plain document, rows for a table, 0 for a container.",
            ),
            ("documents", INT, "Records that became documents, duplicates among them."),
            ("duplicates", INT, "Documents whose text another document has already."),
            ("rejected", INT, "Records that were rejected; see the table rejects."),
        ),
        "documents": _table(
            _DOC_ID,
            ("source", TEXT, "Path of the file, relative to the corpus."),
            ("record", TEXT, "Record in the source: a row's id or number; empty for a plain file."),
            ("title", TEXT, "Title given by the format, or empty."),
            ("text", TEXT, "The text: NFC, line ends \\n, no control characters."),
            ("language", LABEL, "ISO 639-1 code, or und where unsure."),
            ("language_confidence", SCORE, "0 to 1."),
            ("published_at", TIME, "Publication time, where the source tells."),
            ("published_from", LABEL, "Where published_at was read: metadata, header, column, …"),
            ("author", TEXT, "Author given by the format, or empty."),
            ("media_type", LABEL, "Kind of content, sniffed from the bytes."),
            ("encoding", LABEL, "Character encoding the bytes were read in; empty if not text."),
            ("text_sha256", TEXT, "SHA-256 of the UTF-8 text: the identity of the content."),
            ("duplicate_of", TEXT, "doc_id of the document that this one repeats, or null."),
            ("duplicate_kind", LABEL, "exact, near, or empty where it repeats none."),
            ("duplicate_similarity", SCORE, "How alike the two are, 0 to 1; 0 where none is."),
            ("n_chars", INT, "Code points in text."),
            ("pages", INT, "Pages of the source; 0 where it has none."),
            ("page_starts", pa.list_(INT), "Offset in text at which each page begins."),
            ("metadata", TEXT, "What else the source says, a JSON object."),
            ("minhash", pa.binary(), "To find near-duplicates by; empty where the text is short."),
            nullable=("published_at", "duplicate_of"),
        ),
        "tokens": _table(
            _DOC_ID,
            ("sentence", INT, "Number of the sentence in the document, from 0."),
            ("i", INT, "Number of the token in the document, from 0; white space has none."),
            _START,
            _END,
            ("text", TEXT, "The token as written."),
            ("lemma", TEXT, "Its dictionary form."),
            ("pos", LABEL, "Universal part of speech; X where the language has no tagger."),
            ("is_stop", pa.bool_(), "Whether it is a stop word."),
        ),
        "embeddings": _table(
            _DOC_ID,
            ("sentence", INT, "Number of the sentence in the document, from 0."),
            _START,
            _END,
            ("vector", pa.list_(pa.float16()), "Sentence vector of unit length."),
        ),
        "entities": _table(
            _DOC_ID,
            _START,
            _END,
            ("text", TEXT, "The mention as written."),
            ("label", LABEL, "PERSON, ORG, LOC, DATE, TIME, MONEY, PERCENT, QUANTITY, EMAIL, …"),
            ("canonical", TEXT, "The form to count by: full name, ISO date, E.164 number, …"),
            ("origin", LABEL, "model or rule."),
        ),
        "keywords": _table(
            _DOC_ID,
            ("rank", INT, "1 is the best."),
            ("keyword", TEXT, "The keyphrase, in lower case."),
            ("score", SCORE, "Cosine to the document (embedding mode) or TF-IDF weight."),
            _START,
            _END,
        ),
        "vocabulary": _table(
            ("term", TEXT, "A lemma in lower case."),
            ("document_frequency", INT, "Documents that hold it."),
            ("frequency", pa.int64(), "Times that it occurs."),
        ),
        "topics": _table(
            _UID,
            ("topic", INT, "Number of the topic, 0 is the largest."),
            ("label", TEXT, "A name made of its best terms."),
            ("coherence", SCORE, "NPMI of its ten best terms, -1 to 1."),
            ("share", SCORE, "Share of the fitted corpus, 0 to 1."),
        ),
        "topic_terms": _table(
            _UID,
            ("topic", INT, "Number of the topic."),
            ("rank", INT, "1 is the best."),
            ("term", TEXT, "A lemma, or a phrase of lemmas joined by _."),
            ("weight", SCORE, "Probability of the term in the topic."),
        ),
        "topic_history": _table(
            _UID,
            ("fit", INT, "Number of the fit, from 0."),
            ("event", LABEL, "kept, born, died, split (out of another) or merged (into another)."),
            ("label", TEXT, "The topic's name after the fit, or before it where it is gone."),
            ("other_topic_uid", TEXT, "What it was split from or merged into; its own where kept."),
            ("other_label", TEXT, "The name of that one."),
            ("similarity", SCORE, "Cosine with it; of the nearest where born or died."),
        ),
        "topic_model": _table(
            ("term", TEXT, "A lemma, or a phrase of lemmas joined by _."),
            ("document_frequency", INT, "Documents of the fitted corpus that hold it."),
            ("weights", pa.list_(SCORE), "Variational parameter lambda of the term in each topic."),
        ),
        "document_topics": _table(
            _DOC_ID,
            _UID,
            ("topic", INT, "Number of the topic."),
            ("weight", SCORE, "Share of the topic in the document, 0 to 1."),
        ),
        "similar_documents": _table(
            _DOC_ID,
            ("rank", INT, "1 is the nearest."),
            ("other_doc_id", TEXT, "doc_id of the neighbour."),
            ("score", SCORE, "Cosine of the two documents' vectors."),
        ),
        "sentiment": _table(
            _DOC_ID,
            ("label", LABEL, "negative, neutral or positive."),
            ("score", SCORE, "p_positive - p_negative, -1 to 1."),
            ("p_negative", SCORE, "Probability."),
            ("p_neutral", SCORE, "Probability."),
            ("p_positive", SCORE, "Probability."),
            ("coverage", SCORE, "Share of the text that the classifier has read, 0 to 1."),
            ("windows", INT, "Number of windows the text was read in."),
        ),
        "sentiment_spans": _table(
            _DOC_ID,
            _START,
            _END,
            ("label", LABEL, "negative, neutral or positive."),
            ("score", SCORE, "p_positive - p_negative, -1 to 1."),
            ("p_negative", SCORE, "Probability."),
            ("p_neutral", SCORE, "Probability."),
            ("p_positive", SCORE, "Probability."),
        ),
        "summaries": _table(
            _DOC_ID,
            ("summary", TEXT, "The summary."),
            ("method", LABEL, "extractive or abstractive."),
            (
                "spans",
                pa.list_(pa.struct([pa.field("start", INT), pa.field("end", INT)])),
                "Where each sentence (or the part it was written from) stands in the text.",
            ),
            ("coverage", SCORE, "Share of the text that the summarizer has read, 0 to 1."),
        ),
        "rejects": _table(
            ("doc_id", TEXT, "The document, or null where none could be made."),
            ("source", TEXT, "Path of the file, relative to the corpus."),
            ("record", TEXT, "Record in the source; empty for the whole file."),
            ("stage", LABEL, "The stage that rejected it."),
            ("reason", LABEL, "A code of REJECT_REASONS."),
            ("message", TEXT, "What is wrong, and what mends it."),
            ("attempts", INT, "Times that it was tried."),
            nullable=("doc_id",),
        ),
        "changes": _table(
            ("doc_id", TEXT, "The document; null for the topics of the corpus."),
            ("run_id", TEXT, "The run that made the change, a row of the table runs."),
            ("table", LABEL, "The table that says something else now."),
            ("kind", LABEL, "added, removed or changed."),
            ("fact", TEXT, "A source, entity, keyword, topic_uid; or what has a value each time."),
            ("before", TEXT, "The value before; empty for what is only there or not."),
            ("after", TEXT, "The value after; empty for what is only there or not."),
            nullable=("doc_id",),
        ),
        "runs": _table(
            ("run_id", TEXT, "Number of the run in this results folder, as a text that sorts."),
            ("started_at", TIME, "When the run began."),
            ("finished_at", TIME, "When it ended."),
            ("outcome", LABEL, "done, rejects (above the limit) or failed."),
            ("corpus", TEXT, "What was asked for."),
            ("backfill", TEXT, "What it was confined to, a JSON object; empty for a whole run."),
            (
                "stages",
                pa.list_(
                    pa.struct(
                        [
                            pa.field("stage", TEXT),
                            pa.field("fingerprint", TEXT),
                            pa.field("found", INT),
                            pa.field("done", INT),
                            pa.field("reused", INT),
                            pa.field("duplicate", INT),
                            pa.field("rejected", INT),
                            pa.field("skipped", INT),
                            pa.field("seconds", SCORE),
                            pa.field("peak_bytes", pa.int64()),
                        ]
                    )
                ),
                "The books of each stage, its seconds of one worker, a worker's largest memory.",
            ),
            ("config", TEXT, "Every setting, a JSON object."),
            ("versions", TEXT, "Versions of Corpusmill, Python and the libraries, a JSON object."),
            ("models", TEXT, "Identity of every model used, a JSON object."),
        ),
    }
)

_OF_A_DOCUMENT: Mapping[str, tuple[str, ...]] = {
    "documents": (),
    "tokens": ("i",),
    "embeddings": ("sentence",),
    "entities": ("start", "end", "label"),
    "keywords": ("rank",),
    "document_topics": ("topic_uid",),
    "similar_documents": ("rank",),
    "sentiment": (),
    "sentiment_spans": ("start", "end"),
    "summaries": (),
}
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {table: ("doc_id", *others) for table, others in _OF_A_DOCUMENT.items()}
    | {
        "sources": ("source", "container"),
        "vocabulary": ("term",),
        "topics": ("topic_uid",),
        "topic_terms": ("topic_uid", "rank"),
        "runs": ("run_id",),
    }
)
"""Columns in which no two rows of a table are alike; of the others, whole rows may be."""

ROWS: Mapping[str, str] = MappingProxyType(
    {
        "sources": "one thing found, a file or a part of one, and what became of it",
        "documents": "one document: text, title, language, date, duplicates",
        "tokens": "one token: lemma, part of speech, sentence",
        "embeddings": "one sentence and its vector",
        "entities": "one mention, with the canonical form to count by",
        "keywords": "one keyphrase of a document",
        "vocabulary": "one term of the corpus",
        "topics": "one topic",
        "topic_terms": "one term of a topic",
        "topic_history": "what became of a topic in a fit: kept, born, died, split, merged",
        "topic_model": "one array of the model",
        "document_topics": "one topic of a document",
        "similar_documents": "one neighbour of a document",
        "sentiment": "one document",
        "sentiment_spans": "one window of a document",
        "summaries": "one summary, with the spans it was taken from",
        "rejects": "one document or file that a stage refused, and why",
        "changes": "one fact that a run added, removed or changed",
        "runs": "one run: its books, settings, models and versions",
    }
)
"""What a row of each table is."""

SKIP_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "hidden": "its name, or that of a folder above it, begins with a dot",
        "temporary": "a lock or scratch file that a program left while it worked",
        "link_to_folder": "a link to a folder; give that folder as a corpus of its own",
        "link_outside": "a link that leaves the corpus",
        "link_broken": "a link that leads nowhere, or in a circle",
        "not_regular": "a device, pipe, socket, folder or link, which holds no text of its own",
        "excluded": "a pattern of ingest.exclude takes it",
        "not_included": "no pattern of ingest.include takes it",
        "results": "a results folder of Corpusmill, which is no corpus",
        "outside": "an entry of an archive whose path leads out of it",
        "media": "a picture, sound, film or font; to have the words in a scan read, run OCR first",
        "program": "an executable or compiled code",
        "database": "a database or an array of numbers; export what is to be read as a table",
        "signature": "a digital signature or key that is attached to a mail",
    }
)
"""Why something found is not read; it is no fault."""

REJECT_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "unknown_format": "no reader for this kind of content; convert it, or exclude it",
        "broken": "the file is damaged, or is not what its content says; replace it",
        "encrypted": "the file needs a password; provide a copy without one",
        "empty": "no text in it; if it is a scan, run OCR first",
        "too_large": "above a size limit; raise the limit named in the message",
        "missing_column": "the column is not in the table; set ingest.text_column",
        "unreadable": "it could not be opened; check that it is there, and its permissions",
        "too_long": "the text is above a stage's limit; raise the limit named in the message",
        "deadline": "the work took longer than run.deadline_s; raise it, or exclude the document",
        "memory": "it took more than run.max_memory_bytes; raise it, or exclude the document",
        "crashed": "the worker process died on it; exclude the document",
        "failed": "the stage raised an error; the message holds it",
    }
)
