"""DreamerV2, "Mastering Atari with Discrete World Models" (Hafner et al., ICLR 2021)."""

from .startup import loading_tensorflow as _loading_tensorflow

__version__ = '0.1.0'


def load_agent(logdir, checkpoint='newest', **changes):
    """The agent of a run, to act with and to ask: an `inspection.saved_agent.LoadedAgent`.

    Args:
      logdir: folder of the run.
      checkpoint: newest, best, the agent steps of one, or the path of one.
      changes: settings that differ from those of the run, such as seed=1.

    Raises:
      UserError: there is no such checkpoint, or it cannot be used.
    """
    with _loading_tensorflow():
        from .inspection import saved_agent
    return saved_agent.load_agent(logdir, checkpoint, **changes)


def load_episodes(where):
    """Saved episodes, oldest first: an `recordings.episodes.Episodes`, whose arrays are read when they are touched.

    Args:
      where: a folder of episodes or of a run (then its train_episodes), a file, or a pattern of them.

    Raises:
      UserError: there is none.
    """
    from .recordings import episodes

    return episodes.load_episodes(where)
