"""XML comments of C# as plain text."""

from __future__ import annotations

import html
import re

__all__ = ["plain"]

_NAMED = re.compile(r"<(?:param|typeparam|exception|permission)\s+(?:name|cref)\s*=\s*([\"'])([^\"']*)\1\s*>", re.IGNORECASE)
#: What refers to something and has no words of its own.
_REFERENCE = re.compile(
    r"<(see|seealso|paramref|typeparamref|inheritdoc)\s+(?:cref|name|langword|href)\s*=\s*([\"'])(?:[A-Z]:)?([^\"']*)\2\s*(?:/>|>\s*</\1\s*>)",
    re.IGNORECASE,
)
#: Other elements, as programs have for themselves: a name that opens one and closes it, or one that is empty.
_OTHER = re.compile(r"<([a-z]{3,})>(?=.*</\1>)|</[a-z]{3,}>|<[a-z]{3,}\s*/>", re.DOTALL)
_BREAKING = re.compile(
    r"\s*</?(?:summary|remarks|param|typeparam|exception|permission|value|example|para|br|list|item)\b[^<>]*>\s*", re.IGNORECASE
)
_RETURNS = re.compile(r"<returns>\s*", re.IGNORECASE)
_INLINE = re.compile(
    r"</?(?:c|code|see|seealso|returns|b|i|em|strong|a|term|description|inheritdoc|paramref|listheader)\b[^<>]*/?>", re.IGNORECASE
)


def plain(text: str) -> str:
    r"""The words of an XML comment: summary, remarks and parameters as paragraphs, without tags and entities.

    Examples
    --------
    >>> plain('<summary>\nAdds <see cref="T:Node"/>s.\n</summary>\n<param name="n">How &lt;many&gt;.</param>\n<returns>A sum.</returns>')
    'Adds Nodes.\n\nn: How <many>.\n\nReturns: A sum.'
    >>> plain("No tags: 1 < 2."), plain("<devdoc>If <paramref name='n'/> is a List<int>.</devdoc>")
    ('No tags: 1 < 2.', 'If n is a List<int>.')
    """
    if "<" not in text:
        return html.unescape(text)
    text = _NAMED.sub(lambda m: f"<para>{m[2]}: ", text)
    text = _REFERENCE.sub(lambda m: m[3], text)
    text = _RETURNS.sub("<para>Returns: ", text)
    text = _OTHER.sub("", _INLINE.sub("", _BREAKING.sub("\n\n", text)))
    text = re.sub(r"\n{3,}", "\n\n", text)
    return html.unescape("\n".join(line.rstrip() for line in text.strip().split("\n")))
