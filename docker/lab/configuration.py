"""
The trial exchange's configuration: templates from `docker/pbx/`, filled in for one run, in a folder of its own.
"""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docker.lab import obtain

TEMPLATES = obtain.PROJECT / "docker" / "pbx"
USER = "garbo"
# Test secrets: everything listens on loopback, and the exchange lives as long as a test.
ARI_PASSWORD = "test-ari-not-a-secret"  # noqa: S105
AMI_PASSWORD = "test-ami-not-a-secret"  # noqa: S105
SOFTPHONE_PASSWORD = "test-softphone-not-a-secret"  # noqa: S105
OPERATORS = ("101", "102", "103")
PORTS = 1222
"""How many adjacent ports an exchange takes: `SIGNALLING` of them, the rest for media, two a leg, two legs a call."""
SIGNALLING = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What differs from run to run; the ports count from `first_port`."""

    folder: Path
    run_folder: Path
    first_port: int
    bind: str
    system_name: str
    verbose: int

    @property
    def operator_ports(self) -> dict[str, int]:
        """Where operators' phones are rung, by operator."""
        return {name: self.first_port + 6 + index for index, name in enumerate(OPERATORS)}

    def words(self, installation: obtain.Installation) -> dict[str, str]:
        """What to put for each word of the templates."""
        folder, first = self.folder, self.first_port
        return {
            "ETC": f"{folder}/etc",
            "MODULES": str(installation.modules),
            "DATA": str(installation.data),
            "STATE": f"{folder}/state",
            "SPOOL": f"{folder}/spool",
            "RUN": str(self.run_folder),
            "LOG": f"{folder}/log",
            "SYSTEM_NAME": self.system_name,
            # A locally administered address; without it Asterisk takes the first network card's, the same for all.
            "ENTITY_ID": f"02:00:00:00:{first >> 8:02x}:{first & 255:02x}",
            "BIND": self.bind,
            "SIP_PORT": str(first + 1),
            "HTTP_PORT": str(first + 2),
            "AMI_PORT": str(first + 3),
            "TRUNK_PORT": str(first + 4),
            "TRUNK2_PORT": str(first + 5),
            "RTP_FIRST": str(first + SIGNALLING),
            "RTP_LAST": str(first + PORTS - 1),
            "ARI_USER": USER,
            "ARI_PASSWORD": ARI_PASSWORD,
            "AMI_USER": USER,
            "AMI_PASSWORD": AMI_PASSWORD,
            "SOFTPHONE_PASSWORD": SOFTPHONE_PASSWORD,
            "VERBOSE": str(self.verbose),
            **{f"PORT_{name}": str(port) for name, port in self.operator_ports.items()},
        }


def render(settings: Settings, installation: obtain.Installation, extensions: Path, extra_dialplan: str) -> None:
    """Write the configuration below the settings' folder; `extensions` is linked, not copied."""
    folder = settings.folder
    etc = folder / "etc"
    for name in ("etc", "run", "log", "state/agi-bin", "state/keys", "spool/outgoing", "spool/tmp", "spool/recording"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    # A folder may be used again, and its old log would count as this run's.
    (folder / "log" / "messages.log").unlink(missing_ok=True)
    words = settings.words(installation)
    for template in sorted(TEMPLATES.glob("*.conf")):
        (etc / template.name).write_text(fill(template.read_text(), words, where=template.name))
    modules = etc / "modules.conf"
    modules.write_text(_only_present(modules.read_text(), installation.modules))
    dialplan = etc / "extensions_garbo.conf"
    dialplan.unlink(missing_ok=True)
    dialplan.symlink_to(extensions)
    (etc / "extensions_extra.conf").write_text(extra_dialplan + "\n")
    # Otherwise every call may wait 20 s for a look-up of the host name.
    (folder / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n::1 localhost\n")
    (folder / "resolv.conf").write_text("")


def fill(template: str, words: Mapping[str, str], *, where: str) -> str:
    """`template` with each @WORD@ replaced; KeyError, naming `where`, for a word that `words` lacks."""

    def word(found: re.Match[str]) -> str:
        if found[1] not in words:
            raise KeyError(f"{where}: nothing to put for @{found[1]}@")
        return words[found[1]]

    return re.sub(r"@([A-Z][A-Z0-9_]*)@", word, template)


def _only_present(modules_conf: str, modules: Path) -> str:
    # An older Asterisk of the machine's own lacks some of them, and would complain.
    def line(found: re.Match[str]) -> str:
        return found[0] if (modules / found[1]).exists() else f"; not in this Asterisk: {found[1]}"

    return re.sub(r"^load = (\S+)$", line, modules_conf, flags=re.M)
