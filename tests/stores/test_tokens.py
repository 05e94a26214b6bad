"""Tokens for the HTTP API, on both engines: shown once, kept as hashes, ended at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ari_app.ports.tokens import Grant, TokenScope
from ari_app.ports.verdicts import StoreConflict
from ari_app.stores.database import Database
from ari_app.stores.directory import Directory
from ari_app.stores.tables import token
from ari_app.stores.tokens import SqlTokens
from tests.stores.samples import NOW, SetClock


@pytest.fixture
def tokens(database: Database) -> SqlTokens:
    """A principal without tokens."""
    Directory(database).add_principal("fastnet", name="Fastnet", country="IT")
    return SqlTokens(database, SetClock())


async def test_a_token_lets_its_bearer_in(tokens: SqlTokens) -> None:
    """With its scope and its principal; another spelling is another token."""
    entry, secret = tokens.create(TokenScope.CUSTOMERS, principal="fastnet")
    assert await tokens.granted(secret) == Grant(token_id=entry.id, scope=TokenScope.CUSTOMERS, principal="fastnet")
    for other in ("", "garbo_", secret[:-1], secret + "A", secret.lower(), secret.removeprefix("garbo_"), "é" * 49):
        assert await tokens.granted(other) is None


async def test_the_secret_is_nowhere(tokens: SqlTokens, database: Database) -> None:
    """Neither in what is listed nor in the table; no two are alike."""
    secrets = {tokens.create(TokenScope.VERDICTS, principal=None)[1] for _ in range(20)}
    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {len("garbo_") + 43}
    rows = repr(database.read(lambda connection: connection.execute(select(token)).all())) + repr(tokens.all())
    assert not [secret for secret in secrets if secret in rows or secret.removeprefix("garbo_") in rows]


async def test_a_revoked_token_is_none(tokens: SqlTokens) -> None:
    """It stays in the list with its instant; again is no error."""
    clock = SetClock()
    entry, secret = tokens.create(TokenScope.CUSTOMERS, principal="fastnet")
    tokens.create(TokenScope.VERDICTS, principal=None)
    assert tokens.revoke(entry.id).revoked_at == NOW
    clock.pass_by(timedelta(hours=1))
    assert tokens.revoke(entry.id).revoked_at == NOW
    assert await tokens.granted(secret) is None
    assert [(each.scope, each.principal, each.revoked_at) for each in tokens.all()] == [
        (TokenScope.CUSTOMERS, "fastnet", NOW),
        (TokenScope.VERDICTS, None, None),
    ]


def test_a_token_that_would_be_too_strong_is_not_made(tokens: SqlTokens) -> None:
    """For customers of everybody, or of nobody."""
    with pytest.raises(StoreConflict, match="--principal"):
        tokens.create(TokenScope.CUSTOMERS, principal=None)
    with pytest.raises(StoreConflict, match="no principal nobody"):
        tokens.create(TokenScope.CUSTOMERS, principal="nobody")
    with pytest.raises(StoreConflict, match="no token x"):
        tokens.revoke("x")
    assert tokens.all() == []
