"""Settings of a training: the field's usual knobs, a sentence and a unit each."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.config import Settings


class TrainingConfig(Settings):
    """How a model is trained."""

    task: Literal["sentiment", "english"]
    """sentiment: a three-class classifier; english: tagger, lemmatizer, sentences and entities."""
    epochs: Annotated[int, Field(ge=1, le=1000)] = 1
    """Times the training goes over the data."""
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 32
    """Examples a step."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 5e-4
    """Peak step size of AdamW."""
    warmup_share: Annotated[float, Field(ge=0, le=1)] = 0.06
    """Share of the steps over which the learning rate rises, 0 to 1; then it falls to 0."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of units left out in each step, 0 to 1."""
    lora_rank: Annotated[int, Field(ge=1, le=256)] = 16
    """Rank of the adapter (Hu et al. 2021); sentiment only."""
    layers: Annotated[int, Field(ge=1, le=6)] = 6
    """Layers of the encoder that are kept; fewer are faster; sentiment only."""
    max_tokens: Annotated[int, Field(ge=16, le=512)] = 128
    """Longest example, in word pieces; sentiment only."""
    max_seconds: Annotated[float, Field(gt=0)] = 3600.0
    """Time after which the training stops at the end of a step, in seconds."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 20
    """Seed of the order of the examples and of new weights."""
