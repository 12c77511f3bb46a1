"""One of the things that a figure sets side by side: a model on an excerpt, under a label.

>>> from paperfig.values.excerpt import Origin
>>> from paperfig.values.tokens import Tokens
>>> import numpy as np
>>> early = Variant(
...     label="step 100",
...     model=ModelFacts(name="demo", family="gpt", layers=(), vocab_size=512, context=None),
...     excerpt=Excerpt(
...         tokens=Tokens(labels=("The",), ids=np.array([464]), text="The"),
...         origin=Origin(kind="text", tokenizer="gpt2"),
...     ),
... )
>>> early.label, early.model.n_layer
('step 100', 0)
"""

from dataclasses import dataclass

from paperfig.values.excerpt import Excerpt, Sample
from paperfig.values.model import ModelFacts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Variant:
    """What maps of a figure are of; a figure that compares nothing has one.

    Attributes:
        label: what panels call it; empty where there is only one.
        model: what the checkpoint says of itself.
        excerpt: what the model was given.
    """

    label: str = ""
    model: ModelFacts
    excerpt: Excerpt | Sample
