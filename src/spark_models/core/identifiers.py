"""Ids that come from what they name, so that the same work has the same id."""

import hashlib
import json
from typing import Any


def derived_id(**facts: Any) -> str:
    """Sixteen hex digits from the facts, whatever their order.

    >>> derived_id(a=1, b="x") == derived_id(b="x", a=1)
    True
    """
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
