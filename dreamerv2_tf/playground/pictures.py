"""What the page shows, as PNG files in memory."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import PIL.Image

from ..inspection import latents
from ..media.captions import text_panel
from ..media.gif import MAX_FRAMES, gif, is_film, opaque, watchable
from ..nets.latent import ModelState
from ..spec import Spec
from .model_steps import Moment

BAR_ROWS, BAR_PIXELS, BARS_WIDTH = 16, 6, 96  # of the picture of a vector: at most so many numbers
GAP_PIXELS = 4
STRIP_COLUMNS = 12
PAPER, INK, MIDDLE = 255, 40, 170  # gray


class Eye:
    """Turns observations into pictures: the first image of the task, else bars of its first vector.

    Args:
      specs: {key: `Spec`} of what the model decodes.

    Attributes:
      key: that is shown.
    """

    def __init__(self, specs: Mapping[str, Spec]) -> None:
        images = [key for key, spec in specs.items() if is_film(spec.shape, spec.dtype)]
        self.key = images[0] if images else next(iter(specs))
        self._is_image = bool(images)
        self._reach = 1e-6  # the largest number that was seen, of vectors

    def look(self, arrays: Mapping[str, np.ndarray], index: int | None = None) -> np.ndarray:
        """Returns the picture, uint8 [H, W, C], of a row, or of one of N rows."""
        array = np.asarray(arrays[self.key])
        array = array if index is None else array[index]
        return opaque(array) if self._is_image else self._bars(array.astype(np.float32).ravel()[:BAR_ROWS])

    def error(self, row: Mapping[str, np.ndarray], moment: Moment) -> float:
        """Returns the root of the mean squared error of a reconstruction; of images from 0 to 1."""
        truth, decoded = np.asarray(row[self.key], np.float32), moment.observation[self.key][0].astype(np.float32)
        error = float(np.sqrt(np.mean(np.square(truth - decoded))))
        return error / 255 if self._is_image else error

    def _bars(self, numbers: np.ndarray) -> np.ndarray:
        self._reach = max(self._reach, float(np.abs(numbers).max(initial=0)))
        picture = np.full((len(numbers) * BAR_PIXELS, BARS_WIDTH, 1), PAPER, np.uint8)
        middle = BARS_WIDTH // 2
        ends = middle + np.round(numbers / self._reach * (middle - 2)).astype(int)
        for index, end in enumerate(ends):
            low, high = sorted((middle, int(end)))
            picture[index * BAR_PIXELS + 1 : (index + 1) * BAR_PIXELS - 1, low : high + 1] = INK
        picture[:, middle] = MIDDLE
        return picture


def png(picture: np.ndarray) -> bytes:
    """Returns the bytes of a PNG file of a picture, uint8 [H, W, C]."""
    file = io.BytesIO()
    PIL.Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(file, 'PNG', compress_level=1)
    return file.getvalue()


def pixels(file: bytes) -> np.ndarray:
    """Returns the picture of a PNG file of `png`, uint8 [H, W, 3]."""
    return np.asarray(PIL.Image.open(io.BytesIO(file)).convert('RGB'))


def latent(state: ModelState) -> np.ndarray:
    """Returns a picture of the first state: a row for each variable, uint8 [S, K, 1].

    Of classes it shows their probabilities, the drawn one white; of a Gaussian where z lies between -3 and 3.
    """
    if latents.is_categorical(state):
        shown = np.maximum(0.75 * latents.probabilities(state)[0], state.stoch[0])
        return np.round(255 * shown).astype(np.uint8)[..., None]
    places = np.clip((np.asarray(state.stoch[0]) + 3) / 6 * 31, 0, 31).astype(int)
    return (255 * np.eye(32, dtype=np.uint8)[places])[..., None]


def classes(state: ModelState) -> list[int]:
    """Returns what each variable of the first state is: its class, or nothing of Gaussians."""
    return [int(index) for index in state.stoch[0].argmax(-1)] if latents.is_categorical(state) else []


def film(moments: Sequence[Sequence[bytes]]) -> bytes:
    """Returns the bytes of a GIF of moments, each the PNG files that are seen side by side."""
    every = -(-len(moments) // MAX_FRAMES)
    frames = [_side_by_side([_enlarged(file) for file in files]) for files in moments[::every]]
    width = max(frame.shape[1] for frame in frames)  # dreams may become more and fewer
    return gif(
        [np.pad(frame, ((0, 0), (0, width - frame.shape[1]), (0, 0)), constant_values=PAPER) for frame in frames]
    )


def strip(moments: Sequence[Sequence[bytes]], numbers: Sequence[int]) -> bytes:
    """Returns a PNG file of up to 12 moments from left to right, with their numbers above them."""
    chosen = np.unique(np.linspace(0, len(moments) - 1, min(STRIP_COLUMNS, len(moments))).round().astype(int))
    columns = []
    for index in chosen:
        pictures = [_enlarged(file) for file in moments[index]]
        label = text_panel(pictures[0].shape[1], 16, [(2, 1, str(numbers[index]), (40, 40, 40))], (255, 255, 255))
        columns.append(_stacked([label, *pictures]))
    return png(_side_by_side(columns))


def _enlarged(file: bytes) -> np.ndarray:
    return watchable(pixels(file)[None])[0]


def _side_by_side(pictures: Sequence[np.ndarray]) -> np.ndarray:
    return _stacked([picture.swapaxes(0, 1) for picture in pictures]).swapaxes(0, 1)


def _stacked(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Returns pictures [H, W, 3] below each other on white paper."""
    width = max(picture.shape[1] for picture in pictures)
    rows = [
        np.pad(each, ((0, GAP_PIXELS), (0, width - each.shape[1]), (0, 0)), constant_values=PAPER) for each in pictures
    ]
    return np.concatenate(rows)[:-GAP_PIXELS]
