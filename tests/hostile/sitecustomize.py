"""Makes a reader and a stage hang, die or fill the memory where a text says so.

Python imports this module when it starts, if its folder is on PYTHONPATH: so do the workers of a
run that a test starts. Nothing of the pipeline knows of it.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

HANG, DIE, FILL, BURST = "Hang, please.", "Die, please.", "Fill, please.", "Burst, please."
LATER = "Later: "
"""Before a deed that is to be done by the stage preprocess, not by the reader."""


def do(text: str) -> None:
    """What a text asks for."""
    if text.startswith(HANG):
        time.sleep(600)
    elif text.startswith(DIE):
        os._exit(9)
    elif text.startswith(FILL):
        kept = []
        while True:
            kept.append(bytearray(16 * 2**20))
            time.sleep(0.01)
    elif text.startswith(BURST):
        bytearray(64 * 2**30)


def spoiled_reader(read: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """A reader that does what its texts ask for."""

    def spoiled(*arguments: object) -> Iterator[Any]:
        for record in read(*arguments):
            do(record.text)
            yield record

    return spoiled


def spoiled_stage(compute: Callable[..., Any]) -> Callable[..., Any]:
    """A stage that does what its texts ask for."""

    def spoiled(tables: Any, config: object) -> Any:
        for text in tables["documents"].column("text").to_pylist():
            if text.startswith(LATER):
                do(text.removeprefix(LATER))
        return compute(tables, config)

    return spoiled


SPOILED = {
    "tasks.readers.plain": ("read", spoiled_reader),
    "tasks.preprocess": ("compute", spoiled_stage),
}


class Spoiler(MetaPathFinder):
    """Finds modules as Python does, and spoils those above once they are loaded."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """The spec of a module to be spoiled; None for all others."""
        if name not in SPOILED:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        function, spoil = SPOILED[name]
        load = spec.loader.exec_module

        def load_and_spoil(module: ModuleType) -> None:
            load(module)
            setattr(module, function, spoil(getattr(module, function)))

        spec.loader.exec_module = load_and_spoil  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, Spoiler())
