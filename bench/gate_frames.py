"""Camera frames with a ticket's QR code as a gate meets them: small, turned, blurred, dark, tilted, damaged.

The recipe (63 perturbations of a 1280 by 720 frame, in this order, with these numbers) is that of ``qr_frames.py``
in the project's reference material, where readers were compared before one was chosen. Here the codes are
tickets of ours as the application signs and draws them (``app.core.qr``: version 5, level M, one fixed mask), two
for each perturbation, and the reader is the scanner's own ``decoder.js``; see ``bench.gate_reading``.

Needs OpenCV, which nothing else here does (``pip install --group bench``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from app.core import qr

WIDTH, HEIGHT = 1280, 720  # pixels
REPEATS = 2
_SCALE = 8  # pixels a module before the code is placed into the scene
_FINER = 3  # the scene is drawn so much larger and then averaged, as a sensor does
_GREY = 120
Image = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Perturbation:
    """What is done to one frame; ``how`` are keywords of ``scene``."""

    kind: str
    label: str
    how: dict[str, Any]


def perturbations() -> list[Perturbation]:
    """The 63 of the recipe, in its order (the noise depends on it)."""
    dark, pale = (0.4, 0.25, 0.15, 0.1, 0.06), (0.5, 0.3, 0.2, 0.12, 0.08, 0.05)
    return [
        *(_one("module px", m, module=m) for m in (1.3, 1.6, 2, 2.5, 3, 4, 8, 12)),
        *(_one("rotation", r, turned=r) for r in (10, 30, 45, 90, 137, 180)),
        *(_one("blur σ @5px", b, blur=b) for b in (1, 1.5, 2, 2.5, 3, 3.5)),
        *(_one("motion px @5", m, motion=m, turned=8) for m in (5, 8, 11, 15)),
        *(_one("low light", g, black=25 * g, white=225 * g, noise=5) for g in dark),
        *(_one("low contrast", c, black=120 - 100 * c, white=120 + 100 * c, noise=4) for c in pale),
        *(_one("tilt", t, tilt=t) for t in (30, 45, 55, 65)),
        *(_one("tilt+yaw+rot", t, tilt=t, yaw=t * 0.6, turned=25) for t in (30, 50)),
        *(_one("shadow grad", g, shadow=g) for g in (0.4, 0.6, 0.75)),
        *(_one("glare", strength, glare=(0.55, 0.5, 0.12, strength)) for strength in (120, 220)),
        _one("inverted", "dark mode", invert=True),
        _one("inverted", "dark+rot", invert=True, turned=20),
        _one("mirror", "front cam", mirror=True),
        _one("mirror", "front cam rot", mirror=True, turned=15),
        *(_one("damage", r, holes=[(0.55, 0.6, r), (0.7, 0.35, r * 0.6)]) for r in (0.03, 0.06, 0.08)),
        *(_one("jpeg", q, jpeg=q, module=3.5) for q in (30, 12)),
        _one("screen", "moire", moire=True),
        _one("screen", "moire small", moire=True, module=3.2),
        *(_one("curved", w, curved=w) for w in (0.5, 1.0)),
        _one("combo", "phone dim", module=4, turned=12, tilt=25, black=10, white=90, noise=5, blur=1.2),
        _one("combo", "print far", module=2.3, turned=7, tilt=15, noise=5, blur=0.9),
        _one("combo", "motion dark", module=6, motion=7, black=8, white=70, noise=5),
        _one("combo", "tilt blur", module=5, tilt=40, turned=33, blur=1.6),
    ]


def _one(kind: str, label: object, **how: Any) -> Perturbation:
    return Perturbation(kind, str(label), how)


def frames(texts: list[str]) -> Iterator[tuple[Perturbation, str, Image]]:
    """All frames: every perturbation once for each text, grey, 720 rows of 1280 bytes."""
    noise = np.random.default_rng(7)
    for text in texts:
        for perturbation in perturbations():
            yield perturbation, text, scene(text, noise, **perturbation.how)


def scene(
    text: str, random: np.random.Generator, *, module: float = 5.0, turned: float = 0, tilt: float = 0,
    yaw: float = 0,
    black: float = 25.0, white: float = 225.0, blur: float = 0.7, noise: float = 4.0, shadow: float | None = None,
    glare: tuple[float, float, float, float] | None = None, motion: int = 0, invert: bool = False,
    mirror: bool = False, holes: list[tuple[float, float, float]] | None = None, jpeg: int | None = None,
    moire: bool = False, curved: float = 0,
) -> Image:  # fmt: skip
    """One frame; ``module`` and ``motion`` in pixels, angles in degrees, ``blur`` a sigma, ``jpeg`` a quality."""
    code = _paper(text, invert, holes, moire, curved)
    picture = _placed(code, random, module, turned, tilt, yaw)
    picture = black + (white - black) * picture / 255.0
    picture = _lit(picture, shadow, glare)
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    if motion:
        kernel = np.zeros((motion, motion), np.float32)
        kernel[motion // 2, :] = 1 / motion
        picture = cv2.filter2D(picture, -1, kernel)
    picture = np.clip(picture + random.normal(0, noise, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8)
    if mirror:
        picture = picture[:, ::-1]
    if jpeg:
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1], 0)
    return np.ascontiguousarray(picture)


def _paper(
    text: str, invert: bool, holes: list[tuple[float, float, float]] | None, moire: bool, curved: float
) -> Image:
    """The printed code with its quiet zone, from straight above, and what happened to the paper."""
    modules = np.pad(np.array(qr.matrix(text), dtype=np.uint8), qr.QUIET_ZONE)
    small: Image = (255 * (modules if invert else 1 - modules)).astype(np.uint8)
    side = small.shape[0] * _SCALE
    big = cv2.resize(small, (side, side), interpolation=cv2.INTER_NEAREST)
    for x, y, radius in holes or []:
        cv2.circle(big, (int(x * side), int(y * side)), int(radius * side), 128, -1)
    if moire:
        big = big.copy()
        big[::3] = (big[::3] * 0.6).astype(np.uint8)
    if curved:
        rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
        across = (columns / side - 0.5) * 2
        big = cv2.remap(
            big, (columns + across**3 * curved * _SCALE * 4).astype(np.float32),
            (rows + across**2 * curved * _SCALE * 3).astype(np.float32), cv2.INTER_LINEAR, borderValue=255,
        )  # fmt: skip
    return np.asarray(big)


def _placed(
    code: Image, random: np.random.Generator, module: float, turned: float, tilt: float, yaw: float
) -> Image:
    """The paper in front of a camera with a focal length of 1.2 frame widths."""
    size = code.shape[0]
    side, focus = size / _SCALE * module, 1.2 * WIDTH
    a, b, g = np.deg2rad(tilt), np.deg2rad(yaw), np.deg2rad(turned)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(g), -np.sin(g), 0], [np.sin(g), np.cos(g), 0], [0, 0, 1]])
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * side / 2
    corners = (about_x @ about_y @ about_z @ corners.T).T
    depth = focus + corners[:, 2]
    x = corners[:, 0] * focus / depth + WIDTH / 2 + random.uniform(-0.5, 0.5)
    y = corners[:, 1] * focus / depth + HEIGHT / 2 + random.uniform(-0.5, 0.5)
    source = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    target = np.stack([x, y], 1).astype(np.float32) * _FINER
    finer = cv2.warpPerspective(
        code, cv2.getPerspectiveTransform(source, target), (WIDTH * _FINER, HEIGHT * _FINER),
        flags=cv2.INTER_LINEAR, borderValue=_GREY,
    )  # fmt: skip
    return np.asarray(cv2.resize(finer, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32))


def _lit(picture: Image, shadow: float | None, glare: tuple[float, float, float, float] | None) -> Image:
    if shadow is not None:
        x, y = np.linspace(-1, 1, WIDTH)[None, :], np.linspace(-1, 1, HEIGHT)[:, None]
        picture = picture * np.clip(1 - shadow * (0.5 + 1.2 * (x * 0.8 + y * 0.6)), 0.03, 2)
    if glare is not None:
        across, down, radius, strength = glare
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
        distance = (columns - across * WIDTH) ** 2 + (rows - down * HEIGHT) ** 2
        picture = picture + strength * np.exp(-distance / (2 * (radius * HEIGHT) ** 2))
    return picture
