"""The floor over HTTP, on a real database: who sees what, what is told, what is found, what is corrected."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import event, insert, text

from ari_app.policy.disposition import Disposition
from ari_app.policy.outcome import Outcome
from ari_app.policy.request import CallMode, Purpose
from ari_app.ports.bypasses import Done, Way, Why
from ari_app.stores.tables import bypass
from ari_app.web.floor import CorrectionRefusedError
from ari_app.web.floor.words import WORDS
from tests.stores.a_day import WINTER
from tests.stores.samples import AUTUMN, NOW
from tests.web.floor.conftest import SECRET_NOTE, House, Seen, Visitor

Visit = Callable[[str], Visitor]
PAGES = ("/floor", "/floor/operators", "/floor/campaigns", "/floor/calls", f"/floor/campaigns/{AUTUMN.id}")
CHARTS = ("/floor/charts/reasons.svg", "/floor/charts/hours.svg", "/floor/charts/trend.svg")


def test_both_languages_have_every_word() -> None:
    """No page lacks a word in one language, and no word is empty."""
    assert WORDS["it"].keys() == WORDS["en"].keys()
    assert all(word for words in WORDS.values() for word in words.values())


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("word", list(Disposition)),
        ("outcome", list(Outcome)),
        ("purpose", list(Purpose)),
        ("mode", list(CallMode)),
        ("said", ["passed", "objected", "not_applicable", "lifted", "unknown", "error"]),
        ("phase", ["dialled", "ringing", "answered", "ended"]),
        ("bypass_way", list(Way)),
        ("bypass_why", list(Why)),
        ("bypass_done", list(Done)),
        ("state", ["available", "in_call", "after_call", "break", "offline"]),
    ],
)
def test_every_word_that_records_use_is_told_in_plain_words(kind: str, values: list[str]) -> None:
    """A word that is added elsewhere needs one here."""
    assert [value for value in values for words in WORDS.values() if f"{kind}_{value}" not in words] == []


@pytest.mark.parametrize("path", [*PAGES, *CHARTS])
async def test_who_may_look(visit: Visit, path: str) -> None:
    """Supervisors, admins and auditors; an operator is refused, and who is not signed in is led to the way in."""
    for who in ("sara", "ada", "aldo", "wanda"):
        if who != "wanda" or AUTUMN.id not in path:
            await visit(who).get(path)
    await visit("anna").get(path, status=403)
    await visit("nobody").get(path, status=303)


async def test_the_overview_tells_the_day(visit: Visit) -> None:
    """What was given, why calls were stopped, what is under way, and shadow mode loudly."""
    told = await visit("sara").get("/floor")
    for expected in (
        *("La sala", "È già cliente", "Mai verificato nel registro pubblico", "Chiamate in corso"),
        *(
            "MODALITÀ OMBRA",
            WINTER.id,
            "2 <span>in ritardo",
            "RPO",
            "squilla",
            "1:37",
            "7.768",
            "verifica nel registro",
        ),
    ):
        assert expected in told, expected
    assert "+39333" not in told


async def test_it_speaks_the_language_of_who_looks(visit: Visit) -> None:
    """Numbers and dates as well."""
    told = await visit("ada").get("/floor")
    for expected in ('lang="en"', "The floor", "Already a customer", "7,768", "SHADOW MODE", "November 22", "ringing"):
        assert expected in told, expected


async def test_a_supervisor_who_is_named_by_campaigns_sees_these_alone(house: House, visit: Visit) -> None:
    """On every page, in every picture and in every search."""
    wanda = visit("wanda")
    for path in ("/floor", "/floor/campaigns", "/floor/calls?since=2026-11-20&until=2026-11-25"):
        told = await wanda.get(path)
        assert AUTUMN.id not in told, path
        assert WINTER.id in told, path
    await wanda.get(f"/floor/campaigns/{AUTUMN.id}", status=404)
    await wanda.get(f"/floor/charts/hours.svg?campaign={AUTUMN.id}", status=404)
    theirs, others = (
        next(said.call_id for said, *_ in house.past.made if said.campaign == each.id) for each in (WINTER, AUTUMN)
    )
    await wanda.get(f"/floor/calls/{theirs}")
    await wanda.get(f"/floor/calls/{others}", status=404)
    assert AUTUMN.id not in await wanda.get(f"/floor/calls?since=2026-11-20&until=2026-11-25&campaign={AUTUMN.id}")


async def test_who_is_no_supervisor_any_more_sees_nothing(visit: Visit) -> None:
    """A session that outlived its person shows an empty floor."""
    told = await visit("ghost").get("/floor")
    assert AUTUMN.id not in told
    assert WINTER.id not in told


async def test_twenty_supervisors_cost_as_one(house: House, visit: Visit) -> None:
    """What was counted is kept for a moment, and not for longer."""
    for _ in range(20):
        await visit("sara").get("/floor")
        await visit("ada").get("/floor")
    assert house.counted == 1
    house.clock.pass_by(timedelta(seconds=2))
    await visit("sara").get("/floor")
    assert house.counted == 2


class TestOperators:
    """By team, unless an agreement permits more."""

    async def test_by_team_alone(self, visit: Visit) -> None:
        """No name anywhere on the floor, not beside a call either."""
        for path in ("/floor", "/floor/operators"):
            told = await visit("sara").get(path)
            for name in ("anna", "bruno", "carla"):
                assert name not in told, path
            assert "senza squadra + nord" in told

    async def test_who_is_in_no_group_is_in_no_sum(self, house: House, visit: Visit) -> None:
        """Without groups nothing is told."""
        house.scope = Seen()
        told = await visit("sara").get("/floor/operators")
        assert "Nessun gruppo" in told
        assert "<tbody>" not in told

    async def test_with_an_agreement_one_by_one(self, house: House, visit: Visit) -> None:
        """Names, states and since when; and who is on a call."""
        house.scope = Seen(singly=True)
        told = await visit("sara").get("/floor/operators")
        assert re.search(r"anna</th><td>nord</td><td>in chiamata</td><td>7 minuti", told)
        assert "anna" in await visit("sara").get("/floor")


class TestCampaigns:
    """Read-only, with what binds them."""

    async def test_one_of_them(self, visit: Visit) -> None:
        """Packs with their standing, routes, lists, silent calls against their ceiling."""
        told = await visit("sara").get(f"/floor/campaigns/{AUTUMN.id}")
        for expected in (
            *("bozza, non verificata da nessun legale", "customer = ended", "offerta", "former", "RPO", "310"),
            *("limite 3,0%", "it/", "+390200000001", "Fastnet", "8.120"),
        ):
            assert expected in told, expected
        assert "MODALITÀ OMBRA" not in told

    async def test_shadow_mode_cannot_be_overlooked(self, visit: Visit) -> None:
        """Nor what it let pass."""
        told = await visit("sara").get(f"/floor/campaigns/{WINTER.id}")
        assert "MODALITÀ OMBRA" in told
        assert "in vigore non sarebbero partite" in told

    async def test_a_pack_that_is_missing_is_told(self, house: House, visit: Visit) -> None:
        """It stops every call, so it is not just left out."""
        house.directory.set_campaign(AUTUMN.id, packs=("it", "vanished"))
        assert "manca: tutte le chiamate sono fermate" in await visit("sara").get(f"/floor/campaigns/{AUTUMN.id}")

    @pytest.mark.parametrize("name", ["nowhere", "..", "%2e%2e%2fx", "a%00b", "<b>"])
    async def test_no_such_campaign(self, visit: Visit, name: str) -> None:
        """The courteous page."""
        await visit("sara").get(f"/floor/campaigns/{quote(name, safe='%')}", status=404)


@pytest.mark.usefixtures("empty_house")
async def test_an_empty_day(visit: Visit) -> None:
    """Nothing is counted yet, and every page says so instead of failing."""
    for path in (*PAGES, *CHARTS):
        await visit("ada").get(path)
    told = await visit("sara").get("/floor")
    assert "Oggi nessuna chiamata è stata fermata." in told
    assert "non ancora contati" in told


async def test_a_gate_that_does_not_work_is_told(house: House, visit: Visit) -> None:
    """At the top, in words."""
    house.health["ari"] = False
    told = await visit("sara").get("/floor")
    assert "NON funziona" in told
    assert "non funziona: le chiamate non partono" in told


async def test_a_call_that_went_round_the_gate_is_told_to_those_who_see_all(house: House, visit: Visit) -> None:
    """From where and how; of whom only where operators may be told singly; and whether anybody watches."""
    row = {"id": "1", "at": house.clock.now(), "gate": "garbo-a", "trunk": "PJSIP/trunk", "channel": "PJSIP/trunk-1"}
    how = '{"way": "originated", "context": "from-crm", "exten": "s", "application": "Wait"}'
    end = {
        "caller": "PJSIP/777",
        "operator": "anna-at-777",
        "how": how,
        "why": "no_permit",
        "done": "failed",
        "took_ms": 2,
    }
    house.database.write(lambda connection: connection.execute(insert(bypass), {**row, **end}))
    told = await visit("ada").get("/floor")
    assert [word for word in ("PJSIP/777", "from-crm Wait", "NOT ended", "no permit") if word not in told] == []
    assert "anna-at-777" not in told
    house.scope = Seen(singly=True)
    assert "anna-at-777" in await visit("ada").get("/floor")
    assert "PJSIP/777" not in await visit("wanda").get("/floor")


async def test_a_watch_that_is_blind_is_told_and_stops_nothing(house: House, visit: Visit) -> None:
    """Lost, or never configured; the gate goes on."""
    house.guards["ami"] = False
    told = await visit("sara").get("/floor")
    assert "non funziona: le chiamate fuori dal controllo non si vedono" in told
    assert "NON funziona" not in told
    house.guards.clear()
    assert "non configurata: le chiamate fuori dal controllo non si vedono" in await visit("sara").get("/floor")


async def test_without_a_database_the_floor_asks_for_patience(house: House, visit: Visit) -> None:
    """503 and no word of what failed; nothing old is shown as if it were new."""
    house.database.write(lambda connection: connection.execute(text("DROP TABLE hour_count")))
    told = await visit("sara").get("/floor", status=503)
    assert "hour_count" not in told


class TestCharts:
    """Pictures that need nothing beside them."""

    @pytest.mark.parametrize(
        "path", [*CHARTS, "/floor/charts/reasons.svg?shadow=1", f"{CHARTS[1]}?campaign={AUTUMN.id}"]
    )
    async def test_no_script_and_nothing_from_elsewhere(self, visit: Visit, path: str) -> None:
        """And a policy that would not let it run."""
        async with visit("sara").client.get(path, cookies={"person": "sara"}) as answer:
            svg = await answer.text()
            assert answer.content_type == "image/svg+xml"
            assert "script-src" not in answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in svg
        assert not re.search(r"(href|src)=|@import|url\((?!#)", svg)

    async def test_what_they_show_is_told_in_words_and_in_a_table(self, visit: Visit) -> None:
        """The same numbers three times: drawn, as the picture's text, and as a table."""
        told = await visit("ada").get("/floor")
        stopped = told.partition("shadow-reasons-title")[0]
        table = dict(re.findall(r"<code>([a-z_]+)</code></th><td>(\d+)</td>", stopped))
        alt = re.search(r'reasons\.svg[^>]*alt="([^"]*)"', told)
        assert alt
        assert f"Already a customer: {table['already_customer']}" in alt[1]
        svg = await visit("ada").get("/floor/charts/reasons.svg")
        assert f">{table['already_customer']}<" in svg


class TestSearch:
    """Past calls, by whom they were to and by what came of them."""

    async def test_a_number_never_stands_in_an_address(self, house: House, visit: Visit) -> None:
        """The form leads to a page whose address says nothing, for who sent it alone."""
        number = next(said.callee for said, *_ in house.past.made if said.callee)
        status, _, headers = await visit("sara").post("/floor/calls", who=number.removeprefix("+39"))
        assert status == 303
        assert number[-6:] not in headers["Location"]
        told = await visit("sara").get(headers["Location"])
        mine = {said.call_id for said, *_ in house.past.made if said.callee == number}
        assert set(re.findall(r'href="/floor/calls/([0-9A-Z]{26})"', told)) == mine
        assert "scaduta" in await visit("aldo").get(headers["Location"], status=410)
        house.clock.pass_by(timedelta(minutes=31))
        await visit("sara").get(headers["Location"], status=410)

    async def test_a_call_id_leads_to_its_call(self, house: House, visit: Visit) -> None:
        """However it is spelled."""
        call_id = house.past.made[0][0].call_id
        for written in (call_id, f"  {call_id.lower()} "):
            status, _, headers = await visit("sara").post("/floor/calls", who=written)
            assert (status, headers["Location"]) == (303, f"/floor/calls/{call_id}")

    async def test_what_names_nobody_may_stand_in_an_address(self, visit: Visit) -> None:
        """Campaign, verdict and days."""
        asked = {"campaign": AUTUMN.id, "verdict": "deny", "since": "2026-11-21", "until": "2026-11-23"}
        _, _, headers = await visit("sara").post("/floor/calls", **asked)
        told = await visit("sara").get(headers["Location"])
        assert "verdict deny" in told
        assert "verdict permit" not in told
        assert not re.search(r"\+39\d{9}", told)

    @pytest.mark.parametrize("who", ["12", "hello", "'; DROP TABLE verdict", "<script>alert(1)</script>", "0" * 5000])
    async def test_what_is_no_number_is_refused_with_a_word(self, visit: Visit, who: str) -> None:
        """And what was written is still there, escaped."""
        status, told, _ = await visit("sara").post("/floor/calls", who=who)
        assert status == 422
        assert "né il codice di una chiamata" in told
        assert "<script>alert" not in told

    @pytest.mark.parametrize(
        "query",
        [
            "since=2026-11-25&until=2026-11-20",
            "since=yesterday",
            "since=1066-10-14",
            "since=2026-01-01&until=2026-11-20",
        ],
    )
    async def test_days_that_are_none_are_refused_with_a_word(self, visit: Visit, query: str) -> None:
        """Also spans that nobody would read to the end."""
        assert "Le date non vanno" in await visit("sara").get(f"/floor/calls?{query}", status=422)

    @pytest.mark.parametrize("query", ["before=nonsense", "verdict=perhaps", "campaign=nowhere", "search=", "before="])
    async def test_an_address_that_somebody_made_up_harms_nothing(self, visit: Visit, query: str) -> None:
        """What is not understood is not asked for."""
        await visit("sara").get(f"/floor/calls?{query}")

    async def test_pages_go_on_where_the_last_ended(self, house: House, visit: Visit) -> None:
        """To the last one."""
        found: list[str] = []
        path = "/floor/calls?since=2026-11-20&until=2026-11-25"
        while path:
            told = await visit("sara").get(path)
            found += re.findall(r'<th scope="row"><a href="/floor/calls/([0-9A-Z]{26})"', told)
            older = re.search(r'<a href="(/floor/calls\?[^"]*before=[^"]*)"', told)
            path = older[1].replace("&amp;", "&") if older else ""
        assert len(found) == len(house.past.made) == len(set(found))

    async def test_a_form_without_its_token_is_refused(self, visit: Visit) -> None:
        """Another site cannot search in somebody's name."""
        assert (await visit("sara").post("/floor/calls", who="3331234567", csrf="forged"))[0] == 403


class TestCall:
    """One call, whole, and corrected."""

    async def test_it_is_told_in_plain_words(self, visit: Visit, spoken: str) -> None:
        """Verdict, course, rules, walk with its disclosures, words."""
        told = await visit("sara").get(f"/floor/calls/{spoken}")
        for expected in (
            *("ammessa", "risposto", "+39333", "core/valid_number", "nulla in contrario", "saluto", "who, why"),
            *("no a questa proposta", SECRET_NOTE, "anna", "Correggere l&#39;esito"),
        ):
            assert expected in told, expected

    async def test_a_refused_call_says_why_and_from_when(self, house: House, visit: Visit) -> None:
        """There is nothing to correct on it."""
        refused = next(said for said, *_ in house.past.made if said.verdict == "defer")
        told = await visit("sara").get(f"/floor/calls/{refused.call_id}")
        assert "Perché la chiamata non è stata ammessa" in told
        assert "Ammessa dal" in told
        assert "Correggere" not in told

    async def test_an_auditor_reads_no_notes_and_corrects_nothing(
        self, house: House, visit: Visit, spoken: str
    ) -> None:
        """They see verdict and words."""
        told = await visit("aldo").get(f"/floor/calls/{spoken}")
        assert SECRET_NOTE not in told
        assert "no a questa proposta" in told
        assert "Correggere" not in told
        status, *_ = await visit("aldo").post(f"/floor/calls/{spoken}/word", word="sold", recording="r")
        assert status == 403
        assert house.corrected == []

    async def test_a_correction_names_its_recording_and_keeps_both(
        self, house: House, visit: Visit, spoken: str
    ) -> None:
        """The page says so, and which of them counts."""
        status, _, headers = await visit("sara").post(
            f"/floor/calls/{spoken}/word", word="interested", recording="rec-17", note="listened"
        )
        assert status == 303
        told = await visit("sara").get(headers["Location"])
        assert "La correzione è agli atti" in told
        assert re.search(r"no a questa proposta <span class=\"tag\">sostituito", told)
        assert re.search(r"interessata <span class=\"tag\">vale", told)
        assert "correzione: rec-17" in told
        assert house.corrected[0]["supervisor"] == "sara"

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"word": "sold"}, "Si indichi la registrazione"),
            ({"word": "sold", "recording": "   "}, "Si indichi la registrazione"),
            ({"word": "", "recording": "r"}, "Si scelga un esito"),
            ({"word": "no such word", "recording": "r"}, "Si scelga un esito"),
            ({"word": "callback", "recording": "r"}, "La data della richiamata non va"),
            ({"word": "callback", "recording": "r", "due_at": "tomorrow"}, "La data della richiamata non va"),
        ],
    )
    async def test_a_correction_that_lacks_something_changes_nothing(
        self, house: House, visit: Visit, spoken: str, fields: dict[str, str], said: str
    ) -> None:
        """It says what."""
        status, told, _ = await visit("sara").post(f"/floor/calls/{spoken}/word", **fields)
        assert status == 422
        assert said in told
        assert house.corrected == []

    async def test_a_promise_that_could_not_be_kept_is_refused_with_the_first_that_could(
        self, house: House, visit: Visit, spoken: str
    ) -> None:
        """In the page, with what was written still there."""
        house.refuses = CorrectionRefusedError("A quest'ora non si chiama.", first_allowed=NOW + timedelta(days=1))
        fields = {"word": "callback", "recording": "rec-18", "due_at": "2026-11-29T23:30"}
        status, told, _ = await visit("sara").post(f"/floor/calls/{spoken}/word", **fields)
        assert status == 422
        assert "Il primo momento possibile: 23 nov 2026" in told
        assert "rec-18" in told

    async def test_a_number_that_was_erased_is_told_as_such(self, house: House, visit: Visit, spoken: str) -> None:
        """The rest of the record stands."""
        house.database.write(lambda c: c.execute(text("DELETE FROM verdict_personal")))
        told = await visit("sara").get(f"/floor/calls/{spoken}")
        assert "cancellato" in told
        assert "+39333" not in told

    @pytest.mark.parametrize("call_id", ["01NOSUCHCALL", "..", "x" * 3000])
    async def test_no_such_call(self, visit: Visit, call_id: str) -> None:
        """The courteous page."""
        await visit("sara").get(f"/floor/calls/{call_id}", status=404)


async def test_looking_writes_nothing(house: House, visit: Visit, spoken: str) -> None:
    """Every page is read without one statement that changes a row."""
    statements: list[str] = []
    event.listen(house.database.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    for path in (*PAGES, *CHARTS, f"/floor/calls/{spoken}"):
        await visit("sara").get(path)
    assert statements
    assert [
        each for each in statements if not each.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN", "WITH"))
    ] == []
