"""The keys of `[webhooks]`: who else is told of calls, and how it knows that it is us."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from ari_app.config.sections import Section, Url

_SHORTEST_SECRET = 16
WebhookEvent = Literal["call.judged", "call.ringing", "call.answered", "call.ended"]


class WebhooksSection(Section):
    """Who else is told of calls: a softphone, a CRM."""

    url: Url | Literal[""] = Field("", repr=False, description="Where calls are told, as JSON by POST; empty: nowhere.")
    secret: str = Field("", repr=False, description="What it is signed with; better in a file of its own, named by:")
    secret_file: Path | None = Field(None, description="The file that holds the secret.")
    ca_file: Path | None = Field(None, description="Certificates (PEM) that are trusted instead of the system's.")
    events: tuple[WebhookEvent, ...] = Field(
        ("call.judged", "call.ringing", "call.answered", "call.ended"), description="What is told."
    )

    @model_validator(mode="after")
    def _signed(self) -> "WebhooksSection":
        if self.url and len(self.secret) < _SHORTEST_SECRET:
            raise ValueError(
                f"url needs a secret of {_SHORTEST_SECRET} characters or more, that shows who tells; "
                "write it into a file and name that as secret_file"
            )
        return self
