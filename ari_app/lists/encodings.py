"""Which encoding a text of unknown make has: byte order marks, then UTF-8, then what old programs wrote."""

import codecs
import re
from collections.abc import Iterable
from itertools import chain
from typing import Final

from ari_app.lists.errors import InputError

MIXED: Final = "garbo-mixed"
"""Error handler for text that is UTF-8 but for some bytes: those are read as Windows-1252."""

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BLANKS = b"\xef\xbb\xbf\xff\xfe\r\n\t \0"
_OLD_ENCODINGS = ["cp1252", "iso8859_15", "cp850"]
_ESCAPED = re.compile("[\udc80-\udcff]")


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(MIXED, _as_windows)


def is_blank(sample: bytes) -> bool:
    """Whether there is nothing but marks, blanks and NULs."""
    return not sample.strip(_BLANKS)


def encoding_of(sample: bytes, rest: Iterable[bytes]) -> str:
    """
    The encoding of a text that begins with this sample and goes on with the rest, which is taken up to its end.

    A sample cannot prove that a file is UTF-8: a name half-way down that is not would otherwise end an import of
    millions of rows. Raises InputError: it has a mark, and is not what that says.
    """
    found = next((encoding for mark, encoding in _MARKS.items() if sample.startswith(mark)), None)
    found = found or _unmarked_utf_16(sample) or "utf-8"
    chunks = chain([sample], rest)
    if found.startswith("utf-8"):
        return _utf_8_or_old(found, sample, chunks)
    decoder = codecs.getincrementaldecoder(found)()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as failure:
        raise InputError(f"it begins as {found} but does not go on as such: {failure.reason}") from failure
    return found


def _utf_8_or_old(found: str, sample: bytes, chunks: Iterable[bytes]) -> str:
    """UTF-8 too if it mostly is: a few bytes of another encoding do not spoil the names of all others."""
    decoder = codecs.getincrementaldecoder(found)("surrogateescape")
    broken = whole = 0
    speaking = b""
    for chunk in chunks:
        text = decoder.decode(chunk)
        if text.isascii():
            continue
        escaped = len(_ESCAPED.findall(text))
        if escaped and not broken:
            speaking = chunk
        broken += escaped
        whole += len(text) - len(text.encode("ascii", "ignore")) - escaped
    broken += len(decoder.decode(b"", final=True))
    if found == "utf-8-sig" or broken <= whole:
        return found
    return _old_encoding(sample + speaking if speaking is not sample else sample)


def _unmarked_utf_16(sample: bytes) -> str | None:
    # Text of mostly Western letters has a zero in every other byte; other NULs in UTF-8 are a matter for their row.
    half = max(len(sample) // 2, 1)
    first, second = (sample[place::2].count(0) / half for place in (0, 1))
    if max(first, second) < 0.4 or min(first, second) > 0.1:
        return None
    return "utf-16-le" if second > first else "utf-16-be"


def _old_encoding(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_OLD_ENCODINGS).best()
    return best.encoding if best else "cp1252"
