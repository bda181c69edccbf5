"""Which runs a grid stands for."""

import pytest

from dreamerv2_tf.distributed import grid
from dreamerv2_tf.errors import UserError

TEXT = """
configs: [cpu]
tasks: [toy_catch, toy_rooms]
methods:
  default: {}
  wide: {presets: [gaussian_latents], rssm: {deter: 200}}
seeds: [4, 5]
budget_frames: 40001.0
settings: {prefill: 100, kl: {free: 1.0}, action_repeat: 2}
"""


def written(tmp_path, text):
    path = tmp_path / 'grid.yaml'
    path.write_text(text)
    return path


def test_a_file_gives_each_task_method_and_seed_a_command_and_a_folder(tmp_path):
    jobs = grid.from_file(written(tmp_path, TEXT)).jobs(tmp_path / 'out')
    assert [job.name for job in jobs[:4]] == [
        'toy_catch/default/4',
        'toy_catch/wide/4',
        'toy_rooms/default/4',
        'toy_rooms/wide/4',
    ]
    assert len(jobs) == 8 and jobs[-1].name == 'toy_rooms/wide/5'
    job = jobs[1]
    assert job.logdir == tmp_path / 'out' / 'toy_catch' / 'wide' / '4'
    assert (job.config.steps, job.frames) == (20001, 40002)
    assert job.command == (
        f'python -m dreamerv2_tf.train --configs cpu gaussian_latents --task toy_catch --seed 4 --logdir {job.logdir} '
        '--prefill 100 --kl.free 1.0 --action_repeat 2 --rssm.deter 200 --steps 20001'
    )
    assert not (tmp_path / 'out').exists()


def test_presets_are_methods_and_a_plus_joins_them(tmp_path):
    made = grid.Grid(['cpu'], ['toy_catch'], grid.of_presets(['default', 'default+a+b']), [0], None, {})
    assert made.methods == {'default': {'presets': []}, 'default+a+b': {'presets': ['a', 'b']}}
    assert grid.seeds_of(3) == [0, 1, 2] and grid.seeds_of([7, 3, 7]) == [7, 3]


@pytest.mark.parametrize(
    'change, message',
    [
        (('tasks:', 'task:'), r'unknown key `task` \(did you mean `tasks`\?\)'),
        (('toy_rooms', 'toy_room'), r'unknown task `toy_room` \(did you mean `toy_rooms`\?\)'),
        (('seeds: [4, 5]', 'seeds: 0'), '`seeds` must be how many'),
        (('seeds: [4, 5]', 'seeds: [-1]'), '`seeds` must be how many'),
        (('seeds: [4, 5]', 'seeds: 9999'), '1 to 10,000 runs. Received: 2 tasks x 2 methods x 9999 seeds'),
        (('gaussian_latents', 'gausian_latents'), 'toy_catch/wide: unknown preset `gausian_latents`'),
        (('rssm: {deter', 'rssm: {detr'), 'toy_catch/wide: unknown key `rssm.detr`'),
        (('rssm: {deter: 200}', 'seed: 7'), 'toy_catch/wide: `seed` is not for settings'),
        (('prefill: 100', 'steps: 100'), '`steps` is not for settings'),
        (('default: {}', 'default: 3'), '`methods` must be settings by name of a method'),
        (('40001.0', '-3'), '`budget_frames` must be a whole number'),
        (('[cpu]', '3'), '`configs` must be a list of names'),
        (('{prefill: 100, kl: {free: 1.0}, action_repeat: 2}', '3'), '`settings` must be settings by name'),
    ],
)
def test_a_mistake_in_the_file_is_named(change, message, tmp_path):
    with pytest.raises(UserError, match=message):
        grid.from_file(written(tmp_path, TEXT.replace(*change))).jobs(tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match='No such file'):
        grid.from_file(tmp_path / 'nothing.yaml')
