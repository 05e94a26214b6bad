"""Sign-in, phones and the workers' agreement: wired for the gate's site, and opened for one command."""

from collections.abc import Callable
from dataclasses import dataclass

from ari_app.config import Settings
from ari_app.desk.seats import Seats
from ari_app.desk.signing_in import SigningIn
from ari_app.desk.workers import Workers
from ari_app.main.books import open_database
from ari_app.main.clocks import SystemClock
from ari_app.policy.request import Operator, Role
from ari_app.ports.clock import Clock
from ari_app.ports.observer import Observer
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.logins import LoginBook, SqlLogins
from ari_app.stores.passwords import Passwords
from ari_app.stores.phones import PhoneBook, SqlPhones
from ari_app.stores.tokens import SqlTokens
from ari_app.stores.web_sessions import SessionBook, SqlWebSessions
from ari_app.stores.workers import AgreementBook, SqlWorkers
from ari_app.web.application import Room
from ari_app.web.sign_in import phones_room, sign_in_room


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInDesk:
    """What this part adds to the site, and what other parts ask."""

    rooms: tuple[Room, ...]
    """Before those that ask who is signed in."""
    seats: Seats
    workers: Workers
    kept_workers: SqlWorkers
    """Where spans of operators' time go."""


def sign_in_desk(
    settings: Settings, database: Database, *, clock: Clock, observer: Observer, moved: Callable[[str], None]
) -> SignInDesk:
    """`moved` is told the id of an operator who has another phone now."""
    sessions = SqlWebSessions(database, clock)
    seats = Seats(SqlPhones(database, clock), observer=observer, moved=moved)
    signing_in = SigningIn(
        logins=SqlLogins(database, Passwords(), clock), sessions=sessions, seats=seats, clock=clock, observer=observer
    )
    kept = SqlWorkers(database, clock)

    async def sweep() -> None:
        await sessions.sweep()
        await seats.sweep()

    secure = settings.web.public_url.startswith("https://")
    return SignInDesk(
        rooms=(
            sign_in_room(signing_in, secure=secure, sweep=sweep),
            phones_room(seats, SqlTokens(database, clock).granted),
        ),
        seats=seats,
        workers=Workers(kept),
        kept_workers=kept,
    )


def open_logins(settings: Settings) -> LoginBook:
    """How people sign in. Raises StoreError."""
    return LoginBook(open_database(settings), Passwords(), SystemClock())


def open_web_sessions(settings: Settings) -> SessionBook:
    """Browsers that are signed in. Raises StoreError."""
    return SessionBook(open_database(settings), SystemClock())


def open_phones(settings: Settings) -> PhoneBook:
    """Who sits at which phone. Raises StoreError."""
    return PhoneBook(open_database(settings), SystemClock())


def open_agreements(settings: Settings) -> AgreementBook:
    """The workers' agreements. Raises StoreError."""
    return AgreementBook(open_database(settings), SystemClock())


def first_admin(settings: Settings, admin: str, *, language: str) -> str | None:
    """
    Make the first admin, whose password must be changed at first sign-in; the password, told this once.

    None: somebody is an admin already. Raises StoreConflict: the name is somebody else's; StoreUnavailable.
    """
    database = open_database(settings)
    try:
        logins = LoginBook(database, Passwords(), SystemClock())
        if logins.any_admin():
            return None
        directory = Directory(database)
        held = directory.operator(admin)
        if held is None:
            directory.add_operator(Operator(id=admin, endpoint="", language=language, role=Role.ADMIN))
        elif held.role is not Role.ADMIN:
            raise StoreConflict(f"operator {admin} is {held.role}, not an admin; name another with --admin")
        return logins.generate(admin)[1]
    finally:
        database.close()
