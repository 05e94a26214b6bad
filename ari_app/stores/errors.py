"""
What a database says when it cannot, in the words of the ports; the one place where foreign exceptions are mapped.

    StoreError (ports.verdicts)
    ├── StoreUnavailable     the database did not answer in time, or not at all
    ├── StoreConflict        what was asked contradicts what is on record
    └── SchemaError          the database's schema is not the one of this program

A message never carries parameters: they may be telephone numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ari_app.ports.verdicts import StoreConflict, StoreError, StoreUnavailable


class SchemaError(StoreError):
    """The database has an older or newer schema than this program, or none."""


@contextmanager
def mapped() -> Iterator[None]:
    """Turn what SQLAlchemy and its drivers raise into StoreUnavailable or StoreConflict, chained."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        raise StoreConflict(f"the database refused what contradicts its record: {_said(error)}") from error
    except UnicodeError as error:
        raise StoreConflict("a text is not valid Unicode and cannot be recorded") from error
    except DBAPIError as error:
        raise StoreUnavailable(f"the database did not answer: {_said(error)}") from error
    except (PoolTimeout, DisconnectionError) as error:
        raise StoreUnavailable("no connection to the database became free in time") from error


def _said(error: DBAPIError) -> str:
    """The first line only: PostgreSQL puts values into the lines after it."""
    lines = str(error.orig).splitlines()
    return lines[0] if lines else type(error).__name__
