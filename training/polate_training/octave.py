"""Octave scales: patterns of interval 12, with the names that players use.

    families (a parent scale and its modes) --rotate--+
    the 72 melakartas --their scheme------------------+--> octave(): names -> Corpus
    single scales, and scales with another way down --+

Modes are computed by rotating their parent, and the melakartas from their scheme. Some traditions use other intonations
than twelve equal steps (raga, maqam, qenet, pelog and most of Japan's); here is the nearest outline in twelve steps. A
raga is more than its notes. Ragas whose lines turn back on themselves are left out.

Sources: each scale is common knowledge of the field. The names of the large families follow the usual jazz and
classical textbooks, Messiaen's *Technique de mon langage musical* (1944) for his modes, Venkatamakhin's scheme in
Govinda's names for the melakartas, and Bhatkhande's for the ten thaats.
"""

from collections.abc import Iterator
from itertools import combinations, pairwise, product

from polate.theory.pattern import Pattern
from polate_training.corpus import Corpus

__all__ = ["complete_octave", "named_scales", "octave"]

# The degrees of a parent; then its modes from the first degree on, separated by ";". "," separates the names of a mode.
# A mode without a name is "PARENT from degree NUMBER".
_FAMILIES = {
    # seven notes
    "0 2 4 5 7 9 11": """
        major, ionian, thaat bilawal, maqam ajam; dorian, thaat kafi; phrygian, thaat bhairavi, maqam kurd;
        lydian, thaat kalyan; mixolydian, thaat khamaj; aeolian, natural minor, minor, thaat asavari; locrian""",
    "0 2 3 5 7 9 11": """
        ascending melodic minor, jazz minor; dorian b2, phrygian #6; lydian augmented;
        lydian dominant, acoustic, overtone scale; mixolydian b6, aeolian dominant, hindu, major-minor;
        locrian #2, half-diminished scale, aeolian b5; altered, super locrian, diminished whole tone""",
    "0 2 3 5 7 8 11": """
        harmonic minor; locrian #6; ionian #5, ionian augmented;
        dorian #4, ukrainian dorian, romanian minor, misheberakh, maqam nikriz;
        phrygian dominant, spanish gypsy, freygish, ahava raba, maqam hijaz; lydian #2; ultralocrian""",
    "0 2 4 5 7 8 11": """
        harmonic major; dorian b5; phrygian b4; lydian b3, lydian diminished; mixolydian b2;
        lydian augmented #2; locrian bb7""",
    "0 1 4 5 7 8 11": """
        double harmonic, double harmonic major, byzantine, arabic, thaat bhairav, maqam hijaz kar;
        lydian #2 #6; ultraphrygian; hungarian minor, double harmonic minor, maqam nawa athar;
        oriental, mixolydian b2 b5; ionian #2 #5; locrian bb3 bb7""",
    "0 1 3 5 7 9 11": """
        neapolitan major; leading whole tone, lydian augmented #6; lydian augmented dominant; lydian minor;
        major locrian, arabian; half-diminished b4; altered bb3""",
    "0 1 3 5 7 8 11": """
        neapolitan minor; lydian #6; mixolydian augmented; aeolian #4, romani minor; locrian dominant; ionian #2;
        ultralocrian bb3""",
    "0 3 4 6 7 9 10": "hungarian major",
    "0 1 4 5 6 8 11": "persian, raga lalit",
    "0 1 4 6 8 10 11": "ascending enigmatic",
    "0 1 2 5 7 8 9": """
        chromatic dorian; chromatic hypolydian; chromatic hypophrygian; chromatic hypodorian; chromatic mixolydian;
        chromatic lydian; chromatic phrygian""",
    # six notes
    "0 3 5 6 7 10": "blues, minor blues; major blues",
    "0 2 4 6 9 10": "prometheus, mystic scale",
    "0 1 4 6 9 10": "prometheus neapolitan",
    "0 1 4 6 7 10": "tritone scale",
    # five notes
    "0 2 4 7 9": """
        major pentatonic, gong, raga bhupali, mohanam, tizita major; suspended pentatonic, egyptian, shang, raga megh,
        madhyamavati; blues minor pentatonic, jue, raga malkauns, hindolam; ritusen, zhi, yo, raga durga,
        suddha saveri; minor pentatonic, yu, raga dhani, suddha dhanyasi, bati minor""",
    "0 2 3 7 8": """
        hirajoshi, tizita minor; iwato; ; miyako-bushi, sakura, in, raga gunkali, ambassel;
        lydian pentatonic, amritavarshini""",
    "0 1 5 7 10": """
        insen, raga bairagi, revati; ; ; locrian pentatonic; kumoi, dorian pentatonic, raga shivaranjani""",
    "0 4 5 7 11": "ryukyu, ionian pentatonic, gambhiranata, bati major; balinese pelog, pelog selisir, bhupalam",
    # few transpositions, so few modes
    "0 2 4 6 8 10": "whole tone, messiaen mode 1",
    "0 1 3 4 6 7 9 10": "half-whole diminished, dominant diminished, messiaen mode 2; whole-half diminished",
    "0 2 3 4 6 7 8 10 11": "messiaen mode 3",
    "0 1 2 5 6 7 8 11": "messiaen mode 4",
    "0 1 5 6 7 11": "messiaen mode 5",
    "0 2 4 5 6 8 10 11": "messiaen mode 6",
    "0 1 2 3 5 6 7 8 9 11": "messiaen mode 7",
    "0 3 4 7 8 11": "augmented; inverted augmented, six-tone symmetric",
    "0 1 2 3 4 5 6 7 8 9 10 11": "chromatic",
}

_SINGLE = {
    # bebop, and Barry Harris's chords with a diminished seventh between
    "bebop dominant, bebop mixolydian": "0 2 4 5 7 9 10 11",
    "bebop major, major sixth diminished": "0 2 4 5 7 8 9 11",
    "bebop dorian, bebop minor": "0 2 3 4 5 7 9 10",
    "bebop melodic minor, minor sixth diminished": "0 2 3 5 7 8 9 11",
    "bebop harmonic minor": "0 2 3 5 7 8 10 11",
    "bebop locrian": "0 1 3 5 6 7 8 10",
    "dominant seventh diminished": "0 2 4 5 7 8 10 11",
    "dominant seventh flat five diminished": "0 2 4 5 6 8 10 11",
    "heptatonic blues": "0 2 3 5 6 9 10",
    "composite blues": "0 2 3 4 5 6 7 9 10",
    # seven and eight notes
    "eight-tone spanish": "0 1 3 4 5 6 8 10",
    "spanish phrygian": "0 1 3 4 5 7 8 10",
    "algerian": "0 2 3 5 6 7 8 11",
    "ichikosucho": "0 2 4 5 6 7 9 11",
    # six notes
    "major hexatonic, guidonian hexachord": "0 2 4 5 7 9",
    "minor hexatonic": "0 2 3 5 7 10",
    "piongio": "0 2 5 7 9 10",
    "istrian": "0 1 3 4 6 7",
    "two-semitone tritone": "0 1 2 6 7 8",
    "raga marwa, raga sohini, hamsanandi": "0 1 4 6 9 11",
    "sriranjani": "0 2 3 5 9 10",
    # five notes
    "dominant pentatonic": "0 2 4 7 10",
    "mixolydian pentatonic": "0 4 5 7 10",
    "lydian dominant pentatonic": "0 4 6 7 10",
    "lydian augmented pentatonic": "0 4 6 8 11",
    "flat six pentatonic": "0 2 4 7 8",
    "minor six pentatonic": "0 3 5 7 9",
    "minor major seventh pentatonic": "0 3 5 7 11",
    "altered pentatonic": "0 3 4 6 10",
    "whole tone pentatonic": "0 4 6 8 10",
    "scriabin pentatonic": "0 1 4 7 9",
    "anchihoye": "0 1 5 6 9",
    "raga hamsadhwani": "0 2 4 7 11",
    "abhogi": "0 2 3 5 9",
    "raga chandrakauns": "0 3 5 8 11",
    "raga kalavati, valaji": "0 4 7 9 10",
    "raga gorakh kalyan": "0 2 5 9 10",
    "raga vibhas": "0 1 4 7 8",
    "nagasvaravali": "0 4 5 7 9",
}

_ANOTHER_WAY_DOWN = {
    "melodic minor": "0 2 3 5 7 9 11 down 0 2 3 5 7 8 10",
    "enigmatic": "0 1 4 6 8 10 11 down 0 1 4 5 8 10 11",  # Verdi's
    "maqam nahawand": "0 2 3 5 7 8 11 down 0 2 3 5 7 8 10",
    "in with its descent": "0 1 5 7 10 down 0 1 5 7 8",
    # Hindustani
    "raga khamaj": "0 4 5 7 9 11 down 0 2 4 5 7 9 10",
    "raga desh": "0 2 5 7 11 down 0 2 4 5 7 9 10",
    "raga tilang": "0 4 5 7 11 down 0 4 5 7 10",
    "raga bihag": "0 4 5 7 11 down 0 2 4 5 7 9 11",
    "raga bhimpalasi, abheri": "0 3 5 7 10 down 0 2 3 5 7 9 10",
    "raga patdeep": "0 3 5 7 11 down 0 2 3 5 7 9 11",
    "raga madhuvanti": "0 3 6 7 11 down 0 2 3 6 7 9 11",
    "raga multani": "0 3 6 7 11 down 0 1 3 6 7 8 11",
    "raga asavari": "0 2 5 7 8 down 0 2 3 5 7 8 10",
    "raga jaunpuri": "0 2 5 7 8 10 down 0 2 3 5 7 8 10",
    "raga brindabani sarang": "0 2 5 7 11 down 0 2 5 7 10",
    "raga rageshri": "0 4 5 9 10 down 0 2 4 5 9 10",
    "raga jog": "0 4 5 7 10 down 0 3 5 7 10",
    "raga shri": "0 1 6 7 11 down 0 1 4 6 7 8 11",
    "raga puriya dhanashri": "0 1 4 6 8 11 down 0 1 4 6 7 8 11",
    # Carnatic
    "kambhoji": "0 2 4 5 7 9 down 0 2 4 5 7 9 10",
    "kedaragaula": "0 2 5 7 10 down 0 2 4 5 7 9 10",
    "bilahari": "0 2 4 7 9 down 0 2 4 5 7 9 11",
    "arabhi": "0 2 5 7 9 down 0 2 4 5 7 9 11",
    "saveri": "0 1 5 7 8 down 0 1 4 5 7 8 11",
    "malahari": "0 1 5 7 8 down 0 1 4 5 7 8",
    "bauli": "0 1 4 7 8 down 0 1 4 7 8 11",
    "jaganmohini": "0 4 5 7 11 down 0 1 4 5 7 11",
}

_MELAKARTAS = """
    kanakangi ratnangi ganamurti vanaspati manavati tanarupi
    senavati hanumatodi dhenuka natakapriya kokilapriya rupavati
    gayakapriya vakulabharanam mayamalavagowla chakravakam suryakantam hatakambari
    jhankaradhvani natabhairavi keeravani kharaharapriya gourimanohari varunapriya
    mararanjani charukesi sarasangi harikambhoji dheerasankarabharanam naganandini
    yagapriya ragavardhini gangeyabhushani vagadheeswari shulini chalanata
    salagam jalarnavam jhalavarali navaneetam pavani raghupriya
    gavambodhi bhavapriya shubhapantuvarali shadvidamargini suvarnangi divyamani
    dhavalambari namanarayani kamavardhini ramapriya gamanashrama vishwambari
    shamalangi shanmukhapriya simhendramadhyamam hemavati dharmavati neetimati
    kantamani rishabhapriya latangi vachaspati mechakalyani chitrambari
    sucharitra jyotiswarupini dhatuvardani nasikabhushani kosalam rasikapriya
"""
"""In the order of their numbers, 1 to 72."""

_MELAKARTA_ALIASES = {
    "kamavardhini": ("thaat purvi",),
    "gamanashrama": ("thaat marwa",),
    "shubhapantuvarali": ("thaat todi", "maqam athar kurd"),
    "chakravakam": ("raga ahir bhairav",),
    "sarasangi": ("raga nat bhairav",),
}


def octave() -> Corpus:
    """The scales that have names. Every name is a landmark."""
    names = named_scales()
    patterns = tuple(dict.fromkeys(Pattern.parse(text) for _, text in names))
    return Corpus("octave scales", patterns, dict(names))


def complete_octave() -> Corpus:
    """`octave`, and all other rising scales of five to eight notes without a step wider than four semitones."""
    named = octave()
    scales = (
        (0, *added)
        for size in range(5, 9)
        for added in combinations(range(1, 12), size - 1)
        if all(b - a <= 4 for a, b in pairwise((0, *added, 12)))
    )
    patterns = tuple(dict.fromkeys([*named.patterns, *(Pattern(12, scale) for scale in scales)]))
    return Corpus("every octave scale", patterns, named.landmarks)


def named_scales() -> list[tuple[str, str]]:
    """Names and text forms. No name occurs twice; a text form may have several names."""
    named: list[tuple[str, str]] = []
    unnamed: list[tuple[str, str]] = []
    for degrees, modes in _FAMILIES.items():
        names = [_names(mode) for mode in modes.split(";")]
        for number, cell in enumerate(_rotations(degrees), 1):
            if number <= len(names) and names[number - 1]:
                named += [(name, cell) for name in names[number - 1]]
            else:
                unnamed.append((f"{names[0][0]} from degree {number}", cell))
    named += _melakartas()
    named += [(name, cell) for names, cell in (_SINGLE | _ANOTHER_WAY_DOWN).items() for name in _names(names)]
    cells = {cell for _, cell in named}
    scales = [*named, *((name, cell) for name, cell in unnamed if cell not in cells)]
    return [(name, Pattern.parse(f"12 {cell}").text) for name, cell in scales]


def _rotations(degrees: str) -> list[str]:
    """The distinct modes of a parent, from its first degree on: ``0 2 4 7 9`` -> ``0 2 4 7 9``, ``0 2 5 7 10`` ..."""
    parent = [int(degree) for degree in degrees.split()]
    modes = [sorted((degree - start) % 12 for degree in parent) for start in parent]
    return list(dict.fromkeys(" ".join(map(str, mode)) for mode in modes))


def _melakartas() -> Iterator[tuple[str, str]]:
    """All 72: two fourths, times six pairs of second and third, times six pairs of sixth and seventh."""
    names = iter(_MELAKARTAS.split())
    for fourth, lower, upper in product((5, 6), combinations(range(1, 5), 2), combinations(range(8, 12), 2)):
        name = next(names)
        for alias in (name, *_MELAKARTA_ALIASES.get(name, ())):
            yield alias, " ".join(map(str, (0, *lower, fourth, 7, *upper)))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
