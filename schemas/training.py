"""Settings of a training: the field's usual knobs, a sentence and a unit each."""

import re
from typing import Annotated, Literal

from pydantic import Field

from schemas.config import Settings

Task = Literal["sentiment", "classification", "ner", "tagger"]
"""What can be trained: a sentiment classifier, a classifier of the user's own labels, a recognizer
of entities, and a tagger (parts of speech, morphology, lemmas, sentence ends)."""


class Training(Settings):
    """What every training knows."""

    epochs: Annotated[int, Field(ge=1, le=1000)] = 3
    """Times the training goes over the data."""
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 32
    """Examples a step."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 1e-3
    """Peak step size of the optimizer."""
    optimizer: Literal["adamw", "radam"] = "adamw"
    """AdamW (Loshchilov and Hutter 2019), or rectified Adam (Liu et al. 2020)."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the learning rate goes on from its peak: down to 0, or not at all."""
    warmup_share: Annotated[float, Field(ge=0, lt=1)] = 0.06
    """Share of the steps over which the learning rate rises to its peak, 0 to 1."""
    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Decay of the weights, decoupled from the gradient."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of units left out in each step, 0 to 1."""
    patience: Annotated[int, Field(ge=0, le=1000)] = 0
    """Epochs without a better dev score after which the training stops; 0 never stops early."""
    dev_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share of the data that is held out to score on where no dev data is given, 0 to 1."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 20
    """Seed of the order of the examples, of new weights and of dropout."""
    labels: Annotated[dict[str, str], Field(default_factory=dict)]
    """What each label of the data counts as; empty keeps them as they are. A type of entity that
    counts as the empty text is left out."""
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    """Compute threads."""
    checkpoint_s: Annotated[float, Field(ge=0)] = 120.0
    """Least time between two checkpoints, in seconds."""


class EncoderTraining(Training):
    """A head on a sentence encoder, which learns by a low-rank adapter (LoRA, Hu et al. 2021)."""

    base: str = "embedded:minilm"
    """Encoder that is adapted: embedded:minilm, a directory, or a hub id at a revision."""
    layers: Annotated[int, Field(ge=1, le=48)] = 6
    """Layers of the encoder that are kept, evenly spread; fewer are faster."""
    lora_rank: Annotated[int, Field(ge=0, le=256)] = 16
    """Rank of the adapter; 0 trains all weights of the kept layers instead."""
    head_rate: Annotated[float, Field(ge=1, le=1000)] = 1.0
    """How many times as fast as the encoder the new head learns."""
    max_tokens: Annotated[int, Field(ge=16, le=512)] = 128
    """Longest example, in word pieces."""
    int8: bool = True
    """Whether the matrices are kept as 8-bit integers."""


class ClassifierTraining(EncoderTraining):
    """A classifier of texts; of a text that is too long each epoch sees another window."""

    task: Literal["sentiment", "classification"]
    """sentiment has the labels negative, neutral and positive; classification those of the data."""
    text_column: str = "text"
    """Column that holds the text."""
    label_column: str = "label"
    """Column that holds the label."""
    sample: Annotated[dict[str, Annotated[float, Field(gt=0, le=1)]], Field(default_factory=dict)]
    """Share of a file's examples that an epoch draws, by the file's name; 1 for the others."""
    class_weights: Literal["none", "balanced"] = "none"
    """Whether the rare classes of a file weigh as much as its frequent ones."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the truth that is spread over all labels (Szegedy et al. 2016), 0 to 1."""
    teacher: str | None = None
    """Classifier whose probabilities are learnt beside the labels (Hinton et al. 2015)."""
    teacher_weight: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Weight of the teacher against the labels, 0 to 1."""


class RecognizerTraining(EncoderTraining):
    """A recognizer of entities: a tag for each word."""

    task: Literal["ner"]
    """Spans with the types of the data, or with those that `labels` gives them."""
    piece_sentences: Annotated[int, Field(ge=1, le=100)] = 3
    """Most sentences of one training example."""
    case_share: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    """Share of examples shown in lower case, and as many in capitals, 0 to 0.5."""
    case_types: bool = True
    """Whether the model is told how each word is written (lower case, capitalized, capitals,
    mixed): encoders that know no case need it."""
    no_entity: re.Pattern[str] | None = None
    """Regular expression of words that are never part of an entity, such as handles (^@)."""


class TaggerTraining(Training):
    """Sentence ends, parts of speech, morphology and lemmas.

    A spaCy pipeline of hashed features and a convolutional encoder (Honnibal 2017).
    """

    task: Literal["tagger"]
    """Treebanks in CoNLL-U are what it is trained on."""
    width: Annotated[int, Field(ge=16, le=1024)] = 96
    """Width of the encoder, in units."""
    depth: Annotated[int, Field(ge=1, le=16)] = 4
    """Layers of the encoder; each sees one token more on either side."""
    vectors: Annotated[int, Field(ge=0, le=384)] = 0
    """Length of static word vectors distilled from embedded:minilm; 0 has none."""
    piece_sentences: Annotated[int, Field(ge=1, le=1000)] = 8
    """Most sentences of one training document."""
    case_share: Annotated[float, Field(ge=0, le=0.5)] = 0.08
    """Share of documents shown in lower case, and as many in capitals, 0 to 0.5."""
    skip_documents: re.Pattern[str] | None = None
    """Regular expression of document ids that are left out."""


TrainingConfig = Annotated[
    ClassifierTraining | RecognizerTraining | TaggerTraining, Field(discriminator="task")
]
"""The settings of a training; the task tells which."""
