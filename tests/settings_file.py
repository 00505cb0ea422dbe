"""A settings file with comments, as a musician writes it."""

__all__ = ["FILE"]

FILE = """# my studio
output = "IAC Driver Bus 1"  # to the DAW

[cc]
21 = "z/1"  # the first knob
22 = "z/2"

[[map]]
source = "cc 23"
target = "z/3"  # with a curve
curve = 2.0

# the end
"""
