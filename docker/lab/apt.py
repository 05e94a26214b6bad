"""
Debian packages without installing them: the machine's own mirror, a private apt state, files in a folder.

Where packages come from is read from the machine's apt sources at run time and never written down by us.

Errors: `AptError` for everything; its text says what to do.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from docker.lab import children


class AptError(RuntimeError):
    """apt, dpkg or the machine's apt sources could not give what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One suite of one archive, as the machine's apt sources name it."""

    uri: str
    suite: str
    components: frozenset[str]
    signed_by: str = ""

    def line(self, suite: str) -> str:
        """The one-line form of this archive with another `suite`, component main."""
        options = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {options}{self.uri} {suite} main"


def machine_sources(apt: Path = Path("/etc/apt")) -> Iterator[Source]:
    """Each enabled binary source below `apt`, from one-line and from deb822 files."""
    for one_line in [apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))]:
        if one_line.is_file():
            yield from _one_line_sources(one_line.read_text())
    for stanzas in sorted(apt.glob("sources.list.d/*.sources")):
        yield from _deb822_sources(stanzas.read_text())


def _one_line_sources(text: str) -> Iterator[Source]:
    pattern = re.compile(
        r"^\s*deb\s+(?:\[(?P<options>[^]]*)]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>[^#\n]*)", re.M
    )
    for found in pattern.finditer(text):
        key = re.search(r"signed-by=(\S+)", found["options"] or "")
        components = frozenset(found["components"].split())
        yield Source(uri=found["uri"], suite=found["suite"], components=components, signed_by=key[1] if key else "")


def _deb822_sources(text: str) -> Iterator[Source]:
    uncommented = re.sub(r"^#.*\n?", "", text, flags=re.M)
    for stanza in re.split(r"\n\s*\n", uncommented):
        fields = {
            name.lower(): value.strip() for name, value in re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.M)
        }
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        key = fields.get("signed-by", "")
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(
                    uri=uri,
                    suite=suite,
                    components=frozenset(fields.get("components", "").split()),
                    # A key written out in the file itself has no one-line form; apt's own trusted keys must do.
                    signed_by=key if key.startswith("/") else "",
                )


def debian_archive(os_release: Path = Path("/etc/os-release"), apt: Path = Path("/etc/apt")) -> Source:
    """The machine's Debian archive.

    Raises: AptError when the machine is no Debian, or names no archive for its own release.
    """
    facts = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', os_release.read_text(), re.M)) if os_release.is_file() else {}
    if facts.get("ID") != "debian":
        raise AptError(
            "this machine is not Debian: install Asterisk 20 or newer yourself (it is then found in PATH or /usr/sbin)"
        )
    own = {facts.get("VERSION_CODENAME", ""), "stable", "testing", "unstable", "sid"} - {""}
    for source in machine_sources(apt):
        if source.suite in own and "main" in source.components:
            return source
    raise AptError(
        f"no archive of Debian {facts.get('VERSION_CODENAME', '')} main in {apt}: "
        "add one to the apt sources, or install Asterisk 20 or newer"
    )


def download(packages: Sequence[str], *, line: str, work: Path, alone: bool = False) -> list[Path]:
    """Download `packages` and, unless `alone`, all they depend on from the source `line`, as files below `work`.

    The machine's own package lists and packages are neither read nor changed.
    Raises: AptError
    """
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "status").touch()
    (work / "sources.list").write_text(line + "\n")
    settings = {
        "Dir::State": f"{work}/state",
        "Dir::State::status": f"{work}/status",
        "Dir::Cache": f"{work}/cache",
        "Dir::Etc::sourcelist": f"{work}/sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        # The mirror may be a snapshot, whose Release file counts as expired.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    (work / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in settings.items()))
    apt_get = ["apt-get", "-c", str(work / "apt.conf"), "-q", "-y"]
    # Tied to this process: one that went on after our death would write into a folder that the next build removes.
    run([*children.DIES_WITH_PARENT, *apt_get, "update"])
    archives = work / "cache/archives"
    if alone:
        run([*children.DIES_WITH_PARENT, *apt_get, "download", *packages], cwd=archives)
    else:
        wanted = ["--no-install-recommends", "--download-only", "install", *packages]
        run([*children.DIES_WITH_PARENT, *apt_get, *wanted])
    return sorted(archives.glob("*.deb"))


def extract(debs: Sequence[Path], root: Path) -> None:
    """Unpack each of `debs` into `root` without running any of their scripts.

    Raises: AptError
    """
    for deb in debs:
        run([*children.DIES_WITH_PARENT, "dpkg-deb", "-x", str(deb), str(root)])


def run(argv: Sequence[str], *, cwd: Path | None = None) -> str:
    """Run a packaging command, in the folder `cwd`, and return what it printed.

    Raises: AptError with the end of its output.
    """
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise AptError(f"{argv[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        raise AptError(f"{shlex.join(argv)} failed ({done.returncode}):\n{done.stdout[-2000:]}")
    return done.stdout
