"""Runs made for tests: folders as `train` leaves them, without a model."""

import json

CONFIG = 'task: {task}\nseed: {seed}\nlogdir: auto\naction_repeat: {repeat}\nactor_opt:\n  lr: 0.0001\n'


def run_folder(folder, points, task='atari_pong', seed=0, repeat=4, metric='eval_return'):
    """A run's folder with `points`, a list of (frames, return)."""
    folder.mkdir(parents=True)
    (folder / 'config.yaml').write_text(CONFIG.format(task=json.dumps(task), seed=seed, repeat=repeat))
    lines = [json.dumps({'step': frames, metric: value}) for frames, value in points]
    lines.append(json.dumps({'step': 1, 'model_loss': 2.0}))
    (folder / 'metrics.jsonl').write_text('\n'.join(lines) + '\n')
    return folder
