"""Sphinx configuration: Furo, MyST, warnings are errors."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # policy_pages, which writes pages from data

project = "privacykit"
author = "the privacykit authors"
copyright = "2026, the privacykit authors"
suppress_warnings = ["toc.empty_glob"]
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "policy_pages",
]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "privacykit"
exclude_patterns = ["_build"]
nitpicky = False
