"""Fashion-MNIST (idx, gzip) averaged over 2 × 2 pixels, as `fashion14.npy` in the working folder."""

from __future__ import annotations

import gzip
import sys

import numpy as np

HEADER, SIDE = 16, 28
with gzip.open(sys.argv[1]) as stream:
    pixels = np.frombuffer(stream.read(), np.uint8, offset=HEADER).reshape(-1, SIDE // 2, 2, SIDE // 2, 2)
np.save("fashion14.npy", (pixels.mean(axis=(2, 4)) / 255.0).astype(np.float32))
