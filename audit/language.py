"""The language this call of hecha speaks: ``--lang``, else the campaign's, else the environment's, else Chinese."""

from contextvars import ContextVar

from expectations.catalogue import LANGUAGES, Catalogue, catalogue, system_language

_asked: ContextVar[str | None] = ContextVar("asked", default=None)
_campaign: ContextVar[str | None] = ContextVar("campaign", default=None)


def ask(language: str | None) -> None:
    """What ``--lang`` says; forgets the language of any campaign."""
    _asked.set(language if language in LANGUAGES else None)
    _campaign.set(None)


def of_campaign(language: object) -> None:
    """What the campaign, or the record of a run, says."""
    _campaign.set(language if isinstance(language, str) and language in LANGUAGES else None)


def words() -> Catalogue:
    """The catalogue to speak from."""
    return catalogue(_asked.get() or _campaign.get() or system_language())
