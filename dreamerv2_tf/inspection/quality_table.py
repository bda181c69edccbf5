"""The quality of a run's world model, for people and for programs."""

import math
import pathlib

import rich.box
import rich.console
import rich.progress
import rich.table

from ..recordings.episodes import load_episodes
from .model_quality import quality
from .saved_agent import load_agent

WIDTH = 120  # characters


def of_run(logdir, checkpoint, folder, most, seed):
    """`quality` of a run on its held-out episodes, with where these and the model are from.

    Args:
      logdir, checkpoint: see `load_agent`.
      folder: of the episodes, or None for the run's eval_episodes.
      most: how many episodes; the newest are taken.
      seed: of all that is drawn.

    Raises:
      UserError: no agent or no episode is there, or they do not fit.
    """
    agent = load_agent(logdir, checkpoint)
    folder = pathlib.Path(folder or pathlib.Path(logdir) / 'eval_episodes').expanduser()
    episodes = load_episodes(folder)[-most:]
    for episode in episodes:
        agent.check(episode, episode.path)
    with rich.progress.Progress(console=rich.console.Console(stderr=True), transient=True) as bar:
        result = quality(agent, episodes, seed, lambda them: bar.track(them, description='asking the model'))
    return {
        'task': agent.config.task,
        'checkpoint': str(agent.path),
        'frames': agent.frames,
        'folder': str(folder),
        'seed': seed,
        **result,
    }


def text(result):
    """A table for people."""
    console = rich.console.Console(width=WIDTH)
    with console.capture() as captured:
        console.print(
            f'{result["task"]}, world model of {result["checkpoint"]} ({result["frames"]:,} frames)\n'
            f'on {result["rows"]:,} rows of {result["episodes"]} episodes in {result["folder"]}',
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
        console.print(table(result))
    return captured.get().rstrip()


def table(result):
    """What `quality` gives, as a table of rich."""
    made = rich.table.Table(box=rich.box.SIMPLE)
    made.add_column('measure')
    made.add_column('of')
    for column, count in zip(result['columns'], result['answers']):
        name = column if column == 'posterior' else f'{column} step{"s" * (column > 1)}'
        made.add_column(f'{name}\n{count:,} rows', justify='right')
    for name, whose in result['measures'].items():
        for index, (who, values) in enumerate(whose.items()):
            made.add_row(
                '' if index else name, who, *[f'{value:.4g}' for value in values], end_section=index == len(whose) - 1
            )
    return made


def for_json(result):
    """The same with None in place of what is not finite: a peak signal-to-noise ratio without any noise."""
    measures = {
        name: {who: [value if math.isfinite(value) else None for value in values] for who, values in whose.items()}
        for name, whose in result['measures'].items()
    }
    return {**result, 'measures': measures}
