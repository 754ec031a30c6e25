"""ONNX graphs: written, costed, packed as models that the site serves, and run natively."""
