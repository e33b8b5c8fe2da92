"""Bias-free networks: homogeneity, shapes, both ways of convolving, weights carried to PyTorch and back."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from flax import nnx
from jax import lax

from lingen.models.networks import denoiser as networks
from lingen.models.networks import torch_weights
from lingen.models.networks.batch_norm import EPSILON, BiasFreeBatchNorm
from lingen.models.networks.denoiser import CnnArchitecture, as_images
from lingen.models.networks.unet import UNetArchitecture

SMALL = (CnnArchitecture(channels=1, kernels=4, layers=4), UNetArchitecture(channels=1, kernels=4, blocks=2))
run = nnx.jit(lambda network, x: network(x))  # one compilation instead of one an operation


def images(count: int = 3, side: int = 8, channels: int = 1) -> jax.Array:
    return jr.normal(jr.key(7), (count, side, side, channels), jnp.float32)


def trained_like(network: nnx.Module, seed: int = 0) -> nnx.Module:
    """Random numbers everywhere, running standard deviations positive."""
    rng = np.random.default_rng(seed)
    flat = nnx.to_flat_state(nnx.state(network))
    for path, variable in flat:
        noise = rng.normal(size=variable.shape).astype(np.float32)
        variable[...] = np.exp(0.3 * noise) if path[-1] == "running_sd" else 0.3 * noise
    nnx.update(network, nnx.from_flat_state(flat))
    return network


@pytest.mark.parametrize("architecture", SMALL, ids=lambda a: type(a).__name__)
def test_a_trained_network_is_homogeneous(architecture):
    network = trained_like(architecture.build(nnx.Rngs(0)))
    x = images()
    out = run(network, x)
    assert out.shape == x.shape
    assert out.dtype == jnp.float32
    assert np.abs(out).max() > 1e-3
    assert np.allclose(run(network, 4.0 * x), 4.0 * out, rtol=1e-5, atol=1e-7)
    assert not np.allclose(run(network, -x), -out, rtol=1e-2)  # homogeneous for positive factors only


def test_patches_convolve_as_convolutions_do():
    x = images(2, 6, 3)
    weight = jr.normal(jr.key(1), (3, 3, 3, 5), jnp.float32)
    known = lax.conv_general_dilated(x, weight, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    assert np.allclose(networks._by_patches(x, weight), known, atol=1e-4)


def test_batch_norm_divides_by_a_standard_deviation_and_moves_the_running_one():
    norm = BiasFreeBatchNorm(2)
    x = images(16, 4, 2) * jnp.array([3.0, 0.5], jnp.float32) + 5.0
    sd = np.asarray(x).std(axis=(0, 1, 2))
    assert np.allclose(norm(x), x)  # before training s = γ = 1
    assert np.allclose(norm(x, train=True), x / np.sqrt(sd**2 + EPSILON), rtol=1e-5)  # the mean stays
    assert np.allclose(norm.running_sd[...], 0.9 + 0.1 * np.sqrt(sd**2 + EPSILON), rtol=1e-5)
    assert np.allclose(norm(x), x / norm.running_sd[...], rtol=1e-5)
    before = norm.running_sd[...]
    frozen = norm(x, train=jnp.asarray(False))  # the last part of a training
    assert np.allclose(frozen, norm(x), rtol=1e-6)
    assert np.array_equal(norm.running_sd[...], before)


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
@pytest.mark.parametrize("architecture", SMALL, ids=lambda a: type(a).__name__)
def test_weights_go_to_a_file_and_back(architecture, suffix, tmp_path):
    network = trained_like(architecture.build(nnx.Rngs(0)))
    path = tmp_path / f"model{suffix}"
    torch_weights.write(path, network)
    weights = torch_weights.read(path)
    assert torch_weights.architecture(weights) == architecture
    assert np.array_equal(run(torch_weights.load(weights), images()), run(network, images()))
    parallel = {f"module.{name}": array for name, array in weights.items()}
    np.savez(tmp_path / "parallel.npz", **parallel)
    assert torch_weights.read(tmp_path / "parallel.npz").keys() == weights.keys()


def test_names_are_those_of_the_reference():
    names = torch_weights.to_torch(UNetArchitecture(3, 4, blocks=2, mid_convs=3).build(nnx.Rngs(0)))
    shapes = {
        "encoder.0.0.weight": (4, 3, 3, 3),
        "encoder.0.2.weight": (4, 4, 3, 3),
        "encoder.0.3.gammas": (1, 4, 1, 1),
        "encoder.1.1.running_sd": (1, 8, 1, 1),
        "mid_block.6.weight": (16, 16, 3, 3),
        "upsample.1.weight": (16, 8, 2, 2),
        "decoder.1.4.gammas": (1, 8, 1, 1),
        "decoder.0.3.weight": (3, 4, 3, 3),
    }
    assert {name: names[name].shape for name in shapes} == shapes
    assert "encoder.0.1.gammas" not in names  # nothing stands before the first ReLU


def test_what_is_wrong_with_weights_is_said_in_one_line(tmp_path):
    good = torch_weights.to_torch(SMALL[1].build(nnx.Rngs(0)))
    with pytest.raises(ValueError, match=r"must hold mid_block.0.weight"):
        torch_weights.load({k: v for k, v in good.items() if k != "mid_block.0.weight"})
    with pytest.raises(ValueError, match="got also extra"):
        torch_weights.load(good | {"extra": np.zeros(1)})
    with pytest.raises(ValueError, match=r"mid_block.0.weight must have shape \(3, 3, 8, 16\)"):
        torch_weights.load(good | {"mid_block.0.weight": np.zeros((16, 7, 3, 3))})
    with pytest.raises(ValueError, match="U-Net"):
        torch_weights.architecture({"fc.weight": np.zeros((2, 2))})
    (tmp_path / "model.pt").write_bytes(b"")
    with pytest.raises(ValueError, match="pickles are never opened"):
        torch_weights.read(tmp_path / "model.pt")
    np.savez(tmp_path / "nan.npz", **{"encoder.0.0.weight": np.full((1, 1, 3, 3), np.nan)})
    with pytest.raises(ValueError, match="finite"):
        torch_weights.read(tmp_path / "nan.npz")
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="cannot be read as weights"):
        torch_weights.read(tmp_path / "broken.safetensors")


def test_a_folder_of_networks_is_read_by_size(tmp_path):
    for name in ("0to255_RF_90x90_set_size_10", "0to255_RF_90x90_set_size_10_swapped", "0to255_set_size_2"):
        (tmp_path / name).mkdir()
        torch_weights.write(tmp_path / name / "model.npz", SMALL[1].build(nnx.Rngs(0)))
    found = torch_weights.scan(tmp_path)
    assert [(t.samples, t.swapped) for t in found] == [(2, False), (10, False), (10, True)]
    (tmp_path / "0to255_set_size_7").mkdir()
    with pytest.raises(ValueError, match=r"\.safetensors or \.npz"):
        torch_weights.scan(tmp_path)
    with pytest.raises(ValueError, match="set_size"):
        torch_weights.scan(tmp_path / "0to255_set_size_7")


def test_images_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="divisible by 4 for a U-Net of 2 blocks, got 9x8"):
        SMALL[1].check((9, 8))
    with pytest.raises(ValueError, match="3 channels"):
        UNetArchitecture(3).check((8, 8))
    with pytest.raises(ValueError, match="no image"):
        SMALL[0].check((64,))
    with pytest.raises(ValueError, match="kernels must be"):
        UNetArchitecture(1, 0)
    assert as_images(np.zeros((2, 12)), (2, 2, 3)).shape == (2, 2, 2, 3)
