"""Folders, files, times and numbers that every command takes or writes the same way."""

import os

import pytest

from lingen.files import open_folder, replace_file
from lingen.scripts.commands.options.data_options import whole_numbers
from lingen.words import clock


@pytest.mark.parametrize(("content", "found"), [("q ≈ 1\n", "q ≈ 1\n".encode()), (b"\x00\xff", b"\x00\xff")])
def test_a_file_is_replaced_whole_and_nothing_lies_beside_it(tmp_path, content, found):
    target = tmp_path / "numbers"
    target.write_text("old")
    replace_file(target, content)
    assert target.read_bytes() == found
    assert os.listdir(tmp_path) == ["numbers"]


def test_a_file_that_cannot_be_replaced_leaves_nothing(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        replace_file(tmp_path / "taken", "new")
    assert os.listdir(tmp_path) == ["taken"]


def test_a_folder_is_made_and_left_empty(tmp_path):
    assert open_folder("--out", tmp_path / "a" / "b", ["x.json"]) == tmp_path / "a" / "b"
    assert os.listdir(tmp_path / "a" / "b") == []


def test_a_name_taken_by_a_folder_is_refused(tmp_path):
    (tmp_path / "x.json").mkdir()
    with pytest.raises(ValueError, match=r"^--out .*: cannot write x.json there \(is a folder\)$"):
        open_folder("--out", tmp_path, ["y.json", "x.json"])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00"), (59.6, "1:00"), (3599.4, "59:59"), (3661, "1:01:01"), (1e6, "277:46:40")],
)
def test_the_time_left_is_written_as_on_a_clock(seconds, words):
    assert clock(seconds) == words


def test_numbers_of_samples_are_read():
    assert whole_numbers(" ") is None
    assert whole_numbers("16, 64,256") == [16, 64, 256]
