"""Numbers for Weights & Biases."""

import pathlib
import uuid
from typing import Any

from ..errors import UserError, require


class Wandb:
    """A sink of a `Recorder` that logs to a project of Weights & Biases, over frames.

    A run that resumes in the same folder also resumes there. `wandb login` sets the account;
    WANDB_MODE=offline keeps everything on this machine.

    Args:
      project: name of the project.
      name: name of the run.
      folder: of the run; files that are not sent yet are kept there.
      settings: {key: value} that are shown with the run.

    Raises:
      UserError: the package is not installed, or it refuses the run.
    """

    def __init__(self, project: str, name: str, folder: pathlib.Path, settings: dict[str, Any]):
        wandb = require('wandb', 'wandb', '`wandb_project`')
        try:
            self._run = wandb.init(
                project=project, name=name, dir=str(folder), id=_identity(folder), resume='allow', config=settings
            )
        except (wandb.Error, ValueError) as error:
            raise UserError(
                f'`wandb_project` {project} cannot be used: {error}; WANDB_MODE=offline keeps '
                'everything on this machine'
            ) from None
        self._run.define_metric('*', step_metric='frames')

    def write(self, step: int, numbers: dict[str, float]) -> None:
        """Logs {name: number} of a step, in frames."""
        self._run.log({'frames': step, **numbers})

    def close(self) -> None:
        """Sends what is not sent yet, and ends the run there."""
        self._run.finish()


def _identity(folder: pathlib.Path) -> str:
    """Returns the run's identity there, which is kept in its folder."""
    path = folder / 'wandb_id'
    if not path.exists():
        path.write_text(uuid.uuid4().hex)
    return path.read_text()
