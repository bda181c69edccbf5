"""Numbers for Weights & Biases."""

import uuid

from ..errors import UserError, require


class Wandb:
    """A sink of a `Recorder` that logs to a project there, over frames; see `wandb login` and WANDB_MODE.

    A run that goes on in the same folder goes on there, too.

    Args:
      project: its name.
      name: of the run.
      folder: of the run; files that wait for being sent are kept there.
      settings: {key: value} that are shown with it.

    Raises:
      UserError: the package is not installed, or it refuses.
    """

    def __init__(self, project, name, folder, settings):
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

    def write(self, step, numbers):
        self._run.log({'frames': step, **numbers})

    def close(self):
        """Sends what was not sent yet."""
        self._run.finish()


def _identity(folder):
    """The run's name there, which is kept in its folder."""
    path = folder / 'wandb_id'
    if not path.exists():
        path.write_text(uuid.uuid4().hex)
    return path.read_text()
