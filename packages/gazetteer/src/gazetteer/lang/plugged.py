"""The languages that plugins bring (`gazetteer.plugins`), imported and looked at: none may take a file from one that is read here."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable

from ..errors import UsageError
from ..grammars import OPTIONAL
from ..plugins import Plugin, plugins
from .language import Language

__all__ = ["with_plugins"]

_NAME = re.compile(r"[a-z][a-z0-9_+-]*")


def with_plugins(own: tuple[Language, ...]) -> tuple[Language, ...]:
    """The languages of this distribution, and behind them those of plugins, sorted.

    They replace what has a name here but no walker, or one that reads it with a grammar of an extra.

    Raises
    ------
    UsageError
        If a plugin cannot be imported, does not give languages, or gives one that has a name, a suffix or the like of a language that is
        read already.
    """
    added: list[Language] = []
    for plugin in plugins():
        for language in _languages_of(plugin):
            _check(language, plugin, [*(o for o in own if o.walker), *added])
            added.append(language)
    names = {language.name for language in added}
    return (*(o for o in own if o.name not in names), *sorted(added, key=lambda language: language.name))


def _languages_of(plugin: Plugin) -> list[Language]:
    module, _, attribute = plugin.value.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise _refused(plugin, f"importing {plugin.value!r} ended with {type(error).__name__}: {error}") from error
    languages = [found] if isinstance(found, Language) else list(found) if isinstance(found, list | tuple) else []
    if not languages or not all(isinstance(language, Language) for language in languages):
        raise _refused(
            plugin, f"{plugin.value!r} is {type(found).__name__}, expected a gazetteer.lang.language.Language, or a list of them"
        )
    return languages


def _check(language: Language, plugin: Plugin, taken: Iterable[Language]) -> None:
    if not _NAME.fullmatch(language.name):
        raise _refused(plugin, f"a language cannot be called {language.name!r}; expected small letters, digits, '_', '+' and '-'")
    if not language.walker or language.like or language.blanks:
        raise _refused(
            plugin, f"the language {language.name!r} needs a walker, and has no 'like' and no 'blanks': these are for C and its kin"
        )
    for other in taken:
        if other.name == language.name and other.grammar.partition(":")[0] in OPTIONAL:
            continue
        if other.name == language.name:
            raise _refused(plugin, f"a language {language.name!r} is read already")
        for field in ("suffixes", "names", "shebangs"):
            both = sorted(set(getattr(language, field)) & set(getattr(other, field)))
            if both:
                raise _refused(plugin, f"{field} {', '.join(both)} of {language.name!r} are those of {other.name!r}")


def _refused(plugin: Plugin, why: str) -> UsageError:
    return UsageError(f"the language {plugin.name!r} of {plugin.distribution} cannot be used: {why}")
