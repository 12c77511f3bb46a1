"""Palettes of 255 levels: sequential, from light to dark, or diverging from a neutral.

Ours are Bézier curves in OKLab. Sequential ones are cut into steps of equal length, so that
equal steps of weight look equal; their lightness falls throughout, so that they survive grey
printing and any colour vision. A diverging one is two curves from one light grey, cut so that
the lightness of both falls alike and evenly: grey printing keeps how far from 0 a value is, and
blue or orange, which every colour vision tells apart, say on which side. Masked cells are bare
paper, so no level of a palette looks like paper.
"""

import difflib
from functools import lru_cache

import matplotlib as mpl
import numpy as np
from jaxtyping import Float, Float64, UInt8

from paperfig.errors import DrawingError
from paperfig.values.palettes import OURS, OURS_DIVERGING, SEABORN, SEABORN_DIVERGING

LEVELS = 255  # an image of cells has a byte for each, and one value more for bare paper
DEFAULT, DEFAULT_DIVERGING = "ink", "dusk"
PAPER_LIGHTNESS = 96.0  # L* from which a level could be taken for the paper (L* = 100)
PALE = 88.0  # L* from which a first colour may stand for 0
LEAST_CONTRAST = 40.0  # of L*, between the lowest and the highest level
MOST_BACK = 5.0  # of L*, which a palette may go back on its way without turning
LEAST_ARM = 25.0  # of L*, from the middle of a diverging palette to either end
LEAST_BETWEEN_ENDS = 0.2  # of the channel in which they differ most: ends that tell signs apart
MOST_COLOURED = 0.3  # between the channels of the middle: pale yellow is neutral, green is not
DARK_END = 20.0  # of L*, of both arms of ours
_SAMPLES = 1024
_SEABORNS = SEABORN | SEABORN_DIVERGING

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
    """The colours of the levels, lowest first: from pale to dark, so that dark means large.

    One that runs the other way is reversed; one that begins dark is led in from a pale tint of
    its first colour, as 0 must not look like some weight.

    Args:
        name: one of ours, or a sequential colormap of matplotlib or seaborn, with ``_r`` or
            without; None for `DEFAULT`.

    Raises:
        DrawingError: no palette has that name, or its lightness does not run one way.
    """
    curve = _curve(name or DEFAULT)
    curve = curve[::-1] if lightness(curve[[0, -1]]).argmax() else curve
    light = lightness(curve)
    turns = min(_back(light), _back(-light)) > MOST_BACK
    if turns or np.ptp(light) < LEAST_CONTRAST:
        raise DrawingError(
            "style.palette",
            f"{name!r} is not sequential, its lightness does not run one way far enough",
            _offer(),
        )
    whole = _from_pale(curve)
    inked = whole[lightness(whole) <= PAPER_LIGHTNESS]
    return _levels(inked, np.linspace(0, 1, LEVELS))


@lru_cache
def diverging_palette(
    name: str | None = None, limits: tuple[float, float] = (-1.0, 1.0)
) -> UInt8[np.ndarray, "255 3"]:
    """The colours of the levels of a scale through 0, lowest first.

    The level that 0 is of has the neutral colour. Where one limit is farther from 0 than the
    other, that arm only is whole: what is equally far has colours that are equally far.

    Args:
        name: one of ours, or a diverging colormap of matplotlib or seaborn (``_r`` reverses
            it); None for `DEFAULT_DIVERGING`.
        limits: of the scale: at most 0, and at least 0.

    Raises:
        DrawingError: no palette has that name, or its lightness does not turn in the middle.
    """
    curve = _curve(name or DEFAULT_DIVERGING)
    if not _turns_in_the_middle(curve):
        raise DrawingError(
            "style.palette",
            f"{name!r} is not diverging, its lightness does not turn at a pale or dark middle",
            _offer(diverging=True),
        )
    low, high = limits
    values = (np.arange(LEVELS) - zero_level(limits)) * ((high - low) / (LEVELS - 1))
    away = (values / max(-low, high)).clip(-1, 1)
    return _levels(_off_paper(curve), (away + 1) / 2)


def zero_level(limits: tuple[float, float]) -> int:
    """The level that 0 is of, on a scale through 0."""
    low, high = limits
    return min(int(LEVELS * low / (low - high)), LEVELS - 1)


def scores_palette(
    weights: str | None, *, diverging: bool = False
) -> UInt8[np.ndarray, "255 3"]:
    """The colours of scores beside weights of a palette, whose hue is another."""
    is_red = diverging or (weights or "").removesuffix("_r") == "ember"
    return palette("moss" if is_red else "ember")


def lightness(colours: Float[np.ndarray, "level 3"]) -> Float64[np.ndarray, " level"]:
    """CIE L* of sRGB colours in [0, 1]: 0 black, 100 white."""
    luminance = _linear(colours) @ _LUMINANCE
    low = luminance / (3 * (6 / 29) ** 2) + 4 / 29
    return np.asarray(116 * np.where(luminance > (6 / 29) ** 3, np.cbrt(luminance), low) - 16)


def _turns_in_the_middle(curve: Float64[np.ndarray, "sample 3"]) -> bool:
    """Whether lightness runs from a middle of little colour to two ends that differ."""
    arms = np.stack([lightness(arm) for arm in (curve[::-1], curve)])[:, len(curve) // 2 :]
    away = (arms[:, :1] - arms) * np.sign(arms[0, 0] - arms[0, -1])
    has_arms = away[:, -1].min() >= LEAST_ARM and max(map(_back, away)) <= MOST_BACK
    has_sides = np.abs(curve[0] - curve[-1]).max() >= LEAST_BETWEEN_ENDS
    return bool(has_arms and has_sides and np.ptp(curve[len(curve) // 2]) <= MOST_COLOURED)


def _back(light: Float64[np.ndarray, " sample"]) -> float:
    """How far lightness that rises falls on its way."""
    return float((np.maximum.accumulate(light) - light).max())


def _from_pale(curve: Float64[np.ndarray, "sample 3"]) -> Float64[np.ndarray, "more 3"]:
    """The same; with tints of its first colour before it where that is not pale itself."""
    first, last = lightness(curve[[0, -1]])
    if first >= PALE:
        return curve
    count = round(len(curve) * (100 - first) / (first - last))
    shares = np.linspace(1, 0, count, endpoint=False)[:, None]
    return np.concatenate([shares + (1 - shares) * curve[0], curve])


def _off_paper(curve: Float64[np.ndarray, "sample 3"]) -> Float64[np.ndarray, "sample 3"]:
    """The same, darker where it could be taken for the paper."""
    light = lightness(curve)[:, None]
    excess = np.clip((light + 16) / (PAPER_LIGHTNESS + 16), 1, None)  # of L*'s cube root
    return np.asarray(_gamma(_linear(curve) / excess**3))


def _levels(
    curve: Float64[np.ndarray, "sample 3"], along: Float64[np.ndarray, " level"]
) -> UInt8[np.ndarray, "level 3"]:
    """The colours at these places of a curve, of which 0 is the beginning and 1 the end."""
    at, samples = along * (len(curve) - 1), np.arange(len(curve))
    channels = [np.interp(at, samples, channel) for channel in curve.T]
    colours = np.round(255 * np.stack(channels, axis=1)).astype(np.uint8)
    colours.setflags(write=False)
    return colours


def _curve(name: str) -> Float64[np.ndarray, "sample 3"]:
    """The palette in sRGB, from its first colour to its last."""
    base = name.removesuffix("_r")
    if base in OURS:
        curve = _bezier(OURS[base])
    elif base in OURS_DIVERGING:
        lower, upper = (_evenly_darker(_bezier(arm)) for arm in OURS_DIVERGING[base])
        curve = np.concatenate([lower[::-1], upper[1:]])
    elif base in _SEABORNS:
        points = np.array([list(bytes.fromhex(code)) for code in _SEABORNS[base].split()]) / 255
        curve = _resampled(points, np.arange(len(points), dtype=np.float64))
    elif base in mpl.colormaps:
        curve = mpl.colormaps[base](np.linspace(0, 1, _SAMPLES))[:, :3]
    else:
        names = [*OURS, *OURS_DIVERGING, *_SEABORNS, *mpl.colormaps]
        near = difflib.get_close_matches(name, names, n=1)
        raise DrawingError(
            "style.palette",
            f"{name!r} is no palette",
            f"did you mean {near[0]}?" if near else _offer(),
        )
    return curve[::-1] if name != base else curve


def _offer(*, diverging: bool = False) -> str:
    ours, sort = (OURS_DIVERGING, "diverging") if diverging else (OURS, "sequential")
    return f"{', '.join(ours)}, or a {sort} colormap of matplotlib or seaborn is right"


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
    return _gamma(((even @ _OKLAB_TO_CONES.T) ** 3 @ _CONES_TO_LINEAR.T).clip(0, 1))


def _evenly_darker(curve: Float64[np.ndarray, "sample 3"]) -> Float64[np.ndarray, "sample 3"]:
    """The same colours from light to dark, in equal steps of L* down to `DARK_END`."""
    light = lightness(curve)
    even = np.linspace(light[0], DARK_END, _SAMPLES)
    return np.stack([np.interp(-even, -light, channel) for channel in curve.T], axis=1)


def _linear(colours: Float[np.ndarray, "*colour 3"]) -> Float64[np.ndarray, "*colour 3"]:
    """Linear light of sRGB colours."""
    bent = ((colours + 0.055) / 1.055) ** 2.4
    return np.asarray(np.where(colours <= _SRGB_KNEE, colours / 12.92, bent))


def _gamma(linear: Float64[np.ndarray, "*colour 3"]) -> Float64[np.ndarray, "*colour 3"]:
    """The sRGB colours of linear light."""
    bent = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= _SRGB_KNEE / 12.92, 12.92 * linear, bent))


def _resampled(
    points: Float64[np.ndarray, "point 3"], at: Float64[np.ndarray, " point"]
) -> Float64[np.ndarray, "sample 3"]:
    even = np.linspace(at[0], at[-1], _SAMPLES)
    return np.stack([np.interp(even, at, channel) for channel in points.T], axis=1)
