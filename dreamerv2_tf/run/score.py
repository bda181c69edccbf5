"""How good played episodes are: returns, normalised scores, and where they lie on the published curve."""

import statistics

from ..scores import normalize, protocol, published


def score(loaded, policy, sample, seed, played):
    """Everything about played episodes as plain data.

    Args:
      loaded: a `Loaded`.
      policy, sample, seed: how they were played, see `playing`.
      played: [{'return', 'length'}].

    Returns a dict; `gamer_normalized`, `record_normalized` and `published` are None where nothing is published,
    or where it must not be compared with; then `remark` says why.
    """
    config, returns = loaded.config, [episode['return'] for episode in played]
    mean, game = statistics.fmean(returns), published.game_of(config.task)
    remark = _remark(loaded, policy, sample)
    point = None if remark else published.curve_of(config.task, config.discount).at(loaded.frames)
    return {
        'task': config.task, 'checkpoint': str(loaded.path), 'frames': loaded.frames,
        'policy': policy, 'sample': sample, 'seed': seed, 'episodes': played,
        'mean': mean, 'median': statistics.median(returns), 'std': statistics.pstdev(returns),
        **{f'{reference}_normalized': float(normalize.normalized(mean, game, reference)) if game else None
           for reference in ('gamer', 'record')},
        'published': point and {**point._asdict(), 'verdict': point.verdict(mean)}, 'remark': remark}


def text(result):
    """The same for people."""
    steps = statistics.fmean(episode['length'] for episode in result['episodes'])
    lines = [f'{result["task"]}, {result["policy"]} of {result["checkpoint"]} ({result["frames"]:,} frames)',
             f'return     mean {result["mean"]:.4g}, median {result["median"]:.4g}, std {result["std"]:.4g} '
             f'of {len(result["episodes"])} episodes, {steps:,.0f} agent steps long on average']
    if result['gamer_normalized'] is not None:
        lines.append(f'normalised {result["gamer_normalized"]:.3f} of the human gamer, '
                     f'{result["record_normalized"]:.3f} of the record (0 is random play)')
    point = result['published']
    if point:
        how = {'published': '', 'interpolated': ', interpolated', 'last': ', the last published point'}[point['how']]
        lines.append(f'published  {point["mean"]:.4g} at these frames ({point["low"]:.4g} to {point["high"]:.4g} of '
                     f'{point["seeds"]} seeds{how}): this is {point["verdict"]}')
    elif result['remark']:
        lines.append(f'published  no comparison: {result["remark"]}')
    return '\n'.join(lines)


def _remark(loaded, policy, sample):
    """Why the score must not be set beside the published curve, or ''."""
    config = loaded.config
    if policy != 'agent' or sample:
        return 'the published agent takes its most likely actions'
    refused = protocol.refusal(config.task, 'eval_return', config.action_repeat)
    curve = published.curve_of(config.task, config.discount)
    if refused or loaded.frames >= curve.first:
        return '; '.join(filter(None, [refused, *protocol.remarks(config.task, config.flat)]))
    return f'nothing is published below {curve.first:,} frames'
