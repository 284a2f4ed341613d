"""XML comments of C# as plain text."""

from __future__ import annotations

import html
import re

from ..wording import Held, block, code, tidy

__all__ = ["plain"]

_NAMED = re.compile(r"<(?:param|typeparam|exception|permission)\s+(?:name|cref)\s*=\s*([\"'])([^\"']*)\1\s*>", re.IGNORECASE)
#: What refers to something and has no words of its own.
_REFERENCE = re.compile(
    r"<(see|seealso|paramref|typeparamref|inheritdoc)\s+(?:cref|name|langword|href)\s*=\s*([\"'])(?:[A-Z]:)?([^\"']*)\2\s*(?:/>|>\s*</\1\s*>)",
    re.IGNORECASE,
)
#: Other elements, as programs have for themselves: a name that opens one and closes it, or one that is empty.
_CODE = re.compile(r"<(c|code)\b[^<>]*>((?:(?!</?\1>).)*)</\1>", re.IGNORECASE | re.DOTALL)
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
    'Adds `Node`s.\n\n`n`: How <many>.\n\nReturns: A sum.'
    >>> plain("No tags: 1 < 2."), plain("<devdoc>If <paramref name='n'/> is a List<int>.</devdoc>")
    ('No tags: 1 < 2.', 'If `n` is a List<int>.')
    """
    if "<" not in text:
        return html.unescape(text)
    hold = Held()
    text = _CODE.sub(lambda m: hold(block(m[2]) if "\n" in m[2].strip() else code(m[2])), text) if "</c" in text else text
    text = _NAMED.sub(lambda m: f"<para>{hold(code(m[2]))}: ", text)
    text = _REFERENCE.sub(lambda m: hold(m[3] if "://" in m[3] else code(m[3])), text)
    text = _RETURNS.sub("<para>Returns: ", text)
    text = _OTHER.sub("", _INLINE.sub("", _BREAKING.sub("\n\n", text)))
    return tidy(html.unescape(hold.put_back(text)))
