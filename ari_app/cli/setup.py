"""`garbo init`, `db`, `serve`, `watch`: an installation made, its database kept current, gate and watch run."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ari_app.cli.asked import id_of, settings_of
from ari_app.cli.outside import UsageFault
from ari_app.cli.said import AsJson, document, note, say

database = typer.Typer()
_SQLITE_FILE = "sqlite:///"


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the installation is to be.")] = Path(),
    *,
    admin: Annotated[str, typer.Option(metavar="ID", help="Who signs in first.")] = "admin",
    as_json: AsJson = False,
) -> None:
    """Write a commented garbo.toml, make the secret key, the database and the first admin. Overwrites nothing."""
    id_of(admin, "--admin")
    from ari_app import main
    from ari_app.config import create_key_file, load_settings
    from ari_app.config.template import template

    file = folder / "garbo.toml"
    os.umask(0o077)  # numbers in full and secrets: for the owner alone
    with _whole() as made:
        _make_folder(folder, made)
        _write_new(file, template(), made)
        environ = {name: value for name, value in os.environ.items() if name != "GARBO_CONFIG"}
        settings = load_settings(file, environ)
        stored = Path(settings.database.url.removeprefix(_SQLITE_FILE))
        if settings.database.url.startswith(_SQLITE_FILE):
            if stored.exists():
                raise UsageFault(f"{stored}: there is a database already; it is not touched")
            made += [stored.with_name(stored.name + ending) for ending in ("", "-wal", "-shm", "-journal")]
        create_key_file(settings.privacy.hash_key_file)
        made.append(settings.privacy.hash_key_file)
        revision = main.upgrade_database(settings)
        password = main.first_admin(settings, admin, language="it" if settings.gate.region == "IT" else "en")
    key = settings.privacy.hash_key_file
    if as_json:
        made_now = {"config": str(file.absolute()), "key": str(key), "database_revision": revision}
        document({**made_now, "admin": admin if password else None, "admin_password": password})
        return
    say(f"configuration  {file.absolute()}")
    say(f"secret key     {key}")
    say(f"database       revision {revision}")
    if password:
        say(f"first admin    {admin}")
        note(f"Password of {admin}, shown this once, to be changed at first sign-in: {password}")
    note("Back the key up with the database: without it no number in there can be found again.")


@contextlib.contextmanager
def _whole() -> Iterator[list[Path]]:
    """What is made is gone again if it does not get finished."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in reversed(made):
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _make_folder(folder: Path, made: list[Path]) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise UsageFault(f"{folder}: {failure.strerror}") from failure
    made += reversed(missing)


def _write_new(file: Path, text: str, made: list[Path]) -> None:
    try:
        with file.open("x", encoding="utf-8") as opened:
            made.append(file)
            opened.write(text)
    except FileExistsError as failure:
        raise UsageFault(f"{file}: there is a configuration already; it is not overwritten") from failure
    except OSError as failure:
        raise UsageFault(f"{file}: {failure.strerror}") from failure


def serve(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Run the gate until SIGTERM: then no new calls are taken, verdicts under way finish."""
    settings = settings_of(ctx)
    from ari_app import main

    _ended(main.serve(settings), as_json=as_json)


def watch(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Cut calls that go round the gate, beside it and without it, until SIGTERM; needs AMI (docs/bypass.md)."""
    settings = settings_of(ctx)
    from ari_app import main

    _ended(main.watch(settings), as_json=as_json)


def _ended(code: int, *, as_json: bool) -> None:
    if as_json:
        document({"exit_code": code})
    raise typer.Exit(code)


@database.command("upgrade")
def upgrade(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Bring the database to the current revision."""
    settings = settings_of(ctx)
    from ari_app import main

    revision = main.upgrade_database(settings)
    document({"revision": revision}) if as_json else say(f"revision {revision}")


@database.command("current")
def current(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Say at which revision the database is."""
    settings = settings_of(ctx)
    from ari_app import main

    revision = main.current_revision(settings)
    if as_json:
        document({"revision": revision})
    else:
        say(f"revision {revision}" if revision else "no revision yet: run `garbo db upgrade`")
