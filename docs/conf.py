"""The documentation: Sphinx, its pages in Markdown and in percent format, whose code runs at every build."""

import hashlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "extensions"))
sys.path.insert(0, str(ROOT))
BIN = str(Path(sys.executable).parent)
os.environ["PATH"] = os.pathsep.join([BIN, os.environ["PATH"]])  # `!lingen` in a cell
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))


import lingen  # noqa: E402

project = "lingen"
author = "The lingen authors"
copyright = "the lingen authors"
release = version = lingen.__version__
language = "en"  # the rule of plurals of en_GB stops the search

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "mathml",
    "docstrings",
    "reference",
    "gallery",
    "explorer",
    "sidebar",
]
root_doc = "index"
exclude_patterns = [
    "conf.py",
    "calibration.py",
    "inference.py",
    "my_claims.py",
    "my_laws.py",
    "examples/*.py",
    "figures",
    "extensions",
    "generated/*.md",
    "results/**.py",
]
include_patterns = ["**"]


def stamp() -> str:
    """What the code of the package is by now: pages that ran on other code run again."""
    rooms = ("models", "theory", "sims", "experiments", "claims", "scripts")
    places = ("lingen/*.py", "docs/examples/*.py", *(f"{room}/**/*.py" for room in rooms))
    files = sorted({file for place in places for file in ROOT.glob(place)})
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "cache"
nb_execution_cache_path = str(ROOT / "build" / "docs" / "runs" / stamp())
nb_execution_raise_on_error = True
nb_execution_timeout = 1200  # of a cell, on a machine that others use
nb_execution_in_temp = True
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3
suppress_warnings = ["ref.python"]  # names of axes in shapes are looked up like names of classes

autodoc_typehints = "signature"
toc_object_entries = False  # the list of pages would hold every name
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "furo"
html_title = "lingen"
html_static_path = ["_static"]
html_css_files = ["lingen.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
