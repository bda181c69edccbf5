"""The notebook runs from top to bottom, and shows pictures."""

import json
import os
import pathlib
import subprocess
import sys

NOTEBOOK = pathlib.Path(__file__).parent.parent / 'docs' / 'look_inside.ipynb'
RUNNER = '''
import json, sys
from IPython.core.interactiveshell import InteractiveShell

class Shell(InteractiveShell):
    def enable_gui(self, gui=None):
        """There is no window."""

shell = Shell.instance()
for cell in json.load(open(sys.argv[1]))['cells']:
    if cell['cell_type'] == 'code':
        done = shell.run_cell(''.join(cell['source']))
        done.raise_error()
        formats, _ = shell.display_formatter.format(done.result)
        print('SHOWN', json.dumps(sorted(formats)))
'''


def test_it_runs_from_top_to_bottom_and_shows_pictures(tmp_path):
    """Each cell as IPython runs it, in a process of its own, without a kernel."""
    ran = subprocess.run(
        [sys.executable, '-c', RUNNER, str(NOTEBOOK)],
        capture_output=True,
        text=True,
        env=os.environ | {'IPYTHONDIR': str(tmp_path)},
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    shown = [json.loads(line.removeprefix('SHOWN ')) for line in ran.stdout.splitlines() if line.startswith('SHOWN ')]
    assert sum('image/png' in formats for formats in shown) == 6
    assert sum('image/gif' in formats for formats in shown) == 2
    assert 'text/html' in shown[-1]  # the table of the model's quality


def test_it_is_kept_without_outputs():
    cells = json.loads(NOTEBOOK.read_text())['cells']
    assert all(not cell['outputs'] and cell['execution_count'] is None for cell in cells if cell['cell_type'] == 'code')
