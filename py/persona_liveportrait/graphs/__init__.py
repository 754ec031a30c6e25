"""The network's parts as ONNX graphs, written operator by operator."""
