"""
The Asterisk releases that demo and tests run on, and where Debian has them.

`CURRENT` is what everything runs on; `OLD` knows no REST over websockets, and is what many PBXes still run.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An Asterisk as Debian packages it."""

    name: str
    folder: str
    """Of the cache, where it is unpacked."""
    suites: tuple[str, ...]
    """In the order in which they are tried."""
    packages: tuple[str, ...]
    complete: bool
    """`packages` are all that it takes; otherwise what they depend on comes as well."""
    download: str
    """How much that is, for whoever waits."""
    oldest: int
    newest: int

    def accepts(self, version: str) -> bool:
        """Whether an Asterisk of this version, as `16.28.0`, will do."""
        major = version.split(".")[0]
        return major.isdecimal() and self.oldest <= int(major) <= self.newest


_PROMPTS = tuple(f"asterisk-core-sounds-{language}-{kind}" for language in ("en", "it") for kind in ("gsm", "wav"))
CURRENT = Release(
    name="Asterisk 20 or newer",
    folder="root",
    # Newest Debian release that is not yet moving daily first.
    suites=("testing", "sid"),
    packages=("asterisk", "asterisk-modules", *_PROMPTS),
    complete=False,
    download="about 120 MB",
    oldest=20,
    newest=99,
)
OLD = Release(
    name="Asterisk 16",
    folder="root-16",
    suites=("bullseye",),
    # What Asterisk and the modules of `docker/pbx/modules.conf` are linked against, found by following it; with all
    # that the packages depend on it would be 73 MB.
    packages=(
        *("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "asterisk-core-sounds-it-gsm"),
        *("libbsd0", "libc6", "libcap2", "libcrypt1", "libedit2", "libgcc-s1", "libgcrypt20", "libgpg-error0"),
        *("libgsm1", "libicu67", "libjansson4", "liblz4-1", "liblzma5", "libmd0", "libsqlite3-0", "libssl1.1"),
        *("libstdc++6", "libsystemd0", "libtinfo6", "liburiparser1", "libuuid1", "libxml2", "libxslt1.1", "libzstd1"),
        "zlib1g",
    ),
    complete=True,
    download="about 29 MB",
    oldest=16,
    newest=16,
)
RELEASES = {"22": CURRENT, "16": OLD}
"""By the word that chooses one."""
