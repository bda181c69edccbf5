"""What an agent sees of a gymnasium observation: named arrays, each an image or a vector."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import gymnasium
import numpy as np

from ..errors import UserError, shorten, shown
from ..spec import NOT_OBSERVED, Spec, kept_dtype

MIN_IMAGE_PIXELS = 32  # of the shorter side; smaller images become vectors
CHANNELS_IN_FRONT = (1, 3, 4)  # by which `image_layout: auto` knows images [C, H, W]
MAX_BOUND = 1e6  # beyond it, a bound says nothing about the numbers
INT32 = np.iinfo(np.int32)

spaces = gymnasium.spaces


class Observer:
    """Turns an observation, as the environment gives it, into what rows hold: {key: array}.

    Parts of Dict and Tuple observations get keys such as `arm_angle` and `pair_0`; other observations are called
    `image` or `vector`.

    - Images are uint8 [H, W, C] with sides of 32 pixels or more. Matrices become images of one channel; images of
      other numbers are scaled from the bounds of their space to 0..255.
    - Small and boolean images and other arrays become vectors. A single number stays one, shape [].
    - Discrete and MultiDiscrete observations become one-hot vectors, one after the other.
    - What holds no numbers, such as text, is left out.

    Args:
      space: of the observations.
      image_layout: `hwc` or `chw` says where images have their channels; `auto` takes 1, 3 or 4 channels in front of
        two sides of 32 pixels or more for `chw`.

    Attributes:
      specs: {key: `Spec`} of what it returns.
      notes: sentences for people about what is not taken as it is.

    Raises:
      UserError: nothing can be observed, two parts get the same key, or an image has no bounds to be scaled from.
    """

    def __init__(self, space: gymnasium.Space, image_layout: str = 'auto') -> None:
        self.notes: list[str] = []
        self._parts: dict[str, _Part] = {}
        for key, path, part_space in _leaves(space):
            view = _view(part_space, image_layout, key)
            if view is None:
                kind = type(part_space).__name__
                self.notes.append(f'`{shorten(key)}` is left out: it holds no numbers ({kind})')
                continue
            key = key or ('image' if len(view.spec.shape) == 3 else 'vector')
            if view.note:
                self.notes.append(f'`{shorten(key)}` {view.note}')
            if key in self._parts or key in NOT_OBSERVED:
                raise UserError(f'an observation may not be called {key}: rows hold something else under that name')
            self._parts[key] = _Part(key, path, view.spec, view.convert)
        if not self._parts:
            raise UserError(f'the environment has nothing to observe: {space}')
        self.specs = {key: part.spec for key, part in self._parts.items()}

    def __call__(self, observation: Any) -> dict[str, np.ndarray]:
        """Returns {key: array} of one observation, in the shapes and dtypes of `specs`.

        Raises:
          UserError: it does not fit its space, or holds a number that is not finite; names the key.
        """
        arrays = self.arrays(observation)
        for key, array in arrays.items():
            if not np.isfinite(array).all():
                raise UserError(f'the observation `{key}` must be finite. Received: {array[~np.isfinite(array)][0]}')
        return arrays

    def arrays(self, observation: Any) -> dict[str, np.ndarray]:
        """Returns the same, but vectors may hold numbers that are not finite."""
        return {key: part(observation) for key, part in self._parts.items()}


class _View(NamedTuple):
    """How a part of an observation is seen."""

    spec: Spec
    convert: Callable[[np.ndarray], np.ndarray]  # from an array as the environment gives it; raises ValueError
    note: str = ''  # for people, without its subject


class _Part(NamedTuple):
    """Takes one key out of an observation and brings it to its stored form."""

    key: str
    path: tuple[Any, ...]
    spec: Spec
    convert: Callable[[np.ndarray], np.ndarray]

    def __call__(self, observation: Any) -> np.ndarray:
        try:
            return self.convert(np.asarray(self._found(observation)))
        except (TypeError, ValueError) as error:
            raise UserError(f'the observation `{self.key}` does not fit its space: {error}') from error

    def _found(self, observation: Any) -> Any:
        for name in self.path:
            try:
                observation = observation[name]
            except (LookupError, TypeError):
                raise ValueError(f'there is no {name!r} in it. Received: {_kind(observation)}') from None
        return observation


def _leaves(
    space: gymnasium.Space, key: str = '', path: tuple[Any, ...] = ()
) -> Iterator[tuple[str, tuple[Any, ...], gymnasium.Space]]:
    """Yields (key, path in the observation, space) of all that is inside Dict and Tuple spaces."""
    if isinstance(space, (spaces.Dict, spaces.Tuple)):
        inside = space.items() if isinstance(space, spaces.Dict) else enumerate(space)
        for name, part in inside:
            yield from _leaves(part, f'{key}_{name}' if key else str(name), (*path, name))
    else:
        yield key, path, space


def _view(space: gymnasium.Space, image_layout: str, key: str) -> _View | None:
    """Returns how a part is seen; None if it holds no numbers. The key is for a message."""
    if isinstance(space, spaces.Discrete):
        return _one_hot(np.array([space.n]), np.array([space.start]), ())
    if isinstance(space, spaces.MultiDiscrete):
        return _one_hot(space.nvec.ravel(), space.start.ravel(), space.shape)
    if isinstance(space, spaces.MultiBinary):
        return _vector(space.shape, space.dtype)
    if not isinstance(space, spaces.Box):
        return None
    sides, in_front = _image_sides(space, image_layout)
    if not sides:
        return _vector(space.shape, space.dtype)
    if (space.low < -MAX_BOUND).any() or (space.high > MAX_BOUND).any():
        if len(space.shape) == 2:
            return _vector(space.shape, space.dtype)
        raise UserError(
            f'the observation `{key or "image"}` has the shape {space.shape} of an image, and its space, {space.dtype} '
            'without bounds, does not say how it is to be scaled to 0..255: give its space bounds, such as 0 and 1, or '
            'make a vector of it with gymnasium.wrappers.FlattenObservation'
        )
    return _image(space, sides, in_front)


def _image_sides(space: spaces.Box, image_layout: str) -> tuple[tuple[int, ...], bool]:
    """Returns ((height, width), whether the channels are in front) of images; no sides if the space holds none."""
    shape = space.shape
    in_front = len(shape) == 3 and (image_layout == 'chw' or (image_layout == 'auto' and shape[0] in CHANNELS_IN_FRONT))
    sides = shape[1:] if in_front else shape[:2]
    is_image = len(shape) in (2, 3) and min(sides) >= MIN_IMAGE_PIXELS and space.dtype != np.bool_
    return (sides if is_image else ()), in_front


def _image(space: spaces.Box, sides: tuple[int, ...], in_front: bool) -> _View:
    """Returns how an image is seen: as bytes [H, W, C]."""
    shape, low, high = space.shape, space.low, space.high
    span = np.where(high > low, np.subtract(high, low, dtype=np.float64), 1)
    notes = []
    if space.dtype != np.uint8:
        notes.append(f'is an image of {space.dtype} that is scaled from [{low.min():g}, {high.max():g}] to 0..255')
    if len(shape) == 2:
        notes.append('is a matrix that is taken as an image of one channel')
    if in_front:
        notes.append('has its channels in front, and they are put last')
    channels = 1 if len(shape) == 2 else shape[0] if in_front else shape[2]

    def convert(x: np.ndarray) -> np.ndarray:
        x = _shaped(x, shape, finite=True)
        if space.dtype != np.uint8:
            x = np.rint(np.clip((x - low) / span, 0, 1) * 255)
        x = np.moveaxis(x, 0, -1) if in_front else x
        return np.array(x, np.uint8).reshape(*sides, channels)

    return _View(Spec((*sides, channels), np.dtype(np.uint8)), convert, ', and '.join(notes))


def _vector(shape: tuple[int, ...], dtype: Any) -> _View:
    """Returns how numbers are seen: as a vector, see `kept_dtype`."""
    flat = shape if len(shape) < 2 else (math.prod(shape),)
    kept = kept_dtype(np.dtype(dtype))

    def convert(x: np.ndarray) -> np.ndarray:
        x = _shaped(x, shape, finite=kept.kind != 'f')
        if kept == np.int32 and not np.can_cast(x.dtype, np.int32) and np.abs(x, dtype=np.float64).max() > INT32.max:
            raise ValueError(f'its numbers must fit 32 bits. Received: {x.flat[np.abs(x, dtype=np.float64).argmax()]}')
        with np.errstate(over='ignore'):  # what becomes infinite is found where that is looked for
            return np.array(x, kept).reshape(flat)

    note = f'is an array {_by(shape)} that is taken as a vector of {flat[0]:,} numbers' if len(shape) > 1 else ''
    return _View(Spec(flat, kept), convert, note)


def _one_hot(sizes: np.ndarray, starts: np.ndarray, shape: tuple[int, ...]) -> _View:
    """Returns how choices among `sizes` are seen: as one-hot vectors, one after the other."""
    total, begins = int(sizes.sum()), np.cumsum(sizes) - sizes

    def convert(x: np.ndarray) -> np.ndarray:
        chosen = _shaped(x, shape, finite=True).ravel().astype(np.int64) - starts
        if ((chosen < 0) | (chosen >= sizes)).any():
            raise ValueError(f'it must be one of {sizes} choices, from {starts} on. Received: {x}')
        vector = np.zeros(total, np.float32)
        vector[begins + chosen] = 1
        return vector

    note = f'is {len(sizes)} choices that become {total:,} numbers, one-hot' if shape else ''
    return _View(Spec((total,), np.dtype(np.float32)), convert, note)


def _shaped(x: np.ndarray, shape: tuple[int, ...], finite: bool) -> np.ndarray:
    """Returns numbers in a shape from which theirs may differ in axes of length 1 alone. Raises ValueError."""
    if x.dtype.kind not in 'biuf':
        raise ValueError(f'it must hold numbers. Received: {shown(x)}')
    if x.shape != shape and [n for n in x.shape if n != 1] != [n for n in shape if n != 1]:
        raise ValueError(f'its shape must be {shape}. Received: {x.shape}')
    if finite and x.dtype.kind == 'f' and not np.isfinite(x).all():
        raise ValueError(f'it must be finite. Received: {x[~np.isfinite(x)][0]}')
    return x.reshape(shape)


def _by(shape: tuple[int, ...]) -> str:
    return ' x '.join(map(str, shape))


def _kind(observation: Any) -> str:
    """Returns what an observation is, without its numbers."""
    if isinstance(observation, Mapping):
        return f'a dict of {", ".join(map(repr, observation)) or "nothing"}'
    return f'{type(observation).__name__} of shape {np.shape(observation)}'
