"""The quality of a world model as a table, as a text and as JSON."""

import math
import pathlib
from collections.abc import Mapping
from typing import Any

import rich.box
import rich.console
import rich.table

from ..display.progress import bar
from ..evaluation.sources import episodes_folder
from ..recordings.episodes import load_episodes
from .model_quality import Quality
from .saved_agent import load_agent

TEXT_CHARACTERS = 120  # of a line


class AgentQuality(Quality):
    """The quality of the world model of a saved agent, with where it and the episodes are from."""

    task: str
    checkpoint: str  # its path
    frames: int  # that the model had learned from; 0 where only weights are known
    folder: str  # of the episodes
    seed: int


def of_agent(
    where: str | pathlib.Path,
    checkpoint: str | int = 'newest',
    folder: str | pathlib.Path | None = None,
    max_episodes: int = 10,
    seed: int = 0,
) -> AgentQuality:
    """Returns the quality of a saved agent's world model on held-out episodes.

    Args:
      where: folder of a run, an exported file, or `pretrained:NAME`.
      checkpoint: of a run: newest, best, the agent steps of one, or the path of one.
      folder: of the episodes, or None for those that the agent was judged by.
      max_episodes: how many are used at most, the newest.
      seed: of all random draws.

    Raises:
      UserError: no agent or no episode is there, or they do not fit.
    """
    agent = load_agent(where, checkpoint)
    folder = pathlib.Path(folder).expanduser() if folder else episodes_folder(where)
    episodes = load_episodes(folder)[-max_episodes:]
    for episode in episodes:
        agent.check(episode, episode.path)
    result = agent.model_quality(episodes, seed, lambda items: bar(items, 'judging the model', len(items)))
    return {
        'task': agent.config.task,
        'checkpoint': str(agent.path),
        'frames': agent.frames,
        'folder': str(folder),
        'seed': seed,
        **result,
    }


def text(result: AgentQuality) -> str:
    """Returns what `of_agent` returns as a text."""
    console = rich.console.Console(width=TEXT_CHARACTERS)
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


def table(result: Quality) -> rich.table.Table:
    """Returns what `SavedAgent.model_quality` or `of_agent` returns as a table, which notebooks show too."""
    rows = rich.table.Table(box=rich.box.SIMPLE)
    rows.add_column('measure')
    rows.add_column('of')
    for column, count in zip(result['columns'], result['answers']):
        name = f'{column} step{"s" * (column > 1)}' if isinstance(column, int) else column
        rows.add_column(f'{name}\n{count:,} rows', justify='right')
    for name, whose in result['measures'].items():
        for index, (who, values) in enumerate(whose.items()):
            rows.add_row(
                '' if index else name, who, *[f'{value:.4g}' for value in values], end_section=index == len(whose) - 1
            )
    return rows


def for_json(result: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the same with None in place of what is not finite: a peak signal-to-noise ratio without any noise."""
    measures = {
        name: {who: [value if math.isfinite(value) else None for value in values] for who, values in whose.items()}
        for name, whose in result['measures'].items()
    }
    return {**result, 'measures': measures}
