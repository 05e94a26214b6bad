"""What every table has in common: the names of its constraints, and the list version that a row belongs to."""

from sqlalchemy import Column, ForeignKey, Integer, MetaData, text

MANUAL = 1
"""The list version of everything that was not imported; always published."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def list_version_column() -> Column[int]:
    """The version a row came with; it counts only once that is published."""
    return Column("list_version", Integer, ForeignKey("list_version.id"), nullable=False, server_default=text("1"))
