"""Pure predictions: arrays in, arrays out, vectorised and differentiable."""
