"""Model cards, written by the training itself: data, recipe, size and measured scores.

What only people know (licence, attribution) they write into the card, and it is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from schemas.training import TrainingConfig
from tasks import checkpoints


@dataclass(frozen=True)
class Data:
    """Names and digests of the files of a training."""

    train: Mapping[str, str]
    dev: Mapping[str, str]

    @classmethod
    def of(cls, data: Sequence[Path], dev: Sequence[Path]) -> "Data":
        """Of these files."""
        return cls(checkpoints.data_digests(data), checkpoints.data_digests(dev))


def write(
    folder: Path,
    config: TrainingConfig,
    data: Data,
    scores: Mapping[str, float],
    trained_on: date,
) -> None:
    """Write README.md beside the model; sizes are read from the files that stand there.

    The part between the marks `<!-- by hand -->` and `<!-- end -->` of a card that stands there
    already is kept: it is for people's words about licence and attribution.
    """
    path = folder / "README.md"
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and p != path)
    changed = config.model_dump(mode="json", exclude_defaults=True, exclude={"task"})
    text = f"""# {folder.name}

{_by_hand(path)}

Trained on {trained_on} by `python -m flows train {config.task}` with the settings below;
{size / 1e6:.1f} MB. `training/metrics.parquet` and `training/loss.png` show how it went.

## Data

| file | used for | sha256 |
|---|---|---|
{_files(data)}

## Recipe

Settings that differ from their defaults, as `--config` takes them:

```toml
{_toml(changed)}
```

## Measured on the dev data

| score | value |
|---|---|
{_rows(scores)}
"""
    path.write_text(text, encoding="utf-8")


def _by_hand(path: Path) -> str:
    first, last = "<!-- by hand -->", "<!-- end -->"
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    kept = old.partition(first)[2].partition(last)[0].strip()
    wanted = "What it is for, its licence and attribution: write it here."
    return f"{first}\n{kept or wanted}\n{last}"


def _files(data: Data) -> str:
    rows = [(name, "training", sha) for name, sha in data.train.items()]
    rows += [(name, "scores", sha) for name, sha in data.dev.items()]
    return "\n".join(f"| {name} | {use} | {sha} |" for name, use, sha in rows)


def _rows(scores: Mapping[str, float]) -> str:
    return "\n".join(f"| {name} | {value:.4f} |" for name, value in scores.items())


def _toml(settings: Mapping[str, object]) -> str:
    import tomli_w

    return tomli_w.dumps(dict(settings)).strip()
