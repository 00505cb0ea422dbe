"""What the page says about a pattern and a place."""

from polate.model.decoder import Decoder
from polate.web.facts import Facts


def test_a_pattern_has_its_notes_its_class_and_their_names(decoder: Decoder) -> None:
    facts = Facts(decoder).of_pattern("ditone 0 -2 3", 60)
    assert facts["text"] == "ditone 0 -2 3"
    assert facts["notes"][:10] == [60, 58, 63, 64, 62, 67, 68, 66, 71, 72]
    assert facts["class"] == "Infra-Interpolation"
    assert facts["spelled"]["0"] == "C"
    assert set(facts["spelled"]) == {str(note % 12) for note in facts["notes"]}


def test_a_text_that_is_no_pattern_has_no_facts(decoder: Decoder) -> None:
    assert Facts(decoder).of_pattern("no such thing", 60) == {}


def test_at_a_landmark_the_nearest_is_that_landmark(decoder: Decoder) -> None:
    mark = next(mark for mark in decoder.metadata.landmarks if mark.name == "giant steps")
    positions = [axis.position(value) for axis, value in zip(decoder.axes, mark.z, strict=True)]
    facts = Facts(decoder).of_place(positions)
    assert facts["nearest"][0] == {"name": "giant steps", "text": "ditone 0 -2 3", "distance": 0.0}
    assert [each["distance"] for each in facts["nearest"]] == sorted(each["distance"] for each in facts["nearest"])
    assert 0 < facts["certainty"] <= 1
    assert len(facts["second"]) == 2
