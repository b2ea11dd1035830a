"""A fitted topic model as arrays and JSON, and what it says of one document.

Nothing of it is pickled: the table `topic_model` holds a row a term, its metadata the rest.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import TABLES
from tasks.bags import Bag
from tasks.phrases import Phrasing

if TYPE_CHECKING:
    from gensim.models import LdaModel

METADATA = b"model"
_VERSION = 2

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TopicModel:
    """Topics over terms.

    `weights` (terms × topics) is lambda of Hoffman et al. 2010; the learned prior over terms (eta)
    is contained in it. `alpha` is the learned prior over topics. `documents` were fitted, and
    `iterations` and `seed` rule the inference.
    """

    terms: tuple[str, ...]
    document_frequency: npt.NDArray[np.int32]
    weights: Floats
    alpha: Floats
    topic_uids: tuple[str, ...]
    phrasing: Phrasing
    iterations: int
    seed: int
    documents: int
    fit: int = 0
    """Number of the fit in these results, from 0."""

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Number of each term."""
        return {term: number for number, term in enumerate(self.terms)}

    @cached_property
    def lda(self) -> "LdaModel":
        """The model as gensim has it, ready for inference."""
        from gensim.models import LdaModel

        lda = LdaModel(
            id2word=dict(enumerate(self.terms)),
            num_topics=len(self.alpha),
            alpha=self.alpha,
            eta=0.0,
            iterations=self.iterations,
            random_state=self.seed,
        )
        lda.state.sstats = np.ascontiguousarray(self.weights.T)
        lda.sync_state()
        return lda

    def infer(self, bag: Bag) -> Floats:
        """Shares of the topics in a document; they add up to 1.

        The random start is the same for every document, so none depends on those before it.
        """
        self.lda.random_state = np.random.RandomState(self.seed)
        gamma: Floats = self.lda.inference([bag])[0][0]
        shares: Floats = gamma / gamma.sum()
        return shares

    def to_table(self) -> pa.Table:
        """The table `topic_model`."""
        said = {
            "version": _VERSION,
            "alpha": [float(a) for a in self.alpha],
            "topic_uids": self.topic_uids,
            "phrases": [self.phrasing.first, self.phrasing.second],
            "iterations": self.iterations,
            "seed": self.seed,
            "documents": self.documents,
            "fit": self.fit,
        }
        schema = TABLES["topic_model"]
        terms, topics = self.weights.shape
        bounds = np.arange(terms + 1, dtype=np.int32) * topics
        weights = pa.ListArray.from_arrays(bounds, self.weights.ravel(), schema.field(2).type)
        metadata = {METADATA: json.dumps(said, ensure_ascii=False)}
        return pa.table(
            [pa.array(self.terms, pa.string()), pa.array(self.document_frequency), weights],
            schema=schema.with_metadata(metadata),
        )


def from_table(table: pa.Table) -> TopicModel:
    """The model that a table `topic_model` of at least one row holds."""
    said = json.loads(table.schema.metadata[METADATA])
    if said["version"] != _VERSION:
        raise ValueError(f"topic model of version {said['version']}, expected {_VERSION}")
    weights = pc.list_flatten(table.column("weights")).to_numpy().astype(np.float32)
    first, second = said["phrases"]
    return TopicModel(
        terms=tuple(table.column("term").to_pylist()),
        document_frequency=table.column("document_frequency").to_numpy(),
        weights=weights.reshape(table.num_rows, -1),
        alpha=np.array(said["alpha"], np.float32),
        topic_uids=tuple(said["topic_uids"]),
        phrasing=Phrasing(tuple(first), tuple(second)),
        iterations=said["iterations"],
        seed=said["seed"],
        documents=said["documents"],
        fit=said["fit"],
    )
