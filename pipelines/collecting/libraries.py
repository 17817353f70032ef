"""Libraries that only some sources need: extras of the package.

Belongs here: importing one when a source is collected. Does not belong here: what they do.
"""

import importlib
from typing import Any

from pipelines.collecting.sources import CollectError


def library(module: str, extra: str) -> Any:
    """The module. Raises CollectError with how it is installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise CollectError(
            f"the library {error.name or module} is not installed: pip install 'sihe[{extra}]'"
        ) from None
