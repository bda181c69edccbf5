"""A page that is served by a process of its own."""

import contextlib
import json
import re
import subprocess
import sys

from websockets.sync.client import connect


@contextlib.contextmanager
def serving(out, *words):
    """The address of a page, of the agent of `toy_catch`, and its process."""
    command = [
        sys.executable,
        '-m',
        'dreamerv2_tf.play',
        '--agent',
        'toy_catch',
        '--port',
        '0',
        '--out',
        str(out),
        *words,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = next(line.strip() for line in process.stdout if line.startswith('http'))
            yield address, process
        finally:
            process.kill()


class Tab:
    """What a page of ours does, without a browser."""

    def __init__(self, address, origin=None):
        base = re.match(r'http://([^/]+)/(.*)', address)
        self.socket = connect(
            f'ws://{base[1]}/live{base[2]}', origin=origin or f'http://{base[1]}', max_size=None, compression=None
        )

    def say(self, do, value=None):
        self.socket.send(json.dumps({'do': do, 'value': value}))

    def hear(self, kind):
        """The next header of a kind, with its pictures."""
        while True:
            data = self.socket.recv(timeout=60)
            length = int.from_bytes(data[:4], 'little')
            header = json.loads(data[4 : 4 + length])
            pictures, at = [], 4 + length
            for size in header['sizes']:
                pictures.append(data[at : at + size])
                at += size
            if header['kind'] == kind:
                return header | {'pictures': pictures}

    def time(self):
        return self.hear('now')['numbers'][-1]['time']

    def close(self):
        self.socket.close()
