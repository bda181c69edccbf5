"""How good played episodes are: returns, normalised scores, and where they lie on the published curve."""

import statistics
from typing import Any

from ..comparison.published_curve import early_text
from ..display.format import score_text
from ..scores import normalize, protocol, published
from .restore import RestoredAgent


def score(
    restored: RestoredAgent, policy: str, sample: bool, seed: int, played: list[dict[str, float]]
) -> dict[str, Any]:
    """Returns returns, normalised scores and the published ones of played episodes as plain data.

    Args:
      restored: the agent that played.
      policy, sample, seed: how it played, see `episodes.policy_of`.
      played: [{'return', 'length'}].

    Returns a dict; `gamer_normalized`, `record_normalized` and `published` are None where nothing is published,
    or where it must not be compared with; `reason` is why, `remarks` are sentences on what makes them differ.
    """
    config, returns = restored.config, [episode['return'] for episode in played]
    mean, metric = statistics.fmean(returns), 'eval_return'
    refused = protocol.refusal(config.task, metric, config.action_repeat)
    game = None if refused else published.game_of(config.task)
    reason = refused or _reason(restored, policy, sample)
    curve = published.curve_of(config.task, config.discount)
    point = curve.at(restored.frames) if curve and not reason else None
    return {
        'task': config.task,
        'checkpoint': str(restored.path),
        'frames': restored.frames,
        'policy': policy,
        'sample': sample,
        'seed': seed,
        'episodes': played,
        'mean': mean,
        'median': statistics.median(returns),
        'std': statistics.pstdev(returns),
        **{
            f'{reference}_normalized': float(normalize.normalized(mean, game, reference)) if game else None
            for reference in ('gamer', 'record')
        },
        'published': point and {**point._asdict(), 'verdict': point.verdict(mean)},
        'reason': reason,
        'remarks': protocol.remarks(config.task, config.flat),
    }


def score_lines(result: dict[str, Any]) -> str:
    """Returns what `score` returns as a text for people."""
    steps = statistics.fmean(episode['length'] for episode in result['episodes'])
    lines = [
        f'{result["task"]}, {result["policy"]} of {result["checkpoint"]} ({result["frames"]:,} frames)',
        f'return     mean {score_text(result["mean"])}, median {score_text(result["median"])}, '
        f'std {score_text(result["std"])} of {len(result["episodes"])} episodes, '
        f'{steps:,.0f} agent steps long on average',
    ]
    if result['gamer_normalized'] is not None:
        lines.append(
            f'normalised {result["gamer_normalized"]:.3f} of the human gamer, '
            f'{result["record_normalized"]:.3f} of the record (0 is random play)'
        )
    point = result['published']
    if point:
        how = {'published': '', 'interpolated': ', interpolated', 'last': ', the last published point'}[point['how']]
        lines.append(
            f'published  {score_text(point["mean"])} at these frames ({score_text(point["low"])} to '
            f'{score_text(point["high"])} of {point["seeds"]} seeds{how}): this is {point["verdict"]}'
        )
    else:
        lines.append(f'published  no comparison: {result["reason"]}')
    lines += [f'note       {remark}' for remark in result['remarks']]
    return '\n'.join(lines)


def _reason(restored: RestoredAgent, policy: str, sample: bool) -> str:
    """Returns why the score must not be set beside the published curve of an Atari game, or ''."""
    if policy != 'agent' or sample:
        return 'the published agent takes its most likely actions'
    if not restored.steps:
        return 'how much the agent has learned from is not known'
    curve = published.curve_of(restored.config.task, restored.config.discount)
    if curve and restored.frames < curve.first:
        return f'nothing is published below {curve.first:,} frames{early_text(curve, restored.frames)}'
    return ''
