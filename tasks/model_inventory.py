"""The models that a configuration names: what they are, whether they are there and work."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from schemas.config import PipelineConfig
from schemas.errors import ModelError
from schemas.stages import STAGES
from tasks import hub, model_files, model_references, models
from tasks.model_files import Kind

State = Literal["present", "missing", "works", "fails"]

_KINDS: Mapping[str, Kind] = {
    "preprocess.model": "pipeline",
    "embeddings.model": "encoder",
    "keywords.model": "encoder",
    "sentiment.model": "classifier",
    "summaries.model": "writer",
}
"""What the model of each setting must be; that of entities may be one of two."""
_RECOGNIZES = "entities.model"
_TEXT = "Ann Lee saw a boat in Leeds."


@dataclass(frozen=True)
class Model:
    """One model, and how it stands with it."""

    reference: str
    kind: Kind
    settings: tuple[str, ...] = ()
    """The settings that name it; none for an embedded model that is not in use."""
    state: State = "missing"
    problem: str = ""
    """Why it is missing or fails, and what mends it."""
    size_bytes: int = 0
    identity: str = ""
    """What names it in fingerprints."""
    licence: str = ""
    """As its card says it; empty where it has none."""


def models_of(config: PipelineConfig) -> list[Model]:
    """The models that the settings name, then the embedded ones that they do not."""
    used: dict[tuple[str, Kind], list[str]] = {}
    for setting, reference in _named(config):
        used.setdefault((reference, _kind(setting, reference)), []).append(setting)
    known = {reference for reference, _ in used}
    spare = [name for name in _embedded() if name not in known]
    return [
        *(_found(Model(ref, kind, tuple(names))) for (ref, kind), names in used.items()),
        *(_found(Model(ref, _kind("", ref))) for ref in spare),
    ]


def prefetched(model: Model) -> Model:
    """The same model, brought into the cache first where it is one of the hub."""
    if not hub.is_reference(model.reference):
        return model
    try:
        hub.prefetch(model.reference)
    except ModelError as error:
        return replace(model, state="fails", problem=str(error))
    kinds = {_kind(setting, model.reference) for setting in model.settings}
    found = _found(replace(model, kind=kinds.pop(), problem=""))
    return replace(found, state="fails") if found.state == "missing" else found


def verified(model: Model) -> Model:
    """The same model, loaded by the loader of its kind and tried on a sentence."""
    if model.state in {"missing", "fails"}:
        return replace(model, state="fails")
    try:
        _TRIALS[model.kind](model)
    except ModelError as error:
        return replace(model, state="fails", problem=str(error))
    except Exception as error:  # noqa: BLE001  # whatever it raises is the answer
        said = f"{model.reference}: {type(error).__name__}: {error}"
        return replace(model, state="fails", problem=said)
    return replace(model, state="works")


def _named(config: PipelineConfig) -> Iterator[tuple[str, str]]:
    """Each setting that names a model, and the reference."""
    for stage in STAGES.values():
        for field in stage.models:
            if reference := getattr(stage.settings(config), field):
                yield f"{stage.config}.{field}", reference


def _embedded() -> list[str]:
    names = {folder.name for folder in model_references.EMBEDDED.iterdir() if folder.is_dir()}
    return [f"embedded:{name}" for name in sorted(names | {"minilm"})]


def _kind(setting: str, reference: str) -> Kind:
    if setting in _KINDS:
        return _KINDS[setting]
    try:
        found = model_files.kind(model_references.directory(reference))
    except ModelError:
        return "token classifier" if hub.is_reference(reference) else "pipeline"
    if setting == _RECOGNIZES and found != "pipeline":
        return "token classifier"
    return found


def _found(model: Model) -> Model:
    """The model with what its files say."""
    try:
        folder = model_references.directory(model.reference)
        identity = model_references.identity(model.reference)
    except ModelError as error:
        return replace(model, state="missing", problem=str(error))
    return replace(
        model,
        state="present",
        size_bytes=model_files.size_bytes(folder),
        identity=identity,
        licence=model_files.licence(folder),
    )


def _try_pipeline(model: Model) -> None:
    nlp = models.load_spacy(model.reference)
    if _RECOGNIZES in model.settings and not any(
        "doc.ents" in nlp.get_pipe_meta(name).assigns for name in nlp.pipe_names
    ):
        raise ModelError(
            f"{model.reference}: it has no recognizer: set {_RECOGNIZES} to a pipeline with ner or "
            "entity_ruler, or to a token classifier"
        )
    nlp(_TEXT)


def _try_encoder(model: Model) -> None:
    import numpy as np

    length = np.linalg.norm(models.load_encoder(model.reference).encode([_TEXT]))
    _check(model, good=bool(np.isclose(length, 1, atol=1e-3)))


def _try_classifier(model: Model) -> None:
    import numpy as np

    from tasks.transformer import sentiment_columns

    classifier = models.load_classifier(model.reference)
    if "sentiment.model" in model.settings:
        sentiment_columns(classifier.labels)
    _check(model, good=bool(np.isfinite(classifier.probabilities([_TEXT])).all()))


def _try_token_classifier(model: Model) -> None:
    models.load_token_classifier(model.reference).spans(_TEXT)


def _try_writer(model: Model) -> None:
    models.load_seq2seq(model.reference).generate([_TEXT], max_new_tokens=8, num_beams=1)


def _check(model: Model, *, good: bool) -> None:
    if not good:
        raise ModelError(f"{model.reference}: what it computes are no numbers: save it anew")


_TRIALS: Mapping[Kind, Callable[[Model], None]] = {
    "pipeline": _try_pipeline,
    "encoder": _try_encoder,
    "classifier": _try_classifier,
    "token classifier": _try_token_classifier,
    "writer": _try_writer,
}
