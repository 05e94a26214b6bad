"""`garbo consent`: what somebody agreed to, as it is on record. Consents come by `garbo import consents`."""

from typing import Annotated

import typer

from ari_app.cli.asked import number_of, settings_of
from ari_app.cli.said import AsJson, document, plain, table

consents = typer.Typer()


@consents.callback()
def _group() -> None:
    """A group, though it has one command: more will come."""


@consents.command("show")
def show(
    ctx: typer.Context, number: Annotated[str, typer.Argument(metavar="NUMBER")], *, as_json: AsJson = False
) -> None:
    """Show every consent of a number, withdrawn ones too; the id is what `suppression lift` asks for."""
    settings = settings_of(ctx)
    from ari_app import main

    e164 = number_of(number, settings.gate.region)
    held = main.open_consents(settings).show(e164)
    if as_json:
        rows = ((plain(each.consent), each) for each in held)
        heads = ((said, {"number": e164, "principal": each.principal, "channel": each.channel}) for said, each in rows)
        document([{**head, **said} for said, head in heads if isinstance(said, dict)])
        return
    columns = ("ID", "PRINCIPAL", "PURPOSE", "FORM", "CHANNEL", "GIVEN", "TEXT", "EVIDENCE", "WITHDRAWN")
    told = []
    for each in held:
        what = each.consent
        head = (what.id, each.principal, what.purpose, what.form.value, each.channel, what.given_at)
        told.append((*head, what.text_version, what.evidence, what.withdrawn_at))
    table(columns, told, empty=f"no consent of {e164} is on record")
