"""Well-known patterns of the Thesaurus. They are exported with their points, so that a player can go there by name."""

__all__ = ["LANDMARKS"]

LANDMARKS: dict[str, str] = {
    # two equal parts
    "tritone": "tritone 0",
    "two-semitone tritone scale": "tritone 0 1 2",
    "petrushka": "tritone 0 4 7",
    "petrushka inverse": "tritone 0 1 3",
    "tritone mirror": "tritone symmetric 0 1 2",
    "messiaen v": "tritone 0 1 5",
    "messiaen iv": "tritone 0 1 2 5",
    "octatonic by fours": "tritone 0 1 3 4",
    # three equal parts
    "augmented triad": "ditone 0",
    "augmented scale": "ditone 0 3",
    "augmented inverse": "ditone 0 1",
    "messiaen iii": "ditone 0 2 3",
    "giant steps": "ditone 0 -2 3",
    "infra-interpolation": "ditone 0 -1 2",
    # four equal parts
    "diminished seventh": "sesquitone 0",
    "octatonic half-whole": "sesquitone 0 1",
    "octatonic whole-half": "sesquitone 0 2",
    "enclosure": "sesquitone 0 -1 1",
    # six and twelve equal parts
    "whole-tone scale": "whole-tone 0",
    "chromatic by pairs": "whole-tone 0 1",
    "lower neighbours": "whole-tone 0 -1",
    "chromatic scale": "semitone 0",
    "broken thirds": "semitone 0 4",
    # more than one octave
    "augmented over two octaves": "quadritone 0",
    "major triads by minor sixths": "quadritone 0 4 7",
    "diminished over three octaves": "sesquiquadritone 0",
    "whole tones over five octaves": "quinquetone 0",
    "cycle of fourths": "diatessaron 0",
    "fourths with leading notes": "diatessaron 0 4",
    "major triads by ninths": "septitone 0 4 7",
    "cycle of fifths": "diapente 0",
    "major triads by fifths": "diapente 0 4",
    "lydian tetrachords": "diapente 0 2 4 6",
    "chromatic over eleven octaves": "sesquiquinquetone 0",
}
"""Name -> text form. Each is in the corpus, and the exporter checks that its point decodes to it."""
