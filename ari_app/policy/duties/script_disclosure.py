"""What must be said at the start of the call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import PlainValidator

from ari_app.policy.duties_owed import Disclosure, Duties

_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)


def read_item(value: object) -> Disclosure:
    """
    Read `{id = "caller", it = "Chi chiama", en = "Who is calling"}`; more languages may follow.

    Raises ValueError: the id or one of the two languages is missing, or something else is in it.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f'{value!r} is no item; write {{ id = "caller", it = "…", en = "…" }}')
    texts = {key: text for key, text in value.items() if key != "id"}
    named = value.get("id")
    if not isinstance(named, str) or not _ID.fullmatch(named):
        raise ValueError('needs an id in small letters, such as id = "caller"')
    missing = [language for language in ("it", "en") if language not in texts]
    if missing:
        raise ValueError(f"{named} has no text in {' and '.join(missing)}; both it and en are needed")
    for language, text in texts.items():
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise ValueError(f"{named}: {language} is no language; an item holds id, it, en, and others such as fr")
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{named}: {language} says nothing")
    return Disclosure(id=named, text={language: text.strip() for language, text in texts.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosures:
    """
    These things are said at the start; with `confirm_by_agent` the operator notes that they were.

    `per_campaign_script_version`: which version of which script was used goes on record. Of several duties all items
    are said, each once: where two packs name the same id the words of the first stand, and it is noted if either asks.

    Source: IT, Codice del consumo art. 51 c. 5, Codice di condotta art. 10 c. 1; GDPR art. 14(2)(f), 21(4).
    """

    items: tuple[Annotated[Disclosure, PlainValidator(read_item)], ...] = ()
    at: Literal["start"] = "start"
    per_campaign_script_version: bool = False
    confirm_by_agent: bool = False

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        """
        Refuse a duty that cannot be meant.

        Raises ValueError: two items of one id, nothing to be said or put on record, or nothing to confirm.
        """
        ids = [item.id for item in self.items]
        twice = sorted({item_id for item_id in ids if ids.count(item_id) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is given twice; every id is given once")
        if not self.items and not self.per_campaign_script_version:
            raise ValueError("asks for nothing; give items, or per_campaign_script_version = true")
        if self.confirm_by_agent and not self.items:
            raise ValueError("confirm_by_agent needs items: there is nothing to confirm")

    def bind(self, duties: Duties) -> Duties:
        """What was to be said already, then what is new."""
        united = {disclosure.id: disclosure for disclosure in duties.disclosures}
        for item in self.items:
            said = united.get(item.id, item)
            united[item.id] = replace(said, confirm=said.confirm or self.confirm_by_agent)
        return replace(
            duties,
            disclosures=tuple(united.values()),
            script_version_on_record=duties.script_version_on_record or self.per_campaign_script_version,
        )
