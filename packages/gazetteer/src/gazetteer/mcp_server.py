"""The server that `gaz mcp` runs: the tools of `gazetteer.answers`, over stdio, by the official SDK (extra ``mcp``)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from . import __version__
from .answers import NOTICE, TOOLS, Answers, ToolError, input_schema
from .errors import GazetteerError, UsageError
from .facts import Facts
from .opening import Opened
from .quick import stat_of

__all__ = ["Current", "serve"]

_HIDING = re.compile(r"[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")

#: Characters of what is said of a question that cannot be answered.
_MOST_ERROR = 400


class Current:
    """The facts of an open tree, made anew when one of its files has changed."""

    def __init__(self, tree: Opened) -> None:
        self._tree, self._entries, self._facts = tree, list[Any](), Facts(tree.atlas(), tree.root)
        self._entries = self._look()

    def _look(self) -> list[Any]:
        from .discover import discover, root_of

        tree = self._tree
        root_of(tree.root)  # one that is gone is no empty tree
        indexes = [stat_of(f"{tree.root}/{path}") for path in tree.config.compiler.scip]  # which may be ignored, and so no entries
        return [*discover(tree.root, tree.config), *indexes]

    def __call__(self) -> Facts:
        """The facts as they are now."""
        entries = self._look()
        if entries != self._entries:
            self._facts, self._entries = Facts(self._tree.atlas(), self._tree.root), entries
        return self._facts


def serve(tree: Opened) -> None:
    """Answer over standard input and output until they are closed.

    Raises
    ------
    UsageError
        If the SDK is not installed.
    """
    try:
        import anyio
        import mcp_types as types
        from mcp.server.lowlevel import Server
        from mcp.server.stdio import stdio_server
    except ModuleNotFoundError as error:
        raise UsageError("gaz mcp needs the MCP SDK, which is not installed; expected: pip install 'gazetteer[mcp]'") from error
    answers = Answers(Current(tree), tree.root, tree.config)

    async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
        hints = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
        return types.ListToolsResult(
            tools=[types.Tool(name=n, description=TOOLS[n][0], input_schema=input_schema(n), annotations=hints) for n in TOOLS]
        )

    async def call_tool(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        answer, failed = answered(answers.call, params.name, dict(params.arguments or {}))
        text = escaped(msgspec.json.encode(answer).decode())
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=failed)

    server = Server(
        "gazetteer", version=__version__, instructions=f"Facts of the source tree {tree.root.name}. {NOTICE}", on_list_tools=list_tools,
        on_call_tool=call_tool,
    )  # fmt: skip

    async def run() -> None:
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    anyio.run(run)


def escaped(text: str) -> str:
    r"""JSON in which characters that hide or reorder text are escapes: the same value, and whoever looks at it sees what it is.

    Examples
    --------
    >>> escaped('["a\u202eb"]')
    '["a\\u202eb"]'
    """
    return text if text.isascii() else _HIDING.sub(lambda m: json.dumps(m[0])[1:-1], text)


def answered(call: Callable[[str, dict[str, Any]], dict[str, Any]], tool: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The answer of a tool; or what is wrong with the question, and names that are near."""
    try:
        return call(tool, arguments), False
    except ToolError as error:
        return {"error": _short(str(error)), **({"nearest": error.suggestions} if error.suggestions else {})}, True
    except GazetteerError as error:
        return {"error": _short(str(error))}, True


def _short(text: str) -> str:
    """What is said of a question; it may repeat what was asked, which can be as long as an agent likes."""
    return text if len(text) <= _MOST_ERROR else f"{text[:_MOST_ERROR]} …"
