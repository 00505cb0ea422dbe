import msgspec
import pytest

from polate import ControlError
from polate.control.fields import FIELDS
from polate.control.path import Path
from polate.control.settings import Motion, PlaySettings
from polate.control.snapshot import NOT_KEPT, Snapshot, points

PLAYED = PlaySettings(bpm=99.0, tonic="Eb3", rate="1/8t", hold=True, nudge=-8.0, seed=7)


def test_it_keeps_the_sound_and_not_the_room() -> None:
    changes = Snapshot.of((0.5, -1.0), [Motion(), Motion()], PLAYED).changes()
    assert changes["rate"] == "1/8t"
    assert changes["hold"] is True
    assert {key.replace("-", "_") for key in FIELDS} - changes.keys() == {
        "bpm", "nudge", "bar", "seed", "hysteresis", "sequence", "sequence_bars",
        "listen", "listen_answer", "listen_tonic", "listen_gap", "listen_bars", "listen_notes", "listen_morph_bars",
        "listen_channel",
    }  # fmt: skip


def test_only_the_axes_that_move_are_written_down_by_number_from_1() -> None:
    orbit = Motion(kind="orbit", bars=2.0)
    snapshot = Snapshot.of((0.0, 0.0, 0.0), [Motion(depth=0.9), orbit, Motion()], PLAYED)
    assert snapshot.motions == {"2": orbit}
    assert snapshot.motions_for(3) == [Motion(), orbit, Motion()]


def test_the_path_is_kept_and_not_written_where_there_is_none() -> None:
    path = Path(axes=(3, 1), points=((0.0, 0.5), (1.0, 0.5)))
    snapshot = Snapshot.of((0.0, 0.0, 0.0), [Motion()] * 3, PLAYED, path)
    assert snapshot.path_for(3) == path
    assert msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot) == snapshot
    assert msgspec.json.encode(Snapshot((0.5,), {"gate": 50})) == b'{"z":[0.5],"settings":{"gate":50}}'


def test_a_path_on_an_axis_that_is_not_there_is_refused() -> None:
    snapshot = Snapshot((0.0, 0.0), {}, path=Path(axes=(3, 1), points=((0.0, 0.5), (1.0, 0.5))))
    with pytest.raises(ControlError, match=r"axes must be in 1\.\.2, got 3"):
        snapshot.path_for(2)


def test_a_setting_that_it_does_not_name_is_left_as_it_is() -> None:
    assert Snapshot((0.0,), {"gate": 50}).changes() == {"gate": 50.0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loudness": 3}, "a snapshot has no setting 'loudness'; there are rate, swing, tonic"),
        ({"bpm": 99.0}, "a snapshot has no setting 'bpm'"),
        ({"gate": 201}, r"gate must be a number 1\.\.200, got 201"),
        ({"order": "sideways"}, "order must be one of thesaurus, up, .*, got 'sideways'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        Snapshot((0.0,), settings).changes()


@pytest.mark.parametrize("number", ["0", "3", "-1", "one", "1.0", ""])
def test_an_axis_that_is_not_there_is_refused(number: str) -> None:
    with pytest.raises(ControlError, match=rf"axis must be in 1\.\.2, got '{number}'"):
        Snapshot((0.0, 0.0), {}, {number: Motion(kind="walk")}).motions_for(2)


def test_what_is_not_kept_are_settings() -> None:
    assert set(NOT_KEPT) <= FIELDS.keys()


def test_the_points_of_snapshots_go_by_their_names() -> None:
    assert points({"verse": Snapshot((0.5, 1.0), {}), "chorus": Snapshot((0.0, 2.0), {})}) == {
        "verse": (0.5, 1.0),
        "chorus": (0.0, 2.0),
    }
