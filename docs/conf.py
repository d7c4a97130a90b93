"""Sphinx settings. The build uses no network, and neither does the site."""

import sys
from pathlib import Path

from autonomy_stats import __version__

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "autonomy-stats"
author = "The autonomy-stats developers"
project_copyright = author
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "gallery", "mathml"]
exclude_patterns = ["_build"]
default_role = "code"  # docstrings write names in single backticks

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings give the types
numpydoc_show_class_members = False

html_theme = "furo"
html_title = f"autonomy-stats {release}"
html_copy_source = False
html_show_sphinx = False
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["site.css"]
