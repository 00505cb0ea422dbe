"""The takes of the gallery and of the knobs: what is played in each, and playing it on a virtual clock.

Take --session, ideal gate--> journal, MIDI file
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from polate import __version__
from polate.control.commands import (
    Control,
    GoTo,
    KeyDown,
    KeyUp,
    Set,
    SetAxis,
    SetCorner,
    SetPlaying,
    SetPoint,
)
from polate.control.path import Path as MapPath
from polate.control.settings import Motion, PlaySettings
from polate.model.decoder import Decoder
from polate.sequencer.engine import LOOKAHEAD_NS
from polate.takes.events import Event
from polate.takes.ideal_gate import IdealGate
from polate.takes.journal import Line, Start, encode
from polate.takes.session import Session
from polate.takes.smf import TrackEncoder, midi_file

__all__ = ["FIRST", "GALLERY", "Take", "knob_takes", "play"]

SECOND = 1_000_000_000
BEGIN_NS = 1_000 * SECOND
Score = Sequence[tuple[float, Control]]  # (beat, command), in any order


@dataclass(frozen=True, slots=True)
class Take:
    """What is played. A beat is a quarter note."""

    name: str
    title: str
    text: str  # what can be heard
    beats: float
    settings: PlaySettings
    place: str
    score: Score = ()
    model: str = "slonimsky"
    motions: Mapping[str, Motion] = field(default_factory=dict)
    path: MapPath | None = None
    instruments: Mapping[str, str] = field(default_factory=dict)  # of the page's voices
    levels: Mapping[str, float] = field(default_factory=dict)  # of the voices, 0..1
    room: float = 0.3


def sweep(axis: int, beats: tuple[float, float], positions: tuple[float, float], steps: int = 32) -> Iterator:
    """A hand that turns a knob, from 1, evenly."""
    (begin, end), (start, stop) = beats, positions
    for step in range(steps + 1):
        part = step / steps
        yield begin + (end - begin) * part, SetAxis(axis - 1, start + (stop - start) * part)


def play(take: Take) -> tuple[bytes, bytes]:
    """The journal and the MIDI file of a take."""
    decoder = Decoder.open(Path(take.model))
    start = Start(
        polate=__version__,
        model=take.model,
        sha256=decoder.sha256,
        settings=take.settings,
        motions=dict(take.motions),
        path=take.path,
        ports={"2": 0, "3": 0},
        lookahead_ns=LOOKAHEAD_NS,
    )
    lines: list[Line] = []
    session = Session(start, decoder.decode, decoder.axes, decoder.metadata.landmarks)
    session.write_journal(lines.append)
    if take.place:
        session.apply(GoTo(take.place), BEGIN_NS)
    gate, events = IdealGate(), list[Event]()
    beat_ns = 60 * SECOND / take.settings.bpm
    first_ns = BEGIN_NS + SECOND // 10
    ending: Score = [(take.beats, SetPlaying(False))]
    due = [
        (first_ns + round(beat * beat_ns), command)
        for beat, command in sorted([(0, SetPlaying(True)), *take.score, *ending], key=lambda entry: entry[0])
    ]
    now = BEGIN_NS
    while due or session.engine.deadline_ns is not None:
        times = [at for at in (due[0][0] if due else None, session.engine.deadline_ns) if at is not None]
        now = max(now + 1, min(times))
        while due and due[0][0] <= now:
            at, command = due.pop(0)
            session.apply(command, at)
        for report in gate.take(session.advance(now), now):
            session.report(report)
        events += session.timeline.settle()
    now += SECOND
    for report in gate.advance(now):
        session.report(report)
    session.check(now)
    session.end(now)
    events += session.timeline.settle()
    midi = midi_file(TrackEncoder().end([*events, *session.timeline.rest()]))
    return b"".join(map(encode, lines)), midi


def held(note: int, begin: float, end: float) -> Score:
    """A key that is held from beat to beat."""
    return [(begin, KeyDown(note, 90)), (end, KeyUp(note))]


GALLERY = (
    Take(
        name="01-three-tonics",
        title="Three tonics",
        text="Giant steps: three tonics a major third apart, each approached from a whole tone below. The bass plays "
        "the tonics alone. In the middle the first knob closes the interval and opens it again.",
        beats=40,
        settings=PlaySettings(
            bpm=126, tonic="C4", octaves=2, lowest=45, bass=2, bass_octave=-2, gate=95, dynamics="rising"
        ),
        place="giant steps",
        score=[*sweep(1, (16, 20), (0.39, 0.12)), *sweep(1, (24, 28), (0.12, 0.39)), (32, GoTo("giant steps"))],
        instruments={"line": "epiano", "bass": "bass"},
        levels={"bass": 0.55},
    ),
    Take(
        name="02-petrushka-clockwork",
        title="Petrushka's clockwork",
        text="Two major triads a tritone apart, in a Euclidean rhythm of five strokes in eight steps, with ratchets by "
        "chance and the chord of each cell on the organ.",
        beats=32,
        settings=PlaySettings(
            bpm=108,
            tonic="D4",
            order="pendulum",
            euclid_pulses=5,
            euclid_steps=8,
            ratchets=2,
            ratchet_chance=30,
            chord=3,
            chord_octave=-1,
            gate=60,
            seed=4,
            dynamics="accents",
            accents="X..x..x.",
        ),
        place="petrushka",
        score=[(16, Set("euclid-pulses", 7)), (24, Set("euclid-pulses", 3))],
        instruments={"line": "marimba", "chord": "organ"},
        levels={"chord": 0.4},
    ),
    Take(
        name="03-modes-at-dusk",
        title="Modes at dusk",
        text="The map of octave scales: from dorian to lydian in eight bars, swung, with a pad that holds each cell. "
        "One note moves at a time.",
        beats=32,
        settings=PlaySettings(
            bpm=92, tonic="D4", order="pendulum", rate="1/8", swing=60, gate=110, chord=3, chord_octave=-1,
            chord_velocity=60, velocity=92, dynamics="rising", soft=50,
        ),
        place="dorian",
        model="octave",
        score=[(4, GoTo("lydian", 4.0)), (24, GoTo("dorian", 2.0))],
        instruments={"line": "pluck", "chord": "pad"},
        levels={"chord": 0.35},
        room=0.45,
    ),
    Take(
        name="04-mirror",
        title="Mirror",
        text="A symmetric pattern: every second cell stands on its head. The order goes from the outer notes to the "
        "middle, in triplets.",
        beats=32,
        settings=PlaySettings(
            bpm=100, tonic="F#3", order="converge", rate="1/16t", octaves=2, gate=50, dynamics="falling", soft=45
        ),
        place="tritone mirror",
        score=[(16, Set("order", "diverge")), (24, Set("order", "thesaurus"))],
        instruments={"line": "marimba"},
    ),
    Take(
        name="05-glass-fourths",
        title="Glass fourths",
        text="The cycle of fourths climbs five octaves, legato and slow; then the second knob puts notes between.",
        beats=28,
        settings=PlaySettings(bpm=72, tonic="E2", rate="1/8t", gate=180, velocity=85, dynamics="falling", soft=55),
        place="cycle of fourths",
        score=[*sweep(2, (12, 24), (0.02, 0.55), 48)],
        instruments={"line": "glass"},
        room=0.6,
    ),
    Take(
        name="06-tides",
        title="Tides",
        text="Nobody turns a knob: three axes move by themselves, in three, five and seven bars, and meet again "
        "after a hundred and five.",
        beats=48,
        settings=PlaySettings(
            bpm=118, tonic="A3", order="pendulum", change="beat", gate=85, dynamics="rising", soft=48, bass=2,
            bass_octave=-1, lowest=45, highest=96,
        ),
        place="octatonic whole-half",
        motions={
            "1": Motion(kind="orbit", bars=3, depth=0.35),
            "3": Motion(kind="orbit", bars=5, depth=0.5, shape="triangle"),
            "6": Motion(kind="orbit", bars=7, depth=0.6),
        },
        instruments={"line": "epiano", "bass": "pluck"},
        levels={"bass": 0.6},
    ),
    Take(
        name="07-sieve",
        title="Sieve",
        text="Eleven strokes in sixteen steps, and of these only three in four sound, by a seed: the same ones each "
        "time. The notes come in random order.",
        beats=48,
        settings=PlaySettings(
            bpm=140, tonic="G3", order="random", euclid_pulses=11, euclid_steps=16, probability=75, seed=9, gate=40,
            ratchets=3, ratchet_chance=8, dynamics="accents", accents="X..x.x..", octaves=2,
        ),
        place="messiaen iii",
        score=[(24, GoTo("enclosure", 2.0))],
        instruments={"line": "pluck"},
        room=0.35,
    ),
    Take(
        name="08-slow-walk-in-three",
        title="Slow walk in three",
        text="A walk through the augmented scale, three beats in a bar, the reed alone; then a bass joins.",
        beats=36,
        settings=PlaySettings(
            bpm=84, bar=3, tonic="Bb3", rate="1/8", order="walk", gate=105, seed=21, dynamics="accents",
            accents="X.x.x.", velocity=95, soft=62, bass_octave=-2,
        ),
        place="augmented scale",
        score=[(18, Set("bass", 2)), (27, GoTo("giant steps", 1.0))],
        instruments={"line": "reed", "bass": "bass"},
        levels={"bass": 0.45},
        room=0.45,
    ),
    Take(
        name="09-up-one-way-down-another",
        title="Up one way, down another",
        text="The melodic minor comes down through other notes than it goes up. Keys move the tonic within the scale.",
        beats=32,
        settings=PlaySettings(
            bpm=104, tonic="A3", rate="1/16", gate=100, keys="scale", octaves=2, dynamics="rising", soft=52, chord=3,
            chord_octave=-1, chord_velocity=55,
        ),
        place="melodic minor",
        model="octave",
        score=[*held(62, 8, 16), *held(64, 16, 24)],
        instruments={"line": "epiano", "chord": "pad"},
        levels={"chord": 0.25},
    ),
    Take(
        name="10-four-corners",
        title="Four corners",
        text="The pad between four places goes round by itself in eight bars: the whole-tone scale, triads by "
        "minor sixths, the octatonic scale, the cycle of fifths.",
        beats=40,
        settings=PlaySettings(
            bpm=132, tonic="C4", order="pendulum", pad_bars=8, gate=70, dynamics="accents", accents="X...x..."
        ),
        place="whole-tone scale",
        score=[
            (0, SetCorner("a", "whole-tone scale")),
            (0, SetCorner("b", "major triads by minor sixths")),
            (0, SetCorner("d", "octatonic half-whole")),
            (0, SetCorner("c", "cycle of fifths")),
        ],
        instruments={"line": "marimba"},
        room=0.4,
    ),
    Take(
        name="11-a-line-on-the-map",
        title="A line on the map",
        text="The point travels along a path of five places through two axes, once in five bars: each place falls "
        "on a bar line. The bass marks where the cell begins.",
        beats=40,
        settings=PlaySettings(
            bpm=112, tonic="Eb3", order="thesaurus", change="beat", path_bars=5, gate=88, bass=2, bass_octave=-1,
            velocity=96, lowest=40,
        ),
        place="messiaen iv",
        path=MapPath(axes=(1, 6), points=((0.15, 0.3), (0.35, 0.8), (0.55, 0.3), (0.75, 0.75), (0.3, 0.1))),
        instruments={"line": "epiano", "bass": "bass"},
        levels={"bass": 0.55},
    ),
    Take(
        name="12-everything-turns",
        title="Everything turns",
        text="A finale of ten seconds: six places, a bar each, by a sequence; chords, ratchets, and the register of "
        "the whole piano.",
        beats=24,
        settings=PlaySettings(
            bpm=144, tonic="C4", octaves=2, lowest=36, ratchets=2, ratchet_chance=25, gate=80, seed=3, chord=3, bass=2,
            bass_octave=-1, dynamics="rising", soft=55, sequence_bars=1,
            sequence="petrushka; giant steps; messiaen v; diminished seventh; major triads by ninths; tritone mirror",
        ),
        place="petrushka",
        instruments={"line": "pluck", "chord": "organ", "bass": "bass"},
        levels={"chord": 0.3},
    ),
)  # fmt: skip


FIRST = Take(
    name="first",
    title="The first sound",
    text="what `polate play` plays before anybody turns a knob",
    beats=16,
    settings=PlaySettings(),
    place="major triads by minor sixths",
    instruments={"line": "epiano"},
)


def knob_takes(model: str = "slonimsky") -> list[Take]:
    """For each axis a sweep of its knob from one end to the other, the others in the middle."""
    axes = Decoder.open(Path(model)).axes
    middle = (0, SetPoint((0.5,) * len(axes)))
    return [
        Take(
            name=f"{number}-{axis.name.replace(' ', '-')}",
            title=axis.name,
            text=f"from {axis.low} to {axis.high}",
            beats=16,
            settings=PlaySettings(bpm=120, tonic="C4", order="pendulum", dynamics="accents", accents="X..."),
            place="",
            score=[middle, *sweep(number, (0.01, 15), (0.0, 1.0), 60)],
            model=model,
            instruments={"line": "epiano"},
        )
        for number, axis in enumerate(axes, 1)
    ]
