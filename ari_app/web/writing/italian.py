"""
What is wrong with a script, in Italian: findings are worded once, in English, and found again here by their sentence.

As catalogues of messages do it, the English sentence is the key; `<x>` stands for what it names. A sentence that is not
in here stays English; a test looks for such sentences where they are written.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

_ALLOWED = {
    'what can be written is {{ a.field }}, {{ a.field | default("words") }} and {% if a.field %} … {% endif %}': (
        'si può scrivere {{ a.campo }}, {{ a.campo | default("parole") }} e {% if a.campo %} … {% endif %}'
    ),
}
_TEMPLATES = {
    "holds more than <x> characters; part it into steps": "ha più di <x> caratteri: va diviso in più passi",
    "comes to more than <x> characters": "arriva a più di <x> caratteri",
    "is no template: <x>; <s>": "non è un modello valido: <x>; <s>",
    "cannot be read, it is nested too deeply; <s>": "non si può leggere, è annidato troppo; <s>",
    "does not run: <x>": "non funziona: <x>",
    "only text can be said": "si può dire solo del testo",
    "holds <r>; <s>": "contiene <r>; <s>",
    "has a single brace in its words; <s>": "ha una graffa isolata tra le parole; <s>",
    'default needs words to say instead, as default("our list")': (
        'default vuole le parole da dire al suo posto, come default("il nostro elenco")'
    ),
    "the filter <x> is not known as it stands; <s>": "il filtro <x> così non è noto; <s>",
    "asks for <r> in an if; <s>": "chiede <r> in un if; <s>",
    "reaches below a field with .<x>; <s>": "va sotto a un campo con .<x>; <s>",
    "something else (<x>)": "qualcos'altro (<x>)",
    "<x>, which is no field": "<x>, che non è un campo",
    "there is no field <x>; known are <y>": "il campo <x> non c'è; ci sono <y>",
    "may say nothing at all; add words that are said in any case, or an else": (
        "può non dire nulla: servono parole che si dicono comunque, o un else"
    ),
    "the text <s>": "il testo <s>",
    "nothing is known for <l>": "non si sa nulla per <l>",
    "nothing would be said": "non si direbbe nulla",
}
_FILE = {
    "this is no TOML that can be read: a key has far too many parts": (
        "non è TOML che si possa leggere: una chiave ha troppe parti"
    ),
    "this is no TOML: <r>": "non è TOML: <r>",
    "unknown key; known here: <x>": "chiave sconosciuta; qui ci sono: <x>",
    "unknown key": "chiave sconosciuta",
    "is missing": "manca",
    "write [[<x>]], with two brackets, above each one": "va scritto [[<x>]], con due parentesi, sopra a ciascuno",
    "has no text in <l>; both it and en are needed": "non ha testo in <l>; servono sia it sia en",
    "holds a sign that nobody sees, <x>; take it out": "contiene un segno che non si vede, <x>: va tolto",
    "a title holds no merge fields; write words that need none": (
        "un titolo non ha campi da riempire: servono parole che non ne hanno bisogno"
    ),
    "<x> is no purpose of a campaign; there are <y>": "<x> non è uno scopo di una campagna; ci sono <y>",
    "asks for nothing; ask for one or more of <x>": "non chiede nulla; si può chiedere di <x>",
    "there is no condition <x>; there are <y>": "la condizione <x> non c'è; ci sono <y>",
    'write a word, or words of which one must be there, as ["fibra", "mobile"]': (
        'serve una parola, o più parole di cui una basta, come ["fibra", "mobile"]'
    ),
    "<x> is never <y>; it is one of <z>": "<x> non è mai <y>: è uno di <z>",
    "<x> is no language; write two letters, as it or de": "<x> non è una lingua: servono due lettere, come it o de",
    "<r>; known here: <x>": "<r>; qui ci sono: <x>",
}
_WRONG_INPUT = {"<r>, not <x>": "<r>, non <x>"}
_PYDANTIC = {
    "Input should be a valid string": "serve un testo",
    "Input should be a valid boolean": "serve true o false",
    "Input should be a valid integer": "serve un numero intero",
    "Input should be a valid dictionary": "serve una tabella",
    "Input should be a valid dictionary or instance of <x>": "serve una tabella",
    "Input should be a valid list": "serve un elenco",
    "Input should be <x>": "può essere solo <o>",
    "String should have at least <x> character": "il testo non può essere vuoto",
    "String should have at least <x> characters": "il testo deve avere almeno <x> caratteri",
    "String should have at most <x> characters": "il testo può avere al massimo <x> caratteri",
    "String should match pattern <x>": "il testo deve avere la forma <x>",
    "List should have at least <x> item after validation": "l'elenco non può essere vuoto",
    "List should have at most <x> items after validation": "l'elenco può avere al massimo <x> voci",
}
_TOML = {
    "Cannot overwrite a value": "un valore c'è già",
    "Escaped character is not a Unicode scalar value": "una sequenza di escape non è un carattere Unicode",
    "Expected '=' after a key in a key/value pair": "dopo una chiave serve '='",
    "Expected ']' at the end of a table declaration": "in fondo a una tabella serve ']'",
    "Expected ']]' at the end of an array declaration": "in fondo a un elenco di tabelle serve ']]'",
    "Expected newline or end of document after a statement": "dopo una riga completa si va a capo",
    "Expected <x>": "serve <x>",
    "Invalid date or datetime": "data o ora non valida",
    "Invalid hex value": "valore esadecimale non valido",
    "Invalid initial character for a key part": "una chiave non può cominciare così",
    "Invalid statement": "riga che non è TOML",
    "Invalid value": "valore non valido",
    "Unclosed array": "elenco non chiuso",
    "Unclosed inline table": "tabella in linea non chiusa",
    "Unescaped '\\' in a string": "in un testo la barra '\\' va scritta doppia",
    "Unterminated string": "testo senza virgolette di chiusura",
    "Cannot declare <x> twice": "<x> è dichiarato due volte",
    "Cannot mutate immutable namespace <x>": "<x> è già completo e non si può estendere",
    "Cannot redefine namespace <x>": "<x> c'è già e non si può ridefinire",
    "Duplicate inline table key <x>": "la chiave <x> c'è due volte",
    "Found invalid character <x>": "carattere non valido <x>",
    "Illegal character <x>": "carattere non ammesso <x>",
}
_WHOLE = {
    "the step id <x> is given twice; every step has an id of its own": (
        "l'id di passo <x> c'è due volte: ogni passo ha il suo"
    ),
    '<x> is an end that every script has: write kind = "close"': (
        '<x> è una fine che ogni script ha: va scritto kind = "close"'
    ),
    "there is no step <x>; there are <y>": "il passo <x> non c'è; ci sono <y>",
    "asks something and has no answers: write [[step.answer]] for each, with id, text and next": (
        "chiede qualcosa e non ha risposte: va scritto [[step.answer]] per ciascuna, con id, text e next"
    ),
    'a step of kind <x> has no answers; write kind = "ask"': (
        'un passo di tipo <x> non ha risposte: va scritto kind = "ask"'
    ),
    "an ask leads on by its answers: write next in each [[step.answer]]": (
        "una domanda prosegue con le risposte: va scritto next in ogni [[step.answer]]"
    ),
    "a close is where the talk ends: nothing comes after it": "con close la conversazione finisce: dopo non c'è nulla",
    "belongs into a step before: nothing comes after a close": "va in un passo precedente: dopo close non c'è nulla",
    "say by which answers: write identifies = true in those [[step.answer]]": (
        "serve dire con quali risposte: va scritto identifies = true in quelle [[step.answer]]"
    ),
    "the answer id <x> is given twice; every answer of a step has an id of its own": (
        "l'id di risposta <x> c'è due volte: ogni risposta di un passo ha il suo"
    ),
    "<x> is the name of a way that every step has; call the answer otherwise": (
        "<x> è il nome di una via che ogni passo ha: la risposta va chiamata in altro modo"
    ),
    "is noted when the talk is over: write it in a step of kind close": (
        "si annota a conversazione finita: va scritto in un passo di tipo close"
    ),
    "<x> cannot be noted here, only <y>": "<x> non si può annotare qui, solo <y>",
    'only an offer needs a verdict of its own; write kind = "offer"': (
        'solo un\'offerta vuole un verdetto suo: va scritto kind = "offer"'
    ),
    "needs a verdict, and one may say no: write otherwise, the step that is taken then": (
        "vuole un verdetto, che può essere un no: va scritto otherwise, il passo da prendere allora"
    ),
    "is where a verdict that says no leads; write needs_verdict = true with it": (
        "è dove porta un verdetto negativo: va scritto insieme a needs_verdict = true"
    ),
    "leads back to the offer; name a step without it": "riporta all'offerta: serve un passo senza offerta",
    "has no text in <x>, but the title has": "non ha testo in <x>, mentre il titolo sì",
}
_LINT = {
    "its branches tell apart more kinds of callee than can be looked through; make two scripts of it": (
        "le sue diramazioni distinguono più tipi di persona di quanti se ne possano esaminare: vanno fatti due script"
    ),
    "has no step <x>: it must be open from every step": "non ha il passo <x>, che deve essere aperto da ogni passo",
    "leads to <x>, and there is no such step": "porta a <x>, e questo passo non c'è",
    "asks something and has no answers": "chiede qualcosa e non ha risposte",
    "is there twice; every step has an id of its own": "c'è due volte: ogni passo ha il suo id",
    "no path leads here; lead to it by a next, or take it out": (
        "nessun percorso porta qui: va raggiunto con un next, o tolto"
    ),
    (
        "branch <x> can fit nobody who comes here: the branches before it, here or on the way, take them all; "
        "change its when, or take it out"
    ): (
        "la diramazione <x> non vale per nessuno che arrivi qui: quelle precedenti, qui o per strada, prendono tutti; "
        "va cambiato il suo when, o va tolta"
    ),
    "leads round in a circle that asks nothing: <x>": "gira in tondo senza chiedere nulla: <x>",
    "no path from here comes to a step of kind close; lead one of them there": (
        "nessun percorso da qui arriva a un passo di tipo close: almeno uno deve arrivarci"
    ),
    'nothing discloses <x> ("<y>"); write discloses = ["<z>"] in the step whose words say it': (
        'nulla dichiara <x> ("<y>"): va scritto discloses = ["<z>"] nel passo che lo dice'
    ),
    "can be come to without <x> having been said: <y>": "si può raggiungere senza che sia stato detto <x>: <y>",
    (
        "offers something in a call for <l>: write needs_verdict = true, so that a second verdict comes first, or "
        "take the offer out"
    ): (
        "offre qualcosa in una chiamata per <l>: va scritto needs_verdict = true, perché prima ci sia un secondo "
        "verdetto, o va tolta l'offerta"
    ),
    "has no words in <l>, but the title has": "non ha parole in <l>, mentre il titolo sì",
    "has words in <l>, but the title has none; give the title in it too": (
        "ha parole in <l>, ma il titolo no: va dato anche il titolo"
    ),
    (
        "<x> is personal, and on some path here nobody has asked yet who is on the line; put a step with "
        "identifies = true before it"
    ): (
        "<x> è un dato personale, e su qualche percorso qui nessuno ha ancora chiesto chi è in linea: prima serve un "
        "passo con identifies = true"
    ),
    (
        '<x> may be empty here; write {{ <y> | default("…") }}, put {% if <z> %} … {% endif %} around it, or come here '
        "by a branch that asks for it"
    ): (
        '<x> qui può essere vuoto: va scritto {{ <y> | default("…") }}, o messo tra {% if <z> %} … {% endif %}, o qui '
        "si arriva con una diramazione che lo chiede"
    ),
    (
        "is written for <l>, and campaign <x> is for <y>: there it is never shown; write its purpose into purposes, or "
        "give the campaign another script"
    ): (
        "è scritto per <l>, e la campagna <x> è per <y>: lì non si vede mai; il suo scopo va scritto in purposes, o la "
        "campagna vuole un altro script"
    ),
}
SENTENCES: Mapping[str, str] = {
    **_WRONG_INPUT,
    **_ALLOWED,
    **_LINT,
    **_WHOLE,
    **_TEMPLATES,
    **_TOML,
    **_PYDANTIC,
    **_FILE,
}
"""The first that fits is taken."""

_HOLE = re.compile(r"<([a-z])>")
_WHERE = re.compile(r"(?P<where>[a-z]+(?:\.[\w-]+)+): (?P<what>.+)", re.DOTALL)
"""A finding on words is told with the place of the words, which is no sentence."""


@lru_cache(maxsize=1024)
def in_italian(what: str) -> str:
    """The finding in Italian; what has no Italian as it is."""
    placed = _WHERE.fullmatch(what)
    if placed:
        return f"{placed['where']}: {in_italian(placed['what'])}"
    for fits, italian in _READ:
        found = fits.fullmatch(what)
        if found:
            return _filled(italian, dict(_values(found)))
    return what


def _filled(italian: str, values: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda hole: values[hole[1]], italian)


def _values(found: re.Match[str]) -> Iterator[tuple[str, str]]:
    """`s` and `r` are sentences of their own, `l` is a list in words; what else is named stands as it is."""
    for name, value in found.groupdict().items():
        if name in ("s", "r"):
            yield name, in_italian(value)
        elif name == "l":
            yield name, value.replace(" and ", " e ")
        else:
            yield name, value
            if name == "x":
                yield "o", value.replace(" or ", " o ")


def _reading(english: str) -> re.Pattern[str]:
    parts = _HOLE.split(english)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts)), re.DOTALL
    )


_READ = [(_reading(english), italian) for english, italian in SENTENCES.items()]
