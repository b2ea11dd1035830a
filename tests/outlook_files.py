"""Outlook's messages, small and real: compound files (MS-CFB) with the streams of MS-OXMSG."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Tree = Mapping[str, "bytes | Tree"]

_SECTOR, _MINI, _SMALL = 512, 64, 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(frozen=True)
class Attachment:
    """What is attached to a message: a file, or another message."""

    name: str = ""
    data: bytes = b""
    media_type: str = ""
    message: Tree | None = None


@dataclass(frozen=True)
class Outlook:
    """A message, as Outlook stores it; `texts` are properties by number."""

    texts: Mapping[int, str] = field(default_factory=dict)
    binaries: Mapping[int, bytes] = field(default_factory=dict)
    times: Mapping[int, int] = field(default_factory=dict)
    recipients: Sequence[tuple[str, str, int]] = ()
    """Name, address, and 1 for To or 2 for Cc."""
    attachments: Sequence[Attachment] = ()

    def tree(self, header: int = 32) -> Tree:
        """Its storages and streams; `header` bytes stand before its properties."""
        tree: dict[str, bytes | Tree] = {
            "__properties_version1.0": bytes(header) + _fixed(self.times)
        }
        tree |= _strings(self.texts)
        tree |= {f"__substg1.0_{number:04X}0102": data for number, data in self.binaries.items()}
        for number, (name, address, kind) in enumerate(self.recipients):
            tree[f"__recip_version1.0_#{number:08X}"] = {
                "__properties_version1.0": bytes(8) + _fixed({0x0C15: kind}),
                **_strings({0x3001: name, 0x39FE: address}),
            }
        for number, each in enumerate(self.attachments):
            held: dict[str, bytes | Tree] = {"__properties_version1.0": bytes(8)}
            held |= _strings({0x3707: each.name, 0x370E: each.media_type})
            if each.message is None:
                held["__substg1.0_37010102"] = each.data
            else:
                held["__substg1.0_3701000D"] = each.message
            tree[f"__attach_version1.0_#{number:08X}"] = held
        return tree


def _strings(texts: Mapping[int, str]) -> dict[str, bytes]:
    return {
        f"__substg1.0_{number:04X}001F": text.encode("utf-16-le")
        for number, text in texts.items()
        if text
    }


def _fixed(values: Mapping[int, int]) -> bytes:
    return b"".join(struct.pack("<HHIQ", 0x0040, each, 6, value) for each, value in values.items())


def compound(tree: Tree) -> bytes:
    """A compound file with these storages and streams."""
    mini, large = bytearray(), bytearray()
    mini_chains: list[int] = []
    large_streams: list[tuple[int, int]] = []  # first sector after the others, and sectors
    entries = list(_entries(tree))
    first = []
    for _, kind, data, _, _ in entries:
        start = _END
        if kind == _STREAM and len(data) < _SMALL and data:
            start = len(mini) // _MINI
            mini += data.ljust(-(-len(data) // _MINI) * _MINI, b"\0")
            mini_chains += [*range(start + 1, len(mini) // _MINI), _END]
        elif kind == _STREAM and data:
            start = len(large) // _SECTOR
            large += data.ljust(-(-len(data) // _SECTOR) * _SECTOR, b"\0")
            large_streams.append((start, len(large) // _SECTOR - start))
        first.append(start)
    mini_fat = _padded(struct.pack(f"<{len(mini_chains)}I", *mini_chains), b"\xff")
    body = _padded(bytes(mini), b"\0")
    directory_sectors = -(-len(entries) * 128 // _SECTOR)
    sizes = [directory_sectors, len(mini_fat) // _SECTOR, len(body) // _SECTOR]
    total = sum(sizes) + len(large) // _SECTOR
    fat_sectors = next(n for n in range(1, 99) if n * 128 >= total + n)
    fat = [_FAT] * fat_sectors
    starts = []
    for size in [*sizes, *(count for _, count in large_streams)]:
        starts.append(len(fat) if size else _END)
        fat += [*range(len(fat) + 1, len(fat) + size), _END][: size or 0]
    offset = fat_sectors + sum(sizes)
    directory = b""
    for (name, kind, data, child, right), start in zip(entries, first, strict=True):
        if kind == _ROOT:
            directory += _record(name, kind, starts[2], len(mini), child, right)
        else:
            moved = start + (offset if len(data) >= _SMALL else 0)
            directory += _record(name, kind, moved, len(data), child, right)
    fat += [_FREE] * (fat_sectors * 128 - len(fat))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, fat_sectors, starts[0], 0, _SMALL, starts[1], sizes[1], _END, 0),
    )
    header += struct.pack("<109I", *range(fat_sectors), *[_FREE] * (109 - fat_sectors))
    return b"".join(
        [
            header,
            struct.pack(f"<{len(fat)}I", *fat),
            _padded(directory, b"\0"),
            mini_fat,
            body,
            large,
        ]
    )


def _entries(tree: Tree) -> Iterator[tuple[str, int, bytes, int, int]]:
    """Name, kind, bytes, first child and next sibling of each entry; the root comes first."""
    rows: list[list[object]] = [["Root Entry", _ROOT, b"", _FREE, _FREE]]
    waiting: list[tuple[int, Tree]] = [(0, tree)]
    while waiting:
        parent, branch = waiting.pop()
        for place, (name, inner) in enumerate(branch.items()):
            number = len(rows)
            if isinstance(inner, bytes):
                rows.append([name, _STREAM, inner, _FREE, _FREE])
            else:
                rows.append([name, _STORAGE, b"", _FREE, _FREE])
                waiting.append((number, inner))
            if place:
                rows[number - 1][4] = number
            else:
                rows[parent][3] = number
    yield from (tuple(row) for row in rows)  # type: ignore[misc]  # rows of one shape


def _record(name: str, kind: int, start: int, size: int, child: int, right: int) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xI16xIQ", written, len(written), kind, 1, _FREE, right, child, 0, start, size
    )


def _padded(data: bytes, with_: bytes) -> bytes:
    return data.ljust(-(-len(data) // _SECTOR) * _SECTOR, with_)
