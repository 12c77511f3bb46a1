"""Sequential palettes: 255 levels from light to dark.

Ours are Bézier curves in OKLab, cut into steps of equal length, so that equal steps of
weight look equal; their lightness falls throughout, so that they survive grey printing and
any colour vision. Masked cells are bare paper, so no level of a palette looks like paper.
"""

import difflib
from functools import lru_cache

import matplotlib as mpl
import numpy as np
from jaxtyping import Float, Float64, UInt8

from paperfig.errors import DrawingError

LEVELS = 255  # an image of cells has a byte for each, and one value more for bare paper
DEFAULT = "ink"
PAPER_LIGHTNESS = 96.0  # L* from which a level could be taken for the paper (L* = 100)
LEAST_CONTRAST = 40.0  # of L*, between the lowest and the highest level
FLAT = 0.3  # of L*, which 8-bit tables may go back without turning
_SAMPLES = 1024

# Control points in OKLCh: lightness, chroma, hue in degrees.
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

# seaborn's, dark to light or light to dark as there, at 17 points (seaborn itself loads
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

# Björn Ottosson, "A perceptual color space for image processing" (2020): OKLab to the cube
# roots of cone responses, and their cubes to linear sRGB.
_OKLAB_TO_CONES = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_CONES_TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # IEC 61966-2-1, as is
_SRGB_KNEE = 0.04045  # below which sRGB is linear


@lru_cache
def palette(name: str | None = None) -> UInt8[np.ndarray, "255 3"]:
    """The colours of the levels, lowest first.

    Args:
        name: one of ours, or a sequential colormap of matplotlib or seaborn (``_r``
            reverses it); None for `DEFAULT`.

    Raises:
        DrawingError: no palette has that name, or its lightness does not run one way.
    """
    curve = _curve(name or DEFAULT)
    light = lightness(curve)
    steps = np.diff(light)
    turns = steps.min() < -FLAT and steps.max() > FLAT
    if turns or np.ptp(light) < LEAST_CONTRAST:
        raise DrawingError(
            "style.palette",
            f"{name!r} is not sequential, its lightness does not run one way far enough",
            _offer(),
        )
    inked = curve[light <= PAPER_LIGHTNESS]
    steps_at = np.linspace(0, len(inked) - 1, LEVELS)
    channels = [np.interp(steps_at, np.arange(len(inked)), channel) for channel in inked.T]
    colours = np.round(255 * np.stack(channels, axis=1)).astype(np.uint8)
    colours.setflags(write=False)
    return colours


def scores_palette(weights: str | None) -> UInt8[np.ndarray, "255 3"]:
    """The colours of scores beside weights of a palette, whose hue is another."""
    return palette("moss" if (weights or "").removesuffix("_r") == "ember" else "ember")


def lightness(colours: Float[np.ndarray, "level 3"]) -> Float64[np.ndarray, " level"]:
    """CIE L* of sRGB colours in [0, 1]: 0 black, 100 white."""
    linear = np.where(
        colours <= _SRGB_KNEE, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4
    )
    luminance = linear @ _LUMINANCE
    low = luminance / (3 * (6 / 29) ** 2) + 4 / 29
    return np.asarray(116 * np.where(luminance > (6 / 29) ** 3, np.cbrt(luminance), low) - 16)


def _curve(name: str) -> Float64[np.ndarray, "sample 3"]:
    """The palette in sRGB, from its first colour to its last."""
    base = name.removesuffix("_r")
    if base in OURS:
        curve = _bezier(OURS[base])
    elif base in SEABORN:
        points = np.array([list(bytes.fromhex(code)) for code in SEABORN[base].split()]) / 255
        curve = _resampled(points, np.arange(len(points), dtype=np.float64))
    elif base in mpl.colormaps:
        curve = mpl.colormaps[base](np.linspace(0, 1, _SAMPLES))[:, :3]
    else:
        names = [*OURS, *SEABORN, *mpl.colormaps]
        near = difflib.get_close_matches(name, names, n=1)
        raise DrawingError(
            "style.palette",
            f"{name!r} is no palette",
            f"did you mean {near[0]}?" if near else _offer(),
        )
    return curve[::-1] if name != base else curve


def _offer() -> str:
    return f"{', '.join(OURS)}, or a sequential colormap of matplotlib or seaborn is right"


def _bezier(
    control: tuple[tuple[float, float, int], ...],
) -> Float64[np.ndarray, "sample 3"]:
    """Equal steps along the Bézier curve of OKLCh control points, in sRGB."""
    light, chroma, hue = np.array(control).T
    angle = np.radians(hue)
    points = np.stack([light, chroma * np.cos(angle), chroma * np.sin(angle)], axis=1)[:, None]
    along = np.linspace(0, 1, _SAMPLES)[:, None]
    while len(points) > 1:  # de Casteljau
        points = (1 - along) * points[:-1] + along * points[1:]
    lengths = np.linalg.norm(np.diff(points[0], axis=0), axis=1)
    even = _resampled(points[0], np.r_[0, np.cumsum(lengths)])
    linear = ((even @ _OKLAB_TO_CONES.T) ** 3 @ _CONES_TO_LINEAR.T).clip(0, 1)
    gamma = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= _SRGB_KNEE / 12.92, 12.92 * linear, gamma))


def _resampled(
    points: Float64[np.ndarray, "point 3"], at: Float64[np.ndarray, " point"]
) -> Float64[np.ndarray, "sample 3"]:
    even = np.linspace(at[0], at[-1], _SAMPLES)
    return np.stack([np.interp(even, at, channel) for channel in points.T], axis=1)
