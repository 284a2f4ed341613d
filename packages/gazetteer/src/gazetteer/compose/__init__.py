"""Pages from an atlas: each function here gives one `Page`, and no sentence without a fact behind it."""

from .file_page import file_page
from .folder_page import folder_page

__all__ = ["file_page", "folder_page"]
