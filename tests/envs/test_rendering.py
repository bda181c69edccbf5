"""A way to render is chosen where there is no screen."""

import os

import pytest

from dreamerv2_tf.envs import rendering
from dreamerv2_tf.errors import UserError


@pytest.fixture
def no_screen(monkeypatch):
    for name in ('MUJOCO_GL', 'DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('MUJOCO_GL', '')  # so that it is put back as it was
    return monkeypatch


def test_the_first_way_that_works_is_taken_and_one_that_was_chosen_stays(no_screen):
    tried = []
    no_screen.setattr(rendering, '_renders', lambda way: tried.append(way) or way == 'osmesa')
    rendering.choose('dmc_walker_walk')
    assert os.environ['MUJOCO_GL'] == 'osmesa' and tried == ['egl', 'osmesa']
    no_screen.setenv('MUJOCO_GL', 'glfw')
    rendering.choose('dmc_walker_walk')
    assert os.environ['MUJOCO_GL'] == 'glfw' and len(tried) == 2


def test_where_nothing_renders_one_line_says_what_to_install(no_screen):
    no_screen.setattr(rendering, 'OFFSCREEN', ('nothing_of_this_name',))
    with pytest.raises(UserError, match='install EGL .* or OSMesa'):
        rendering.choose('dmc_walker_walk')
