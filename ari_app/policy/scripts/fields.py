"""
Merge fields: what a script may say of this call, this callee and this operator, and the filling of its words.

Each field is text by the time it is said: dates and lists are worded in the language of the script. What is personal,
and what a contract tells, is not for whoever happens to pick up the phone: the lint keeps it behind an identity step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list

from ari_app.policy.request import Campaign
from ari_app.policy.scripts.situation import Situation
from ari_app.policy.scripts.templates import EmptyField, TemplateFault, Use, Words, read_words, said
from ari_app.policy.sectors import SECTORS


class FieldError(Exception):
    """Words cannot be filled; `fields` are those that are empty or unknown, if it is for them."""

    def __init__(self, message: str, fields: tuple[str, ...] = ()) -> None:
        """Keep the names; a value is never in the message."""
        super().__init__(message)
        self.fields = fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One merge field."""

    name: str
    means: Mapping[str, str]
    personal: bool = False
    """Personal, or told by a contract: said only once it is known who is on the line."""
    asks_who: bool = False
    """The name of who is looked for: it may also be said where it is asked whether they are on the line."""
    may_be_empty: bool = False


_ALL = (
    Field(name="operator.name", means={"it": "il nome di chi chiama", "en": "the name of who calls"}),
    Field(name="principal.name", means={"it": "il committente", "en": "the principal"}),
    Field(name="campaign.sector", means={"it": "di che settore si tratta", "en": "which sector it is about"}),
    Field(
        name="campaign.product",
        means={"it": "il prodotto della campagna", "en": "the campaign's product"},
        may_be_empty=True,
    ),
    Field(
        name="list.source", means={"it": "da dove viene il numero", "en": "where the number is from"}, may_be_empty=True
    ),
    Field(
        name="callee.name",
        means={"it": "il nome della persona cercata", "en": "the name of who is looked for"},
        personal=True,
        asks_who=True,
        may_be_empty=True,
    ),
    Field(
        name="customer.products",
        means={"it": "i prodotti che ha il cliente", "en": "the products that the customer has"},
        personal=True,
        may_be_empty=True,
    ),
    Field(
        name="customer.since",
        means={"it": "da quando è cliente", "en": "since when they are a customer"},
        personal=True,
        may_be_empty=True,
    ),
    Field(
        name="customer.until",
        means={"it": "fino a quando è stato cliente", "en": "until when they were a customer"},
        personal=True,
        may_be_empty=True,
    ),
    Field(
        name="last.at",
        means={"it": "il giorno dell'ultima conversazione", "en": "the day of the last conversation"},
        personal=True,
        may_be_empty=True,
    ),
    Field(
        name="last.operator",
        means={"it": "l'operatore dell'ultima conversazione", "en": "the operator of the last conversation"},
        personal=True,
        may_be_empty=True,
    ),
    Field(
        name="callback.due",
        means={"it": "quando si è promesso di richiamare", "en": "when a call was promised for"},
        personal=True,
        may_be_empty=True,
    ),
    Field(
        name="callback.by",
        means={"it": "chi ha promesso di richiamare", "en": "who promised to call"},
        personal=True,
        may_be_empty=True,
    ),
)
FIELDS: Mapping[str, Field] = {field.name: field for field in _ALL}
"""Every field there is, by its name."""

_GIVEN_BY_VARIANT: Mapping[str, frozenset[str]] = {"spoken_before": frozenset({"last.at"})}
_GIVEN_BY_WORD: Mapping[tuple[str, str], frozenset[str]] = {
    ("spoken", "yes"): frozenset({"last.at"}),
    ("callback", "yes"): frozenset({"callback.due"}),
}
_GIVEN_BY_ANY_WORD: Mapping[str, frozenset[str]] = {
    "products": frozenset({"customer.products"}),
    "product": frozenset({"campaign.product"}),
}

_ENGLISH = Locale("en", "GB")  # day before month, and hours up to 24, as the other languages have it
_NAMELESS = {"it": "(il suo nome)", "en": "(your name)"}


def given_by_variant(variant: str) -> frozenset[str]:
    """Fields that are never empty for whom this variant is meant."""
    return _GIVEN_BY_VARIANT.get(variant, frozenset())


def given_by(name: str, word: str) -> frozenset[str]:
    """Fields that are never empty for whom the condition `name = word` fits."""
    return _GIVEN_BY_WORD.get((name, word), _GIVEN_BY_ANY_WORD.get(name, frozenset()))


def uses_of(text: str) -> tuple[Use, ...]:
    """Where the words use which fields. Raises FieldError: they are no words that could ever be filled."""
    return _read(text).uses


def fill(text: str, fields: Mapping[str, object]) -> str:
    """
    The words with their fields filled; plain text, to be escaped where it is shown.

    Raises FieldError: a field is empty or unknown, so that there would be a gap, or the words are no template.
    """
    if "{" not in text and "}" not in text:
        return text
    words = _read(text)
    try:
        filled = said(words, fields)
    except EmptyField:
        empty = tuple(dict.fromkeys(use.field for use in words.uses if use.bare and not _value(fields, use.field)))
        raise FieldError(f"nothing is known for {' and '.join(empty)}", empty) from None
    except TemplateFault as fault:
        raise FieldError(f"the text {fault}") from fault
    if not filled.strip():
        raise FieldError("nothing would be said")
    return filled


def merge_fields(
    situation: Situation,
    *,
    language: str,
    operator: str = "",
    operator_name: str = "",
    principal_name: str = "",
    campaign: Campaign | None = None,
    callee_name: str = "",
    zone: tzinfo = UTC,
) -> Mapping[str, object]:
    """
    The fields of one call for `fill`, worded in `language`; what is not known is empty.

    `zone` is the callee's own, for days and hours.
    """
    locale = _locale(language)
    principal = principal_name or ((campaign.principal_name or campaign.principal) if campaign else "")
    values = {
        "operator.name": operator_name or operator or _NAMELESS.get(language, _NAMELESS["en"]),
        "principal.name": principal,
        "campaign.sector": _sector(situation.sector or (campaign.sector if campaign else ""), language),
        "campaign.product": situation.product or (campaign.product if campaign else ""),
        "list.source": situation.list_source,
        "callee.name": callee_name,
        "customer.products": _listed(situation.products, locale),
        "customer.since": _day(situation.since, locale, zone),
        "customer.until": _day(situation.until, locale, zone),
        "last.at": _day(situation.last_at, locale, zone),
        "last.operator": situation.last_operator,
        "callback.due": _hour(situation.callback_due, locale, zone),
        "callback.by": situation.callback_by,
    }
    return nested(values)


def nested(values: Mapping[str, str]) -> Mapping[str, object]:
    """`{"operator.name": "Anna"}` as `fill` takes it."""
    fields: dict[str, dict[str, str]] = {}
    for name, value in values.items():
        of, _, attribute = name.partition(".")
        fields.setdefault(of, {})[attribute] = value.strip()
    return fields


def problems_of(text: str) -> Iterator[str]:
    """What makes these words no words of a script, each with what would be right; none: they can be filled."""
    try:
        words = read_words(text)
    except TemplateFault as fault:
        yield str(fault)
        return
    for name in dict.fromkeys(use.field for use in words.uses):
        if name not in FIELDS:
            yield f"there is no field {name}; known are {', '.join(FIELDS)}"
    if not words.speaks:
        yield "may say nothing at all; add words that are said in any case, or an else"


def _read(text: str) -> Words:
    problem = next(problems_of(text), "")
    if problem:
        raise FieldError(f"the text {problem}")
    return read_words(text)


def _value(fields: Mapping[str, object], name: str) -> object:
    of, _, attribute = name.partition(".")
    held = fields.get(of)
    return held.get(attribute) if isinstance(held, Mapping) else None


def _sector(sector: str, language: str) -> str:
    names = SECTORS.get(sector)
    return (names.get(language) or names["en"]) if names else sector


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language) if language != "en" else _ENGLISH
    except (UnknownLocaleError, ValueError):
        return _ENGLISH


def _listed(words: tuple[str, ...], locale: Locale) -> str:
    return format_list([word for word in words if word.strip()], locale=locale)


def _day(at: datetime | None, locale: Locale, zone: tzinfo) -> str:
    return format_date(at.astimezone(zone).date(), format="long", locale=locale) if at else ""


def _hour(at: datetime | None, locale: Locale, zone: tzinfo) -> str:
    if at is None:
        return ""
    local = at.astimezone(zone)
    day = format_date(local.date(), format="full", locale=locale)
    return f"{day}, {format_time(local.timetz(), format='short', tzinfo=zone, locale=locale)}"
