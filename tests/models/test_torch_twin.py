"""The U-Net and the flat network against PyTorch twins of the published layout (optional: needs torch)."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lingen.models.networks import torch_weights

torch = pytest.importorskip("torch")
nn = torch.nn


class Norm(nn.Module):
    """γx/s with a running s."""

    def __init__(self, channels):
        super().__init__()
        self.gammas = nn.Parameter(torch.randn(1, channels, 1, 1))
        self.register_buffer("running_sd", torch.rand(1, channels, 1, 1) + 0.5)

    def forward(self, x):
        return x / self.running_sd * self.gammas


def conv(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)


def unit(inputs, outputs):
    return [conv(inputs, outputs), Norm(outputs), nn.ReLU()]


class Twin(nn.Module):
    """Two blocks of 5 kernels, in the order and with the names of the published network."""

    def __init__(self, channels=2, k=5):
        super().__init__()
        start = [conv(channels, k), nn.ReLU(), *unit(k, k)]
        self.encoder = nn.ModuleDict(
            {"0": nn.Sequential(*start), "1": nn.Sequential(*unit(k, 2 * k), *unit(2 * k, 2 * k))}
        )
        self.mid_block = nn.Sequential(*unit(2 * k, 4 * k), *unit(4 * k, 4 * k))
        end = [*unit(2 * k, k), conv(k, channels)]
        self.decoder = nn.ModuleDict(
            {"1": nn.Sequential(*unit(4 * k, 2 * k), *unit(2 * k, 2 * k)), "0": nn.Sequential(*end)}
        )
        up = {b: nn.ConvTranspose2d(2 * w, w, 2, stride=2, bias=False) for b, w in (("1", 2 * k), ("0", k))}
        self.upsample = nn.ModuleDict(up)

    def forward(self, x):
        seen = []
        for b in "01":
            seen.append(self.encoder[b](x))
            x = nn.functional.avg_pool2d(seen[-1], 2)
        x = self.mid_block(x)
        for b in "10":
            x = self.decoder[b](torch.cat([self.upsample[b](x), seen[int(b)]], dim=1))
        return x


class FlatTwin(nn.Module):
    """Five layers of 6 kernels."""

    def __init__(self, k=6):
        super().__init__()
        self.conv_layers = nn.ModuleList([conv(1, k), *(conv(k, k) for _ in range(3)), conv(k, 1)])
        self.BN_layers = nn.ModuleList([Norm(k) for _ in range(3)])

    def forward(self, x):
        x = self.conv_layers[0](x)
        for layer, norm in zip(self.conv_layers[1:-1], self.BN_layers, strict=True):
            x = torch.relu(norm(layer(x)))
        return self.conv_layers[-1](x)


@pytest.mark.parametrize(("twin", "channels"), [(Twin, 2), (FlatTwin, 1)])
def test_outputs_agree_with_torch(twin, channels):
    torch.manual_seed(0)
    model = twin().eval()
    weights = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    x = np.random.default_rng(0).normal(size=(3, 8, 12, channels)).astype(np.float32)
    with torch.no_grad():
        known = model(torch.from_numpy(x.transpose(0, 3, 1, 2))).numpy().transpose(0, 2, 3, 1)
    ours = np.asarray(nnx.jit(lambda f, y: f(y))(torch_weights.load(weights), jnp.asarray(x)))
    scale = np.abs(known).max()
    assert scale > 0.01
    assert np.abs(ours - known).max() < 1e-5 * scale
