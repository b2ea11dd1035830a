"""Every error that Corpusmill raises on purpose.

CorpusmillError
├── ConfigError          a setting is unknown or wrong                      (exit code 2)
├── CorpusError          the corpus cannot be read as asked                 (exit code 1)
├── ModelError           a model is missing or not what it should be        (exit code 1)
├── ResultsError         the results folder cannot be used
│   ├── ResultsLocked    another run is writing it
│   ├── ResultsVersion   another version of Corpusmill wrote it
│   └── DamagedPart      one part file fails its checks: it counts as absent
├── ServerLost           the Prefect server does not answer any more        (exit code 1)
├── WorkerLost           a worker ended, and no document is to blame: may pass
├── BooksDoNotBalance    found ≠ done + reused + duplicate + rejected + skipped
└── DocumentRejected     one document cannot pass one stage: becomes a row in `rejects`

Every message says what is wrong and what to do about it.
"""


class CorpusmillError(Exception):
    """Base of all errors raised on purpose."""


class ConfigError(CorpusmillError):
    """A setting is unknown, or its value is refused."""


class CorpusError(CorpusmillError):
    """The corpus is not there, is empty, or cannot be read as asked."""


class ModelError(CorpusmillError):
    """A model is missing, incomplete, or not the one that was pinned."""


class ResultsError(CorpusmillError):
    """The results folder cannot be read or written."""


class ResultsLocked(ResultsError):
    """Another run holds the results folder."""


class ResultsVersion(ResultsError):
    """The results folder has another format than this version writes."""


class DamagedPart(ResultsError):
    """A part file fails its checks; it counts as absent and will be computed again.

    `table` and `partition` say what it is, `name` where it stands in the results folder.
    """

    def __init__(self, name: str, table: str, partition: int, why: str) -> None:
        super().__init__(f"{table} partition {partition} is damaged ({why}): {name}")
        self.name, self.table, self.partition, self.why = name, table, partition, why

    def __reduce__(self) -> tuple[type, tuple[str, str, int, str]]:
        return type(self), (self.name, self.table, self.partition, self.why)


class ServerLost(CorpusmillError):
    """The Prefect server does not answer, or does so no more."""


class WorkerLost(CorpusmillError, OSError):
    """A worker ended where no document is to blame; what it did is tried again."""


class BooksDoNotBalance(CorpusmillError):
    """A stage's outcomes do not add up to what was found."""


class DocumentRejected(CorpusmillError):
    """One document cannot pass one stage.

    `reason` is a short code from `schemas.tables.REJECT_REASONS`; the message is for people.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.reason, self.message)
