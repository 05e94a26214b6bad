"""ARI and AMI of a real Asterisk over TLS: the right authority works; another one, and another name, are refused."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import pytest

from ari_app.asterisk.ami import Ami
from ari_app.asterisk.connection import AriConnection
from ari_app.config import Settings, load_settings
from ari_app.main.asked import ari_settings
from ari_app.main.clocks import SystemClock
from ari_app.main.guard_ami import ami_settings
from docker.asterisk import Asterisk, RunningAsterisk
from docker.lab.ports import PortBlock
from tests.asterisk.conftest import Observed
from tests.tls import Papers, papers

UNTRUSTED = "Asterisk's certificate is not believed: "


@dataclass(frozen=True, slots=True)
class Encrypted:
    """An Asterisk that speaks TLS beside what it speaks else, under the name localhost alone."""

    pbx: RunningAsterisk
    ours: Papers
    strangers: Papers
    https: int
    ami: int
    folder: Path

    def settings(self, *, host: str = "localhost", ca: Path | None) -> Settings:
        """Garbo's, as people write them."""
        file = self.folder / "garbo.toml"
        trusted = "" if ca is None else f'tls_ca_file = "{ca}"'
        file.write_text(
            f"""
            [asterisk]
            ari_url = "https://{host}:{self.https}/ari"
            ari_user = "{self.pbx.ari_user}"
            ari_password = "{self.pbx.ari_password}"
            ami_tls = true
            ami_host = "{host}"
            ami_port = {self.ami}
            ami_user = "{self.pbx.ami_user}"
            ami_secret = "{self.pbx.ami_password}"
            {trusted}
            """
        )
        return load_settings(file, {})


@pytest.fixture(scope="module")
def encrypted(asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    """Switched on in the files that are there, as in docs/tls.md."""
    folder = tmp_path_factory.mktemp("tls")
    ours, strangers = papers(folder / "ours", "localhost"), papers(folder / "strangers", "localhost")
    (folder / "none.conf").write_text("[garbo]\n[garbo-outbound]\n")
    with (
        PortBlock.claim("127.0.0.1", 3, fixed=3) as ports,
        asterisk.start(folder / "pbx", folder / "none.conf") as pbx,
    ):
        https, ami = ports.first + 1, ports.first + 2
        etc = pbx.folder / "etc"
        files = f"tlscertfile = {ours.certificate}\ntlsprivatekey = {ours.key}\n"
        (etc / "http.conf").write_text(
            (etc / "http.conf").read_text() + f"tlsenable = yes\ntlsbindaddr = 127.0.0.1:{https}\n{files}"
        )
        (etc / "manager.conf").write_text(
            (etc / "manager.conf")
            .read_text()
            .replace("enabled = yes\n", f"enabled = yes\ntlsenable = yes\ntlsbindaddr = 127.0.0.1:{ami}\n{files}", 1)
        )
        pbx.cli("module reload http")
        pbx.cli("manager reload")
        yield Encrypted(pbx, ours, strangers, https, ami, folder)


async def _ari(settings: Settings, told: str) -> dict[str, object]:
    """What the gate's connection reports under this name."""
    observed = Observed()
    connection = AriConnection(ari_settings(settings), clock=SystemClock(), observer=observed, random=Random(1))  # noqa: S311  jitter

    async def greet(channels: object) -> None: ...

    return await _reported(connection.run(lambda _: None, greet), observed, told)


async def _ami(settings: Settings, told: str) -> dict[str, object]:
    observed = Observed()
    ami = Ami(ami_settings(settings), clock=SystemClock(), observer=observed, random=Random(1))  # noqa: S311  jitter
    return await _reported(ami.run(lambda _: None, lambda _: None), observed, told)


async def _reported(running: Coroutine[Any, Any, NoReturn], observed: Observed, told: str) -> dict[str, object]:
    task = asyncio.create_task(running)
    try:
        return await observed.wait(told)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_whom_the_right_authority_vouches_for_is_believed(encrypted: Encrypted) -> None:
    """Events, requests and AMI go over TLS; the gate is connected."""
    settings = encrypted.settings(ca=encrypted.ours.ca)
    assert (await _ari(settings, "ari.connected"))["rest"] == "websocket"
    assert (await _ami(settings, "ami.connected"))["channels"] == 0


@pytest.mark.parametrize("case", ["another authority", "the system's", "another name"])
async def test_whom_nobody_vouches_for_is_refused(encrypted: Encrypted, case: str) -> None:
    """With what is wrong and where to mend it; no password is sent."""
    ca = {"another authority": encrypted.strangers.ca, "the system's": None, "another name": encrypted.ours.ca}[case]
    settings = encrypted.settings(host="127.0.0.1" if case == "another name" else "localhost", ca=ca)
    why = "IP address mismatch" if case == "another name" else "unable to get local issuer"
    for report in (await _ari(settings, "ari.connect_failed"), await _ami(settings, "ami.connect_failed")):
        said = str(report["error"])
        assert UNTRUSTED in said
        assert why in said or "self-signed" in said
        assert "tls_ca_file" in said
        assert encrypted.pbx.ari_password not in said
