"""Makes the dream known to Gymnasium under an id."""

from typing import TYPE_CHECKING, Any

import gymnasium

from ..startup import loading_tensorflow

if TYPE_CHECKING:
    from ..inspection.saved_agent import SavedAgent
    from .dream_env import DreamEnv, DreamVectorEnv

ID = 'dreamerv2_tf/Dream-v0'
AGENT = 'pretrained:toy_catch'  # where no other is named


def register() -> None:
    """Registers `dreamerv2_tf/Dream-v0`, unless it is known already."""
    if ID not in gymnasium.registry:
        gymnasium.register(ID, entry_point=f'{__name__}:make', vector_entry_point=f'{__name__}:make_vector')


def make(agent: 'str | SavedAgent' = AGENT, **settings: Any) -> 'DreamEnv':
    """Returns `DreamEnv` of an agent, or of what `dreamerv2_tf.load_agent` loads by that name."""
    with loading_tensorflow():
        from .dream_env import DreamEnv
    return DreamEnv(_loaded(agent), **settings)


def make_vector(num_envs: int = 1, agent: 'str | SavedAgent' = AGENT, **settings: Any) -> 'DreamVectorEnv':
    """Returns `DreamVectorEnv`, see `make`."""
    with loading_tensorflow():
        from .dream_env import DreamVectorEnv
    return DreamVectorEnv(_loaded(agent), num_envs, **settings)


def _loaded(agent: 'str | SavedAgent') -> 'SavedAgent':
    from ..inspection.saved_agent import SavedAgent, load_agent

    return agent if isinstance(agent, SavedAgent) else load_agent(agent)
