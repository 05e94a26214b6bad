"""`garbo register`: whole public registers, loaded from files into versions of which one is in force."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ari_app.cli.asked import instant_of, number_of, region_of, settings_of
from ari_app.cli.importing import different, progress_of, tell_rejects
from ari_app.cli.outside import Failed, UsageFault
from ari_app.cli.said import AsJson, document, local, note, pairs, say, table

if TYPE_CHECKING:
    from ari_app.lists.registers import LoadReport
    from ari_app.ports.register_files import RegisterVersion
    from ari_app.stores.registers.shelf import RegisterFolder

registers = typer.Typer()
Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="As packs name it: TPS, CTPS, US-DNC.")]
_LONGEST_VALID = 3660
_FORMATS = "auto, lines, csv, us-dnc or tps"


@registers.command("load")
def load(
    ctx: typer.Context,
    name: Name,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="One register in one or more files; gz too.")],
    *,
    as_of: Annotated[
        str | None, typer.Option(metavar="ISO", help="Of when it is; else when the oldest file was last changed.")
    ] = None,
    region: Annotated[str, typer.Option(metavar="GB", help="Where numbers without a country prefix are.")] = "",
    covers: Annotated[
        list[str] | None, typer.Option(metavar="+1212", help="What it speaks about; else its country. May be repeated.")
    ] = None,
    part: Annotated[bool, typer.Option("--part", help="The files are all of what they cover; the rest stays.")] = False,
    changes: Annotated[bool, typer.Option("--changes", help="The files say what was added and deleted.")] = False,
    layout: Annotated[str, typer.Option("--format", metavar="F", help=f"{_FORMATS}.")] = "auto",
    rejects: Annotated[Path | None, typer.Option(metavar="FILE", help="Where rows go that cannot be taken.")] = None,
    valid_days: Annotated[int | None, typer.Option(metavar="N", help="For how long this copy may be used.")] = None,
    keep: Annotated[int, typer.Option(metavar="N", help="Versions that stay, the new one among them.")] = 5,
    force: Annotated[bool, typer.Option("--force", help="Take it although it looks like a slip.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    Load a register, all of it or nothing. Gates that run take it up within about a second.

    Without --part and --changes the files are the whole register.
    """
    settings = settings_of(ctx)
    from ari_app import main
    from ari_app.lists.registers import FORMATS, LoadRequest

    name = _named(name)
    if part and changes:
        raise UsageFault("--part and --changes: files are either all of a part, or what has changed")
    if layout not in FORMATS:
        raise UsageFault(f"--format {layout}: it is one of {_FORMATS}")
    if not 2 <= keep <= 1000:
        raise UsageFault(f"--keep {keep}: from 2 on, so that there is one to roll back to, up to 1000")
    if valid_days is not None and not 1 <= valid_days <= _LONGEST_VALID:
        raise UsageFault(f"--valid-days {valid_days}: from 1 to {_LONGEST_VALID}")
    for file in files:
        different(file, rejects)
    request = LoadRequest(
        name=name,
        files=tuple(files),
        now=datetime.now(UTC),
        way="part" if part else "changes" if changes else "whole",
        region=region_of(region) if region else "",
        covers=tuple(covers or ()),
        as_of=instant_of(as_of, "--as-of"),
        valid=timedelta(days=valid_days) if valid_days is not None else None,
        format=layout,
        rejects=rejects,
        keep=keep,
        forced=force,
    )
    with progress_of(name) as progress:
        report = main.load_register(settings, request, progress)
    _tell(report, rejects, as_json=as_json)


@registers.command("list")
def list_registers(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Every register with the versions that are kept."""
    from ari_app import main

    folder = main.open_registers(settings_of(ctx))
    found = [each for name in folder.names() for each in _versions(folder, name)]
    if as_json:
        document([{key: value for key, value in each.items() if key != "coverage"} for each in found])
        return
    columns = ("register", "version", "in_force", "numbers", "prefixes", "as_of", "valid_until", "built_at", "fault")
    table(columns, ([each[column] for column in columns] for each in found), empty="no register was loaded")


@registers.command("show")
def show(ctx: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """One register: what it covers and as of when, from which files, and its versions."""
    from ari_app import main

    folder = main.open_registers(settings_of(ctx))
    name = _loaded(folder, name)
    found = _versions(folder, name)
    if as_json:
        document(found)
        return
    for each in found:
        if each["in_force"]:
            pairs((key, value) for key, value in each.items() if key not in ("coverage", "in_force"))
            for covered in each["coverage"]:  # type: ignore[attr-defined]  # a tuple of Covered
                say(f"covers {covered.prefix}: as of {local(covered.as_of)}, until {local(covered.valid_until)}")
    others = ", ".join(str(each["version"]) for each in found if not each["in_force"])
    say(f"other versions: {others or '-'}")


@registers.command("lookup")
def lookup(
    ctx: typer.Context,
    name: Name,
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    *,
    as_json: AsJson = False,
) -> None:
    """What the version in force says of a number."""
    settings = settings_of(ctx)
    from ari_app import main

    folder = main.open_registers(settings)
    name = _loaded(folder, name)
    version = folder.current(name)
    if version is None:
        raise Failed(f"{name}: no version of it is in force; `garbo register rollback {name} --to VERSION` names one")
    e164 = number_of(number, version.region)
    answer = main.answer_of_register(settings, name, e164)
    said = {
        "register": name,
        "number": e164,
        "answer": answer.answer if answer else "not_covered",
        "as_of": answer.answered_at if answer else None,
        "valid_until": answer.valid_until if answer else None,
        "version": version.version,
    }
    if as_json:
        document(said)
    else:
        pairs(said.items())


@registers.command("rollback")
def rollback(
    ctx: typer.Context,
    name: Name,
    *,
    to: Annotated[int | None, typer.Option(metavar="VERSION", help="Else the one before the one in force.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put an older version in force, with its own date; it is checked before."""
    from ari_app import main

    folder = main.open_registers(settings_of(ctx))
    name = _loaded(folder, name)
    with folder.changing(name):
        version = folder.roll_back(name, to).version
    if as_json:
        document(version)
    else:
        say(f"{name}: version {version.version} is in force, as of {local(version.as_of)}")
    _warn_if_old(version)


@registers.command("verify")
def verify(ctx: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Read every version and check that it is whole. Exit code 1: one is not."""
    from ari_app import main
    from ari_app.ports.register_files import RegisterDamaged

    folder = main.open_registers(settings_of(ctx))
    name = _loaded(folder, name)
    faults: dict[str, str] = {}

    def check(what: str, look: Callable[[], object]) -> None:
        try:
            look()
        except RegisterDamaged as failure:
            faults[what] = str(failure)

    check("in_force", lambda: folder.in_force(name))
    kept = folder.versions(name)
    for version in kept:
        check(str(version), lambda version=version: folder.read(name, version))  # type: ignore[misc]
    if as_json:
        document({"register": name, "versions": kept, "faults": faults})
    else:
        say(f"{name}: {len(kept)} versions, {'all whole' if not faults else 'not all are whole'}")
    if faults:
        raise Failed("; ".join(dict.fromkeys(faults.values())))


def _versions(folder: "RegisterFolder", name: str) -> "list[dict[str, object]]":
    from ari_app.ports.register_files import RegisterDamaged

    try:
        pointer = folder.pointer(name)
    except RegisterDamaged as failure:
        note(f"{failure}; `garbo register rollback {name} --to VERSION` names one")
        pointer = None
    found: list[dict[str, object]] = []
    for number in folder.versions(name):
        row: dict[str, object] = {
            "register": name,
            "version": number,
            "in_force": pointer is not None and pointer.version == number,
            **dict.fromkeys(("numbers", "prefixes", "as_of", "valid_until", "dated_by", "built_at", "way", "region")),
            "coverage": (),
            "files": (),
            "fault": "",
        }
        try:
            version = folder.header(name, number)
        except RegisterDamaged as failure:
            row["fault"] = str(failure)
        else:
            row |= _said(version)
        found.append(row)
    return found


def _said(version: "RegisterVersion") -> "dict[str, object]":
    return {
        "numbers": version.numbers,
        "prefixes": version.prefixes,
        "as_of": version.as_of,
        "valid_until": min(covered.valid_until for covered in version.coverage),
        "dated_by": version.dated_by,
        "built_at": version.built_at,
        "way": version.way,
        "region": version.region,
        "coverage": version.coverage,
        "files": tuple(f"{source.name} {source.sha256}" for source in version.sources),
    }


def _tell(report: "LoadReport", rejects: Path | None, *, as_json: bool) -> None:
    version, before = report.version, report.before
    if as_json:
        document(report)
    else:
        was = f", {before.numbers:,} before" if before else ""
        entries = f" and {version.prefixes:,} prefixes" if version.prefixes else ""
        say(f"{version.name} version {version.version}: {version.numbers:,} numbers{entries}{was}")
        say(
            f"rows {report.rows:,}  duplicates {report.duplicates:,}  rejected {report.rejected:,}  "
            f"outside {report.outside:,}  in {report.seconds:.1f} s"
        )
        for covered in version.coverage:
            say(f"covers {covered.prefix}: as of {local(covered.as_of)}, until {local(covered.valid_until)}")
    if version.dated_by == "file":
        note("its date is when the oldest file was last changed; --as-of says it better")
    if report.uncovered:
        note(f"not covered any more, and so denied: {', '.join(report.uncovered)}")
    if report.not_renewed and version.way == "changes":
        note(f"the changes say nothing of these, which keep their date: {', '.join(report.not_renewed)}")
    tell_rejects(report, rejects)
    _warn_if_old(version)


def _warn_if_old(version: "RegisterVersion") -> None:
    now = datetime.now(UTC)
    old = [covered.prefix for covered in version.coverage if covered.valid_until <= now]
    if old:
        note(f"WARNING: too old already, so that calls are denied as screening_expired: {', '.join(old)}")


def _named(name: str) -> str:
    """A register's name, as packs write it. Raises UsageFault."""
    from ari_app.ports.register_files import REGISTER_NAME

    plain = name.strip().upper()
    if not REGISTER_NAME.fullmatch(plain):
        raise UsageFault(f"{name!r}: a register is named as packs do, with letters, digits, '-' and '_', as US-DNC")
    return plain


def _loaded(folder: "RegisterFolder", name: str) -> str:
    """The name of a register that has a version. Raises UsageFault."""
    plain = _named(name)
    if not folder.versions(plain):
        names = ", ".join(folder.names())
        raise UsageFault(f"{plain} was never loaded; " + (f"there is {names}" if names else "no register was"))
    return plain
