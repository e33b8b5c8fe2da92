"""Flat networks from PyTorch weights against a plain NumPy network, with and without a ReLU at first."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.signal import correlate2d

from lingen.models.networks import torch_weights
from lingen.models.networks.denoiser import CnnArchitecture

KERNELS, LAYERS, CHANNELS = 6, 5, 2


def weights(seed: int) -> dict[str, np.ndarray]:
    """A `state_dict` in the published names and layouts."""
    rng = np.random.default_rng(seed)
    widths = [CHANNELS, *[KERNELS] * (LAYERS - 1), CHANNELS]
    named = {
        f"conv_layers.{i}.weight": rng.normal(size=(widths[i + 1], widths[i], 3, 3))
        * np.sqrt(2 / 9 / widths[i])
        for i in range(LAYERS)
    }
    for i in range(LAYERS - 2):
        named[f"BN_layers.{i}.gammas"] = rng.normal(size=(1, KERNELS, 1, 1))
        named[f"BN_layers.{i}.running_sd"] = rng.uniform(0.5, 1.5, size=(1, KERNELS, 1, 1))
    return {name: array.astype(np.float32) for name, array in named.items()}


def forward(named: dict[str, np.ndarray], image: np.ndarray, first_relu: bool) -> np.ndarray:
    """The network on one image (channels, h, w), by SciPy's correlation."""

    def convolve(x, kernels):
        return np.stack(
            [sum(correlate2d(c, k, "same") for c, k in zip(x, row, strict=True)) for row in kernels]
        )

    x = convolve(image, named["conv_layers.0.weight"])
    x = np.maximum(x, 0) if first_relu else x
    for i in range(1, LAYERS - 1):
        x = convolve(x, named[f"conv_layers.{i}.weight"])
        scale = named[f"BN_layers.{i - 1}.gammas"] / named[f"BN_layers.{i - 1}.running_sd"]
        x = np.maximum(x * scale[0], 0)
    return convolve(x, named[f"conv_layers.{LAYERS - 1}.weight"])


@pytest.mark.parametrize("first_layer", ["linear", "relu"])
def test_outputs_agree_with_a_plain_network(first_layer):
    named, image = weights(1), np.random.default_rng(2).normal(size=(CHANNELS, 8, 11))
    network = torch_weights.load(named, first_layer)
    ours = np.asarray(network(jnp.asarray(image.transpose(1, 2, 0)[None], jnp.float32)))[0].transpose(2, 0, 1)
    known, other = (forward(named, image, relu) for relu in (first_layer == "relu", first_layer != "relu"))
    assert np.abs(ours - known).max() < 1e-5 * np.abs(known).max()
    assert np.abs(known - other).max() > 0.1 * np.abs(known).max()  # the two kinds are different functions


def test_the_first_layer_is_linear_unless_told_and_is_named():
    named = weights(1)
    assert torch_weights.architecture(named) == CnnArchitecture(CHANNELS, KERNELS, layers=LAYERS)
    assert "first_layer linear" in torch_weights.architecture(named).words
    assert "first_layer relu" in torch_weights.architecture(named, "relu").words


def test_a_relu_at_the_first_layer_survives_writing(tmp_path):
    network = torch_weights.load(weights(3), "relu")
    torch_weights.write(tmp_path / "w.npz", network)
    again = torch_weights.load(torch_weights.read(tmp_path / "w.npz"), "relu")
    x = jnp.asarray(np.random.default_rng(4).normal(size=(1, 6, 6, CHANNELS)), jnp.float32)
    np.testing.assert_array_equal(
        nnx.jit(lambda f, y: f(y))(again, x), nnx.jit(lambda f, y: f(y))(network, x)
    )


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: torch_weights.architecture(weights(1), "tanh"), "first_layer must be one of linear, relu"),
        (
            lambda: torch_weights.architecture({"encoder.0.0.weight": np.zeros((4, 1, 3, 3))}, "relu"),
            "first_layer must be absent for a U-Net, got 'relu'",
        ),
    ],
)
def test_bad_input(call, named):
    with pytest.raises(ValueError, match=named):
        call()
