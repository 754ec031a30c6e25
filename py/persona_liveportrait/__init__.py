"""Turns the official LivePortrait checkpoint into a model for the browser.

The architecture is that of LivePortrait (Guo et al. 2024, https://arxiv.org/abs/2407.03168; its
code and weights are MIT-licensed). Nothing of its code is used: the graphs are written anew from
the layers' definitions, operator by operator.
"""

import persona_models  # noqa: F401 - first, that onnxruntime keeps to itself what it does
