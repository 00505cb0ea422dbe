"""Which extras of the package are installed: tests that need a missing one are skipped with its name."""

import importlib.util
import os

import pytest

EXTRAS = {"train": ("torch", "train"), "link": ("link", "link"), "packaging": ("build", "test")}
"""By marker: a module of the extra, and the extra."""


def missing_extra(marker: str) -> str | None:
    """Why tests with this marker cannot run; None if they can."""
    module, extra = EXTRAS[marker]
    return None if importlib.util.find_spec(module) else f"{module} is not here (pip install -e '.[{extra}]')"


def skip_module_without(marker: str) -> None:
    """Skip the rest of a test module that is being collected. Where real parts are required, it then fails."""
    reason = missing_extra(marker)
    if reason and os.environ.get("POLATE_REQUIRE_REAL") != "1":
        pytest.skip(reason, allow_module_level=True)
