"""The palettes that figures are drawn in, by their names.

>>> NAMED["diverging"]
('dusk', 'vlag', 'icefire', 'RdBu', 'PuOr', 'PiYG')
"""

OURS = {
    "ink": (
        (0.965, 0.014, 230), (0.85, 0.07, 220), (0.62, 0.16, 250),
        (0.42, 0.18, 268), (0.22, 0.07, 280),
    ),
    "ember": (
        (0.965, 0.022, 85), (0.88, 0.115, 75), (0.62, 0.235, 35),
        (0.42, 0.15, 10), (0.22, 0.05, 340),
    ),
    "moss": (
        (0.965, 0.02, 130), (0.86, 0.1, 135), (0.62, 0.115, 158),
        (0.42, 0.075, 180), (0.22, 0.04, 215),
    ),
    "graphite": ((0.957, 0.003, 250), (0.2, 0.006, 250)),
}  # fmt: skip
"""Ours from pale to dark: control points in OKLCh, of lightness, chroma, and hue in degrees."""

_NEUTRAL = (0.9612, 0.0, 0)
OURS_DIVERGING = {
    "dusk": (
        (_NEUTRAL, (0.87, 0.07, 228), (0.66, 0.16, 248), (0.45, 0.19, 266), (0.315, 0.09, 276)),
        (_NEUTRAL, (0.88, 0.09, 70), (0.72, 0.19, 52), (0.47, 0.17, 36), (0.315, 0.1, 30)),
    ),
}
"""Ours from one dark end to another: the control points of both arms, from the same grey on."""

# seaborn's, from end to end as there, at some points of even distance (seaborn itself loads
# pyplot); what lies between differs by at most 4/255 from seaborn's own.
SEABORN = {
    "rocket": "03051a 180f29 30173a 481c48 611f53 7b1f59 971c5b b21758 cb1b4f de2e44 ec4a3e "
    "f26948 f4865e f6a178 f6bb97 f8d3ba faebdd",
    "mako": "0b0405 1c101c 2b1c35 37284f 3e356b 414387 3b5698 36699f 357ba3 348ca7 359eaa "
    "3bafad 49c1ad 68d1ad 96ddb5 bee8ca def5e5",
    "flare": "edb081 eca077 ea916e e88165 e5715e e0615c d9535d cf4862 c14168 b33c6c a4386f "
    "953470 873171 772d6f 682a6c 592767 4b2362",
    "crest": "a5cd90 93c491 81bc91 70b390 61aa90 53a190 48988f 3e8e8e 33858d 2a7c8c 21728b "
    "1c6889 1e5e87 225383 26487e 2a3d77 2c3172",
}
SEABORN_DIVERGING = {
    "vlag": "2369bd 4a7abc 678bbe 819cc3 9baeca b4c0d4 ced4df e8e8ed faf5f4 f4e3e1 e8c9c7 "
    "ddb0ae d39895 ca807e bf6967 b55050 a9373b",
    "icefire": "bde7db a7d7d5 90c8d1 78bace 60abcd 4c9ccd 3c8ccf 377ad0 4068c8 4956b4 484997 "
    "413f79 37355d 2e2c46 262533 202026 1f1e1e 281e1f 352024 47242c 5b2834 712c3c "
    "882e43 a02f44 b73440 ca3f3a d95134 e56533 ed7b3e f29255 f6a871 fbbe8f ffd4ac",
}

OF_MATPLOTLIB = ("viridis", "cividis", "magma", "Blues", "Greys", "YlGnBu")
OF_MATPLOTLIB_DIVERGING = ("RdBu", "PuOr", "PiYG")
"""Some of matplotlib's that figures are often drawn in."""

NAMED = {
    "sequential": (*OURS, *SEABORN, *OF_MATPLOTLIB),
    "diverging": (*OURS_DIVERGING, *SEABORN_DIVERGING, *OF_MATPLOTLIB_DIVERGING),
}
"""Those that the reference names; any other of matplotlib that runs so goes too."""
