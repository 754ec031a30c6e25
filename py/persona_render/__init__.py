"""The render server: pictures of portraits for those whose device cannot draw them."""

import persona_models  # noqa: F401 - first, that onnxruntime keeps to itself what it does
