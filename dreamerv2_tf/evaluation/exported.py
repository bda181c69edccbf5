"""Writes agents without the rest of their runs.

An agent that was judged becomes one file, with episodes beside it; see `sources` for where they are.
"""

import datetime
import pathlib
from collections.abc import Sequence
from typing import Any

from .. import build
from ..comparison.runs import read_metrics
from ..config import presets
from ..config.tree import Config
from ..learning import checkpoint
from ..learning.card import PART, Card, thinned
from ..learning.checkpoint_format import Contents
from ..nets.weights import to_arrays
from ..replay import archive, episode_file
from ..spec import State, episode_length
from .episodes import Episode
from .restore import RestoredAgent
from .sources import episodes_folder, located

OF_ONE_RUN = (  # settings that an exported agent forgets
    *('logdir', 'from', 'from_actor', 'replay.read_dirs', 'expl_behavior'),
    *('envs', 'eval_eps', 'eval_envs'),
)


def card_of(logdir: str | pathlib.Path, restored: RestoredAgent, returns: list[float], seed: int) -> Card:
    """Returns what is known of an agent.

    Args:
      logdir: folder of its run, whose evaluations up to the checkpoint are its curve.
      restored: the agent.
      returns, seed: of the episodes by which it was judged.
    """
    curve = restored.card.curve if restored.card else _curve(located(logdir) / 'metrics.jsonl', restored.frames)
    return Card(restored.steps, restored.updates, thinned(curve), returns, seed)


def weights_alone(config: Config, agent: build.Agent, weights: dict[str, Any]) -> Contents:
    """Returns a checkpoint with which a new run begins.

    weights: {path: array} of all layers, see `Agent.weights`.
    """
    states: dict[str, State] = {
        name: ({}, {path: weights[path] for path in part.weights}) for name, part in agent.learned.items()
    }
    return Contents(config.to_yaml(), agent.spaces.to_json(), states)


def write(path: pathlib.Path, restored: RestoredAgent, card: Card, episodes: Sequence[Episode]) -> None:
    """Writes an agent and, into a folder beside it, episodes {key: [L+1, ...]}. Raises OSError."""
    config = restored.config.updated({key: presets.defaults()[key] for key in OF_ONE_RUN})
    contents = weights_alone(config, restored.agent, to_arrays(restored.agent.weights))
    kept = {name: contents.parts[name] for name in ('learner', 'greedy')}  # an explorer is not needed to play
    contents = contents._replace(parts={PART: card.to_state(), **kept}, gym_spaces=restored.gym_spaces)
    folder = episodes_folder(path)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.datetime.now().strftime(episode_file.STAMP)
    for number, episode in enumerate(episodes):
        digest = episode_file.digest(card.seed, 0, number)
        name = episode_file.filename(stamp, digest, episode_length(episode))
        archive.write(folder / name, episode, compress=True)
    checkpoint.write(path, contents.to_arrays())


def _curve(path: pathlib.Path, frames: int) -> list[tuple[int, float]]:
    """Returns [(frames, return)] of the evaluations in a metrics.jsonl, up to so many frames; of no file none."""
    if not path.is_file():
        return []
    at, scores, _ = read_metrics(path, 'eval_return')
    return [(int(frame), float(score)) for frame, score in zip(at, scores) if frame <= frames]
