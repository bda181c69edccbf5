"""How MuJoCo renders on a machine without a screen."""

import os
import subprocess
import sys

from ..errors import UserError

OFFSCREEN = ('egl', 'osmesa')  # values of MUJOCO_GL that need no screen, in the order in which they are tried


def choose(task: str) -> None:
    """Sets MUJOCO_GL to what can render here, unless it is set or there is a screen.

    Each way is tried in a process of its own: a library for OpenGL that was loaded cannot be changed for another.

    Raises:
      UserError: nothing can; names what to install.
    """
    if any(os.environ.get(name) for name in ('MUJOCO_GL', 'DISPLAY', 'WAYLAND_DISPLAY')):
        return
    for way in OFFSCREEN:
        if _renders(way):
            os.environ['MUJOCO_GL'] = way
            return
    raise UserError(
        f'`{task}` is rendered, and this machine has neither a screen nor EGL nor OSMesa: install EGL '
        '(Debian: apt-get install libegl1 libgl1-mesa-dri) or OSMesa (libosmesa6), or learn from measurements with '
        '--configs dmc_proprio'
    )


def _renders(way: str) -> bool:
    program = f'from mujoco.{way} import GLContext; GLContext(8, 8).make_current()'
    environment = os.environ | {'MUJOCO_GL': way, 'PYOPENGL_PLATFORM': way}
    return subprocess.run([sys.executable, '-c', program], env=environment, capture_output=True).returncode == 0
