"""Colours of tones, the same on both screens.

Blue, amber and vermilion instead of green, amber and red: people who see red and green alike tell these
apart, also in grey print, where they differ in lightness. No meaning hangs on colour alone: signs and words
say the same. Chosen from the palette of M. Okabe and K. Ito, "Color Universal Design" (2008), shifted a
little so that each keeps a contrast of 3:1 on white and on dark grey.
"""

from __future__ import annotations

from dashboards.panel import Tone

COLOURS = {
    Tone.GOOD: "#2f7fc1",
    Tone.FAIR: "#b97f10",
    Tone.BAD: "#d2502a",
    Tone.QUIET: "#7d8590",
}
"""Hex codes; PLAIN has none: it is the text's own colour."""
LINE = "#2f7fc1"
"""A score over time."""
COUNT = "#7d8590"
"""How many answers it rests on."""
