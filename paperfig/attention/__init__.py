"""source + excerpt → AttentionMap; the room is also the public function of its name.

``import paperfig.attention.weights`` makes the room an attribute of the package, where
users call ``paperfig.attention(spec)``: so the room itself can be called.
"""

import sys
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """See `paperfig.api.attention`."""
        from paperfig.api import attention

        return attention(*arguments, **options)


sys.modules[__name__].__class__ = _Room
