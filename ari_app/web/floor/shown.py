"""Numbers, instants and words as somebody reads them, in their language; instants by this machine's own clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent

from ari_app.policy.reason_words import reason_words
from ari_app.web.floor.words import WORDS
from ari_app.web.plurals import noun
from ari_app.web.words import language_of

_PERCENT = "#,##0.0%"


class Shown:
    """One language's way of writing."""

    def __init__(self, language: str) -> None:
        """Of a language that the pages do not speak it becomes English."""
        self.language = language_of(language)
        self.words: Mapping[str, str] = WORDS[self.language]

    def number(self, value: int) -> str:
        """With its thousands parted."""
        return format_decimal(value, locale=self.language)

    def noun(self, key: str, number: int) -> str:
        """The word that stands after this number."""
        return noun(self.words, key, number, self.language)

    def share(self, value: float | None) -> str:
        """As a percentage; None: there is nothing to tell."""
        return format_percent(value, format=_PERCENT, locale=self.language) if value is not None else "–"

    def part(self, number: int, of: int) -> str:
        """A number as a percentage of another."""
        return self.share(number / of if of else None)

    def at(self, value: datetime) -> str:
        """Day and time; the month as a word, since its number is read differently from place to place."""
        local = value.astimezone()
        day = format_date(local.date(), "medium", locale=self.language)
        return f"{day}, {format_time(local, 'short', locale=self.language)}"

    def to_the_second(self, value: datetime) -> str:
        """Day and time, with seconds."""
        return format_datetime(value.astimezone(), "medium", locale=self.language)

    def clock(self, value: datetime) -> str:
        """The time alone, with seconds."""
        return format_time(value.astimezone(), "medium", locale=self.language)

    def hour(self, value: datetime) -> str:
        """The hour alone, of twenty-four."""
        return format_time(value.astimezone(), "HH", locale=self.language)

    def day(self, value: datetime) -> str:
        """The day alone, in full."""
        return format_date(value.astimezone().date(), "full", locale=self.language)

    def lasting(self, value: timedelta) -> str:
        """How long, roughly."""
        return format_timedelta(max(value, timedelta(seconds=1)), granularity="second", locale=self.language)

    def running(self, value: timedelta) -> str:
        """How long a call has run, as `3:07`."""
        seconds = max(0, int(value.total_seconds()))
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def reason(self, code: str) -> str:
        """A reason code in words."""
        return reason_words(code, self.language) if code else self.words["no_reason"]

    def word(self, kind: str, value: str) -> str:
        """A word of ours, as `outcome` and `busy`; one that is not known stands for itself."""
        return self.words.get(f"{kind}_{value}", value)
