"""A headless Chromium for tests, from wherever one is."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["browser", "chromium", "needs", "page_of"]

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """The path of a Chromium: that of ``CHROMIUM``, one on the path, or Playwright's own; empty without any."""
    for name in (os.environ.get("CHROMIUM", ""), *_NAMES):
        found = shutil.which(name) if name else None
        if found:
            return found
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    own = sorted(folder.glob("chromium*/chrome-*/*"))
    return next((str(p) for p in own if p.name in ("chrome", "headless_shell", "chrome-headless-shell") and os.access(p, os.X_OK)), "")


def needs() -> str:
    """Why there can be no browser here; empty where there can."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed (pip install gazetteer[browser])"
    return "" if chromium() else f"no Chromium: none of {', '.join(_NAMES)} is on the path, and Playwright has none"


@contextmanager
def browser() -> Iterator[Any]:
    """A headless browser; Playwright allows one at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield made
        finally:
            made.close()


def page_of(browser: Any, **options: Any) -> Any:
    """A fresh page. What goes wrong on it is in its list `wrong`, and what it loads in `asked`."""
    page = browser.new_page(**options)
    page.wrong, page.asked = [], []
    page.on("dialog", lambda dialog: (page.wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: page.wrong.append(f"error {error}"))
    page.on("console", lambda message: page.wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: page.asked.append(request.url))
    return page
