import math

import msgspec
import pytest

from polate import ControlError
from polate.control.path import MOST_POINTS, Path

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def test_a_closed_path_has_a_piece_back_to_its_first_point() -> None:
    assert Path(axes=(1, 2), points=SQUARE).pieces == 4
    assert Path(axes=(1, 2), points=SQUARE, closed=False).pieces == 3


@pytest.mark.parametrize(
    ("axes", "points", "message"),
    [
        ((3, 3), SQUARE, "axes must be two different numbers from 1, got 3 and 3"),
        ((0, 1), SQUARE, "axes must be two different numbers from 1, got 0 and 1"),
        ((2, -1), SQUARE, "axes must be two different numbers from 1, got 2 and -1"),
        ((1, 2), SQUARE[:1], "points must be 2 to 64, got 1"),
        ((1, 2), SQUARE * 17, "points must be 2 to 64, got 68"),
        ((1, 2), ((0.0, 0.0), (0.5, 1.25)), r"points must be pairs of numbers 0\.\.1, got 0\.5 and 1\.25"),
        ((1, 2), ((0.0, 0.0), (math.nan, 1.0)), r"points must be pairs of numbers 0\.\.1, got nan and 1"),
    ],
)
def test_axes_and_points_that_cannot_be_are_refused(
    axes: tuple[int, int], points: tuple[tuple[float, float], ...], message: str
) -> None:
    with pytest.raises(ControlError, match=f"^{message}$"):
        Path(axes=axes, points=points)


def test_as_many_points_as_can_be_are_taken() -> None:
    assert len(Path(axes=(8, 1), points=SQUARE * 16).points) == MOST_POINTS == 64


def test_an_axis_that_the_model_does_not_have_is_refused() -> None:
    path = Path(axes=(2, 8), points=SQUARE)
    path.check(8)
    with pytest.raises(ControlError, match=r"^axes must be in 1\.\.7, got 8$"):
        path.check(7)


def test_it_is_read_from_a_table_as_a_file_has_it_and_comes_back_from_json() -> None:
    path = msgspec.convert({"axes": [1, 3], "points": [[0, 0.5], [1, 0.5]], "closed": False}, Path)
    assert path == Path(axes=(1, 3), points=((0.0, 0.5), (1.0, 0.5)), closed=False)
    assert msgspec.json.decode(msgspec.json.encode(path), type=Path) == path
    assert msgspec.json.encode(Path(axes=(1, 2), points=SQUARE[:2])) == b'{"axes":[1,2],"points":[[0.0,0.0],[1.0,0.0]]}'


def test_a_mistake_in_a_table_is_told_with_its_place() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"Expected `array` of length 2, got 3 - at `\$\.points\[1\]`"):
        msgspec.convert({"axes": [1, 2], "points": [[0, 0], [0, 1, 2]]}, Path)
    with pytest.raises(msgspec.ValidationError, match="points must be 2 to 64, got 0"):
        msgspec.convert({"axes": [1, 2], "points": []}, Path)
