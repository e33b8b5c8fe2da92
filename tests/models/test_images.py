"""Image data: what is loaded, how it is cut and scaled, and one clear line for everything that is wrong."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lingen.models.images import copies, shipped
from lingen.models.images import data as images
from lingen.models.readers import formats
from lingen.models.readers.found import Ask


def _save(path, array):
    Image.fromarray(array).save(path)
    return path


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (5, 6, 7), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path, pictures):
    for i, picture in enumerate(pictures):
        _save(tmp_path / f"{i}.png", picture)
    return tmp_path


def test_digits_have_their_mean_removed_and_their_dead_pixels_give_zero_eigenvalues():
    data = images.load("digits")
    assert data.vectors.shape == (1797, 64)
    assert data.shape == (8, 8)
    assert data.sources == 1797
    assert np.abs(data.vectors.mean(axis=0)).max() < 1e-14
    assert (data.vectors + data.mean).min() >= 0
    assert (data.vectors + data.mean).max() == 1.0
    dead = np.sum(data.vectors.std(axis=0) == 0)
    assert dead == 3
    assert np.sum(data.spectrum == 0) == dead
    assert data.population.dim == 64


def test_shipped_sets_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits, load_sample_image

    assert np.array_equal(shipped.read("digits")[0], load_digits().images / 16.0)
    for name in ("china", "flower"):
        (read,), theirs = shipped.read(name)[0], load_sample_image(f"{name}.jpg")
        assert read.dtype == theirs.dtype
        assert np.array_equal(read, theirs)


@pytest.mark.parametrize(("name", "sources"), [("photos", 2), ("china", 1), ("flower", 1)])
def test_photographs_are_cut_without_overlap(name, sources):
    data = images.load(name)
    assert data.vectors.shape == (sources * 53 * 80, 64)
    assert data.sources == sources
    assert images.load(name, patch=16).vectors.shape == (sources * 26 * 40, 256)
    assert images.load(name, patch=16, grey=False, limit=50).shape == (16, 16, 3)


def test_population_is_the_covariance_of_the_vectors(folder):
    data = images.load(folder)
    values = np.linalg.svd(data.vectors, compute_uv=False) ** 2 / (data.samples - 1)
    # five centred images span four directions: the other eigenvalues are exactly zero
    assert np.allclose(np.asarray(data.population.eigenvalues)[:4], values[:4], rtol=1e-10)
    assert np.all(np.asarray(data.population.eigenvalues)[4:] == 0)


def test_folder_is_read_in_order_and_scaled(folder, pictures):
    data = images.load(folder)
    assert np.allclose(data.vectors + data.mean, pictures.reshape(5, -1) / 255, atol=1e-15)
    assert data.shape == (6, 7)


def test_folder_looks_into_subfolders_and_past_other_files(folder, pictures):
    (folder / "more").mkdir()
    _save(folder / "more" / "x.bmp", pictures[0][::-1].copy())
    (folder / "notes.txt").write_text("not an image")
    (folder / ".hidden.png").write_text("not an image either")
    assert images.load(folder).samples == 6


def test_all_file_kinds_read_alike(tmp_path, pictures):
    for kind in ("png", "bmp", "tif", "gif"):
        _save(tmp_path / f"a.{kind}", pictures[0])
        _save(tmp_path / f"b.{kind.upper()}", pictures[1])
    data = images.load(tmp_path, keep_copies=True)
    assert np.allclose(data.vectors[:4], data.vectors[0], atol=1e-15)
    assert np.allclose(data.vectors[4:], data.vectors[4], atol=1e-15)


def test_colour_becomes_luma_or_stays(tmp_path):
    colours = np.random.default_rng(2).integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
    for i, c in enumerate(colours):
        _save(tmp_path / f"{i}.png", c)
    grey, full = images.load(tmp_path), images.load(tmp_path, grey=False)
    assert grey.shape == (4, 4)
    assert full.shape == (4, 4, 3)
    luma = colours @ np.array([0.299, 0.587, 0.114]) / 255
    assert np.allclose(grey.vectors + grey.mean, luma.reshape(3, -1), atol=1e-14)


def test_grey_and_colour_files_mix(tmp_path, pictures):
    _save(tmp_path / "a.png", pictures[0])
    _save(tmp_path / "b.png", np.repeat(pictures[1][..., None], 3, axis=-1))
    data = images.load(tmp_path)
    assert np.allclose(data.vectors + data.mean, pictures[:2].reshape(2, -1) / 255, atol=1e-14)


def test_sixteen_bits_are_kept(tmp_path):
    deep = np.random.default_rng(3).integers(0, 65536, (2, 4, 4)).astype(np.uint16)
    for i, picture in enumerate(deep):
        _save(tmp_path / f"{i}.png", picture)
    data = images.load(tmp_path)
    assert np.allclose(data.vectors + data.mean, deep.reshape(2, -1) / 65535, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.int32])
def test_integers_are_scaled_by_their_depth_whatever_their_type(dtype, pictures):
    data = images.from_array(pictures.astype(dtype))
    assert np.allclose(data.vectors + data.mean, pictures.reshape(5, -1) / 255, atol=1e-15)


def test_floats_and_vectors_are_kept(tmp_path):
    vectors = 100 * np.random.default_rng(4).normal(size=(6, 3))
    np.save(tmp_path / "v.npy", vectors)
    data = images.load(tmp_path / "v.npy")
    assert np.allclose(data.vectors + data.mean, vectors)
    assert data.shape == (3,)


@pytest.mark.parametrize("names", [("only",), ("labels", "images"), ("other", "data")])
def test_npz_takes_the_only_array_or_the_one_named(tmp_path, names, pictures):
    content = {n: np.zeros(2) for n in names[:-1]} | {names[-1]: pictures}
    np.savez(tmp_path / "a.npz", **content)
    assert images.load(tmp_path / "a.npz").samples == 5


def test_limit_spreads_evenly(folder, pictures):
    kept = images.load(folder, limit=3)
    assert np.allclose(kept.vectors + kept.mean, pictures[[0, 2, 4]].reshape(3, -1) / 255, atol=1e-15)
    assert images.load("digits", limit=100).samples == 100


def test_patches_of_images_of_different_sizes(folder, pictures):
    _save(folder / "z.png", np.vstack([pictures[0], pictures[1]]))
    assert images.load(folder, patch=3).samples == 5 * 4 + 8


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9), st.integers(1, 5), st.integers(1, 4))
def test_patches_are_the_slices_in_order(n, height, width, size, stride):
    size = min(size, height, width)
    stack = np.arange(n * height * width).reshape(n, height, width)
    slices = [
        image[i : i + size, j : j + size]
        for image in stack
        for i in range(0, height - size + 1, stride)
        for j in range(0, width - size + 1, stride)
    ]
    assert np.array_equal(images.patches(stack, size, stride), np.stack(slices))
    coloured = np.stack([stack, -stack], axis=-1)
    assert np.array_equal(images.patches(coloured, size, stride)[..., 1], -np.stack(slices))


def test_missing_path_names_what_is_known():
    with pytest.raises(ValueError, match="digits, photos, china, flower, got 'nowhere': nothing there"):
        images.load("nowhere")


def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match=r"folder with image files .*: no file"):
        images.load(tmp_path)
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(ValueError, match=r"folder with image files .*: 1 other files"):
        images.load(tmp_path)


def test_file_of_another_kind(tmp_path):
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(
        ValueError, match=r"file of kind .*\.npz .*, got .*a\.txt.*: convert by python -c .*np\.loadtxt"
    ):
        images.load(tmp_path / "a.txt")


@pytest.mark.parametrize("kind", ["png", "jpg", "bmp", "tif"])
@pytest.mark.parametrize("share", [0.5, 0.02])
def test_truncated_image_is_named(folder, kind, share):
    big = np.random.default_rng(5).integers(0, 256, (64, 64), dtype=np.uint8)
    whole = _save(folder / f"whole.{kind}", big).read_bytes()
    (folder / f"whole.{kind}").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=rf"whole\.{kind} must be a readable image, got: [^\n]+\Z"):
        images.load(folder, patch=4)


def test_text_called_an_image_is_named(folder):
    (folder / "9.png").write_text("no image")
    with pytest.raises(ValueError, match=r"9\.png must be a readable image"):
        images.load(folder)


def test_a_picture_of_another_size_is_resized_and_told(folder, pictures):
    _save(folder / "z.png", pictures[0].T.copy())
    data = images.load(folder)
    assert data.shape == (6, 7)
    assert "1 of 6 resized to 6x7, the commonest size (z.png), of 1 the middle alone" in " ".join(data.notes)


def test_one_image(folder):
    with pytest.raises(ValueError, match=r"at least two images, got 1 \(a patch size"):
        images.load(folder / "0.png")
    assert images.load(folder / "0.png", patch=3).samples == 4


def test_patch_larger_than_the_image(folder):
    with pytest.raises(ValueError, match=r"patch must be at most 6, the image is 6x7, got 7 for .*0\.png"):
        images.load(folder, patch=7)
    with pytest.raises(ValueError, match="patch must be at most 8, the image is 8x8, got 9"):
        images.load("digits", patch=9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"patch": 0}, "patch must be a whole number of at least 1, got 0"),
        ({"patch": 2.5}, "patch must be a whole number, got 2.5"),
        ({"patch": 4, "stride": 0}, "stride must be a whole number of at least 1, got 0"),
        ({"stride": 4}, "stride must come with a patch size"),
        ({"limit": 1}, "limit must be a whole number of at least 2, got 1"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        images.load("digits", **arguments)


def test_values_that_are_not_finite_are_counted_and_located():
    array = np.ones((3, 2, 2))
    array[1, 0, 1], array[2, 1, 1] = np.nan, np.inf
    with pytest.raises(ValueError, match=r"got 2 NaN or infinite values, the first at \(1, 0, 1\)"):
        images.from_array(array)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), r"shape \(n, d\).*got \(3,\)"),
        (np.zeros((1, 1, 1, 1, 1)), r"shape \(n, d\).*got \(1, 1, 1, 1, 1\)"),
        (np.zeros((0, 4)), r"at least two rows .*, got an array of shape \(0, 4\)"),
        (np.zeros((3, 0)), r"at least two rows .*, got an array of shape \(3, 0\)"),
        (np.ones((1, 4, 4)), "at least two images, got 1"),
        (np.ones((5, 4, 4)), "must vary, got 5 equal images"),
        (np.ones((5, 4), dtype=complex), "real numbers, got dtype complex128"),
        (np.full((5, 4), "a"), "real numbers, got dtype <U1"),
        (np.ones((5, 4, 4, 2)), "1, 3 or 4 channels to become grey, got 2"),
    ],
)
def test_arrays_that_are_no_images(array, message):
    with pytest.raises(ValueError, match=message):
        images.from_array(array)


def test_vectors_have_no_patches():
    with pytest.raises(ValueError, match=r"patch must be absent for vectors, got patch=2 .* shape \(5, 4\)"):
        images.from_array(np.eye(5, 4), patch=2)


def test_python_objects_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[1, None]], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", np.array([[1, None]], dtype=object))
    (tmp_path / "b.npy").write_text("text")
    for name, words in (("a.npy", "Python objects"), ("a.npz", "Python objects"), ("b.npy", "4 bytes")):
        with pytest.raises(ValueError, match=f"must be a readable array file, got: .*{words}"):
            images.load(tmp_path / name)


@pytest.mark.parametrize("kind", ["npy", "npz"])
@pytest.mark.parametrize("keep", [0, 20, 200])
def test_corrupt_arrays_are_named(tmp_path, kind, keep):
    file = tmp_path / f"a.{kind}"
    (np.save if kind == "npy" else np.savez)(file, np.arange(100.0).reshape(10, 10))
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ValueError, match=rf"a\.{kind} must be a readable array file, got: [^\n]+\Z"):
        images.load(file)


def test_npz_without_or_with_too_many_arrays(tmp_path):
    np.savez(tmp_path / "none.npz")
    np.savez(tmp_path / "many.npz", a=np.eye(2), b=np.eye(2))
    with pytest.raises(ValueError, match=r"none\.npz must hold an array, got none"):
        images.load(tmp_path / "none.npz")
    with pytest.raises(
        ValueError, match="one array or one called images or data or x or X, got a 2×2, b 2×2: choose"
    ):
        images.load(tmp_path / "many.npz")


def test_exif_orientation_turns_pictures_upright(tmp_path):
    upright = np.random.default_rng(6).integers(0, 256, (8, 5, 6), dtype=np.uint8)
    turns = {
        1: None,
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }
    for i, picture in enumerate(upright):
        code, turn = list(turns.items())[i % 4]
        image = Image.fromarray(picture)
        exif = Image.Exif()
        exif[0x0112] = code
        (image if turn is None else image.transpose(turn)).save(tmp_path / f"{i}.png", exif=exif)
    data = images.load(tmp_path)
    assert np.allclose(data.vectors + data.mean, upright.reshape(8, -1) / 255, atol=1e-15)
    assert any("6 turned upright by their EXIF orientation" in note for note in data.notes)


def test_what_is_left_out_is_counted_and_named(folder, pictures):
    first, *rest = (Image.fromarray(p[::-1]) for p in pictures[:3])
    first.save(folder / "stack.tif", save_all=True, append_images=rest)
    (folder / "notes.txt").write_text("")
    (folder / ".hidden.png").write_text("")
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    notes = " ".join(images.load(folder).notes)
    assert "2 pages after the first (stack.tif)" in notes
    assert "1 other files (notes.txt)" in notes
    assert "1 hidden files (.hidden.png)" in notes
    assert "1 broken links (gone.png)" in notes


def test_linked_folders_are_followed_once(tmp_path, pictures):
    inside, outside = tmp_path / "data", tmp_path / "elsewhere"
    inside.mkdir()
    outside.mkdir()
    for i, picture in enumerate(pictures):
        _save((inside if i < 2 else outside) / f"{i}.png", picture)
    (inside / "more").symlink_to(outside)
    (inside / "again").symlink_to(outside)
    (outside / "round").symlink_to(inside)
    assert images.load(inside).samples == 5


def test_one_divisor_for_a_set(tmp_path):
    rng = np.random.default_rng(7)
    low, high = rng.integers(0, 200, (3, 4, 4)), rng.integers(0, 65536, (3, 4, 4))
    mixed = np.concatenate([low, high])
    for i, picture in enumerate(mixed):
        _save(tmp_path / f"{i}.png", picture.astype(np.uint8 if i < 3 else np.uint16))
    from_files, from_array = images.load(tmp_path), images.from_array(mixed)
    assert np.array_equal(from_files.vectors, from_array.vectors)
    assert np.allclose(from_files.vectors + from_files.mean, mixed.reshape(6, -1) / 65535, atol=1e-15)
    assert any("several depths (uint16, uint8) share one divisor" in note for note in from_files.notes)
    cut = images.load(tmp_path, patch=2)
    assert np.allclose((cut.vectors + cut.mean).max(), high.max() / 65535)


def test_transparent_pixels_are_black(tmp_path):
    rng = np.random.default_rng(8)
    colours = rng.integers(0, 256, (4, 5, 5, 4), dtype=np.uint8)
    colours[..., 3] = np.where(rng.random((4, 5, 5)) < 0.5, 0, 255)
    for i, picture in enumerate(colours):
        _save(tmp_path / f"{i}.png", picture)
    data = images.load(tmp_path, grey=False)
    known = np.where(colours[..., 3:] == 0, 0, colours[..., :3]) / 255
    assert np.allclose(data.vectors + data.mean, known.reshape(4, -1), atol=1e-15)
    assert any("4 with transparent pixels, laid on black" in note for note in data.notes)
    grey = images.from_array(colours)
    assert np.allclose(grey.vectors + grey.mean, (known @ [0.299, 0.587, 0.114]).reshape(4, -1), atol=1e-14)


def test_grey_and_colour_files_are_cut_together(tmp_path, pictures):
    _save(tmp_path / "a.png", pictures[0])
    _save(tmp_path / "b.png", np.repeat(pictures[1][..., None], 3, axis=-1))
    data = images.load(tmp_path, patch=3, grey=False)
    assert data.shape == (3, 3, 3)
    assert np.allclose(
        (data.vectors + data.mean).reshape(-1, 3), (data.vectors + data.mean).reshape(-1, 3)[:, :1]
    )


@pytest.mark.parametrize("largest", [200, 60_000])
def test_floats_of_whole_numbers_scale_as_the_integers(largest):
    whole = np.random.default_rng(9).integers(0, largest, (5, 4, 4))
    assert np.array_equal(images.from_array(whole).vectors, images.from_array(whole.astype(float)).vectors)
    binary = (whole > largest / 2).astype(float)
    for dtype in (float, int, bool, np.uint8):
        data = images.from_array(binary.astype(dtype))
        assert (data.vectors + data.mean).max() == 1.0


def test_limit_reads_no_more_than_it_keeps(tmp_path):
    stack = np.random.default_rng(10).integers(0, 256, (40, 6, 6), dtype=np.uint8)
    np.save(tmp_path / "a.npy", stack)
    assert isinstance(formats.read(tmp_path / "a.npy", Ask()).values, np.memmap)
    for patch in (None, 2):
        every = images.load(tmp_path / "a.npy", patch=patch)
        some = images.load(tmp_path / "a.npy", patch=patch, limit=17)
        kept = np.linspace(0, every.samples - 1, 17).round().astype(int)
        assert np.allclose(some.vectors + some.mean, (every.vectors + every.mean)[kept], atol=1e-15)


def test_copies_of_whole_pictures_are_left_out_before_they_are_cut():
    rng = np.random.default_rng(11)
    pictures = rng.normal(size=(3, 12, 12))
    twice = np.concatenate([pictures, pictures + 1e-4 * rng.normal(size=pictures.shape)])
    data = images.from_array(twice, patch=4)
    assert data.samples == images.from_array(pictures, patch=4).samples == 27
    assert data.sources == data.families == 3
    assert any("3 of 6 pictures repeat others" in note for note in data.notes)


def test_labels_link_copies_of_copies():
    line = np.zeros((4, 8))
    line[:, 0] = 1.0
    line[1:3, 1] = [0.008, 0.016]  # each within 1 % of the next, the ends are not
    line[3] = -1.0
    centre = np.zeros(8)
    assert copies.labels(line, 0.01, centre=centre).tolist() == [0, 0, 0, 3]
    assert copies.labels(line, 0.001, centre=centre).tolist() == [0, 1, 2, 3]


def test_independent_rows_are_no_copies():
    for dim, decay in ((2, 0.0), (5, 2.0), (64, 3.0)):
        rows = np.random.default_rng(dim).normal(size=(4000, dim)) * np.arange(1, dim + 1) ** -decay
        found = copies.labels(rows, copies.tolerance(rows))
        assert np.array_equal(found, np.arange(4000))


def test_vectors_are_shared_with_arrays_and_cannot_be_written_to():
    """One copy serves NumPy and XLA: of a large set each is half a gigabyte."""
    found = images.load("digits", limit=50).vectors
    shared = jax.device_put(found)
    assert shared.unsafe_buffer_pointer() == found.ctypes.data
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 1.0
