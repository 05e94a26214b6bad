"""What is surely a number is read as libphonenumber reads it, in every country."""

import random
import re

import phonenumbers
import pytest

from ari_app.policy.numbers import NotANumber, Number, read_in_full
from ari_app.policy.sure_numbers import sure_numbers, surely

WITH_PACKS = ("IT", "GB", "US", "FR", "ES", "DE")
ALL = sorted(phonenumbers.SUPPORTED_REGIONS)


def spellings(region: str, choose: random.Random, count: int) -> list[str]:
    """Example numbers of a country with digits changed, added and lost, behind every kind of prefix."""
    examples = [
        phonenumbers.national_significant_number(found)
        for kind in range(8)
        if (found := phonenumbers.example_number_for_type(region, kind)) is not None
    ]
    code = str(phonenumbers.country_code_for_region(region))
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    trunk = (metadata.national_prefix if metadata is not None else None) or "0"
    prefixes = ["", "", f"+{code}", f"00{code}", f"011{code}", f"+0{code}", code, trunk, "00", "0"]
    made = []
    for _ in range(count if examples else 0):
        digits = list(choose.choice(examples))
        for _ in range(choose.choice((0, 1, 2, 4, 8))):
            digits[choose.randrange(len(digits))] = str(choose.randrange(10))
        if choose.random() < 0.2:
            digits.append(str(choose.randrange(10)))
        elif choose.random() < 0.1:
            digits.pop()
        made.append(choose.choice(prefixes) + "".join(digits))
    return made


def test_what_is_sure_is_what_libphonenumber_reads() -> None:
    """In each country's own spellings, and in those of another country."""
    choose, sure = random.Random(7), 0  # noqa: S311  which spellings are tried
    for region in (*WITH_PACKS * 6, *ALL):
        for text in spellings(region, choose, 60):
            where = region if choose.random() < 0.8 else choose.choice(WITH_PACKS)
            found = surely(text, where)
            sure += found is not None
            assert found is None or read_in_full(text, where) == Number(found), (text, where)
    assert sure > 3_000


@pytest.mark.parametrize("region", WITH_PACKS)
def test_most_numbers_of_the_packs_countries_are_sure(region: str) -> None:
    """Else a list would be read in the long way."""
    texts = spellings(region, random.Random(8), 2_000)  # noqa: S311
    valid = [text for text in texts if isinstance(read_in_full(text, region), Number)]
    assert len(valid) > 300
    assert sum(surely(text, region) is not None for text in valid) > 0.8 * len(valid)


@pytest.mark.parametrize("text", ["", "+", "3330000001\n", "３３３０００００01", "+39333000000x", "39" * 200])
def test_nothing_but_digits_is_sure(text: str) -> None:
    """Digits of other scripts, line ends and letters are for the long way."""
    assert surely(text, "IT") is None


@pytest.mark.parametrize("region", WITH_PACKS)
def test_a_plus_makes_numbers_of_other_countries_as_sure(region: str) -> None:
    """Wherever they are dialled: a list may have them all."""
    texts = [text for text in spellings(region, random.Random(9), 2_000) if text.startswith("+")]  # noqa: S311
    valid = [text for text in texts if isinstance(read_in_full(text, "CH"), Number)]
    assert len(valid) > 50
    assert sum(surely(text, "CH") is not None for text in valid) > 0.8 * len(valid)


def test_a_country_that_nobody_knows_has_no_sure_numbers() -> None:
    """It is no error: the long way says what is wrong."""
    assert sure_numbers("XX") is None
    assert surely("+393330000001", "XX") is None


def test_what_has_the_form_of_a_number_is_read_as_nothing_else() -> None:
    """Either it is that number, or nobody has it today: so a register that takes it lists nobody else."""
    choose, unassigned = random.Random(9), 0  # noqa: S311  which spellings are tried
    for region in (*WITH_PACKS * 6, *ALL):
        sure = sure_numbers(region)
        form = re.compile(sure.possible) if sure is not None else None
        for text in spellings(region, choose, 60):
            found = form.fullmatch(text) if form is not None else None
            if found is None or sure is None:
                continue
            read = read_in_full(text, region)
            unassigned += read == NotANumber("unassigned")
            assert read in (Number(f"+{sure.code}{found[1]}"), NotANumber("unassigned")), (text, region, read)
    assert unassigned > 100
