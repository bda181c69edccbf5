"""The format of checkpoints: the names of their arrays.

    format            number of this layout
    version           of the package that wrote it
    config, spaces    what the agent is built from: YAML and JSON
    gym_spaces        JSON of the spaces of its environment; '' where it is not known
    parts             JSON of {part: its plain data}; without `run`, the file holds weights alone
    PART/NAME         arrays of a part, such as learner/rssm/gru/kernel

Files of version 0.1, which have no format number, are read as if they had this layout.
"""

import json
from typing import NamedTuple

import numpy as np

from ..errors import UserError, shorten
from ..spec import Spaces, State
from ..version import __version__
from . import checkpoint_0_1, checkpoint_forms

FORMAT = 2
RUN = 'run'  # the part that only the checkpoint of a run has


class Contents(NamedTuple):
    """A checkpoint that was read, or is to be written."""

    config: str  # YAML
    spaces: str  # JSON
    parts: dict[str, State]  # {part: (plain data, {name: array})}
    format: int = FORMAT
    version: str = __version__
    gym_spaces: str = ''  # of the environment, as `envs.space_text` reads them

    @property
    def is_run(self) -> bool:
        """Whether a run can go on from it, rather than begin with its weights."""
        return RUN in self.parts

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Returns {name: array} of the file."""
        arrays = {f'{part}/{name}': array for part, (_, named) in self.parts.items() for name, array in named.items()}
        plain = {part: plain for part, (plain, _) in self.parts.items()}
        texts = {
            'version': self.version,
            'config': self.config,
            'spaces': self.spaces,
            'gym_spaces': self.gym_spaces,
            'parts': json.dumps(plain),
        }
        return {**arrays, 'format': np.array(self.format), **{name: np.array(text) for name, text in texts.items()}}


def contents_of(arrays: dict[str, np.ndarray], source: object) -> Contents:
    """Returns the contents of a checkpoint.

    Args:
      arrays: {name: array} of the file.
      source: names it in messages.

    Raises:
      UserError: it is not the checkpoint of an agent, its parts contradict each other, or a newer version wrote it.
    """
    try:
        if 'format' not in arrays:
            arrays = checkpoint_0_1.converted(arrays)
        number = int(arrays['format'])
        if number < 1:
            raise ValueError(f'it has the format {number}')
        if number > FORMAT:
            raise UserError(
                f'{source} has the format {number}, of version {arrays["version"]}; this is version {__version__}, '
                f'which reads formats up to {FORMAT}. Install the newer version'
            )
        parts: dict[str, State] = {part: (plain, {}) for part, plain in json.loads(str(arrays['parts'])).items()}
        for name, array in arrays.items():
            part, _, inside = name.partition('/')
            if inside and part not in parts:
                raise ValueError(f'`{name}` is of no part')
            if inside:
                parts[part][1][inside] = array
        checkpoint_forms.check(parts)
        checkpoint_forms.check_spaces(Spaces.from_json(str(arrays['spaces'])))
        gym_spaces = str(arrays.get('gym_spaces', ''))
        return Contents(str(arrays['config']), str(arrays['spaces']), parts, number, str(arrays['version']), gym_spaces)
    except UserError:
        raise
    except Exception as error:  # of any kind: texts in a file may be anything
        reason = str(error) if isinstance(error, ValueError) else repr(error)
        raise UserError(f'{source} is not the checkpoint of an agent: {shorten(reason)}') from None
