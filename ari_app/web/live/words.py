"""What a page says of its connection, in Italian and in English."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "it": {"lost": "Collegamento interrotto, nuovo tentativo in corso. La chiamata continua."},
    "en": {"lost": "Connection lost, reconnecting. The call goes on."},
}
